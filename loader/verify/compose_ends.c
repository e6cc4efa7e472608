// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The first record against the last one, field by field. Structures that are compared have
 * the same place: the records themselves, and what handles of one name lead to.
 */
#include <string.h>

#include "compose.h"

/* A path, or a turn of one of its loops. */
struct ends {
	struct cx *cx;
	const struct effect *effects;
	const struct fact *facts;
	const struct loop *loop;
};

/* Two structures. */
struct pair {
	const struct ends *at;
	const struct region *in, *out;
	const struct term *in_index, *out_index;
	const struct luob_type *from, *to;
	const struct fields *fields;	/* of @to */
	struct image *image;
	const char *path;
};

static void compare(struct pair *p);

/* Where the structure begins in the source. */
static const struct term *source_off(const struct pair *p, __u32 off)
{
	struct terms *ts = &p->at->cx->v->ts;
	const struct term *t;

	if (!p->in_index)
		return term__const(ts, 64, off);
	t = term__scale(ts, p->in_index, p->from->size);
	return term__add_const(ts, t, (p->in->head ? p->in->head->size : 0) + off);
}

static const struct term *source_bits(const struct pair *p, __u32 bit, __u32 bits)
{
	struct terms *ts = &p->at->cx->v->ts;

	return term__memory(ts, p->in->id, source_off(p, bit / 8), bit % 8, bits);
}

/* ---- declared losses ---- */

/* What LUO_LOSS() of an object says of a field, or NULL. */
static const char *loss_of(struct cx *cx, unsigned int stage, const char *field)
{
	const struct luo_object *obj = cx->v->obj;
	const char *why;

	cx->v->obj = cx->stages[stage].obj;
	why = vfy__loss(cx->v, NULL, field);
	cx->v->obj = obj;
	return why;
}

struct search {
	struct cx *cx;
	const struct luob_type *type;
	__u32 bit, bits;
	bool found;
};

/* Does a term have bits of the field, whatever the element? */
static bool look(const struct term *t, void *priv)
{
	struct search *s = priv;
	const struct region *r;
	struct term_bits b;
	struct spot spot;
	__u32 bit;

	if (!term__bits(t, &b))
		return true;
	r = vfy__region_nr(s->cx->v, b.region);
	if (r && types__spot(s->cx->v, r->head, r->elem, b.off, &spot) &&
	    spot.type->fingerprint == s->type->fingerprint) {
		bit = spot.off * 8 + b.lo;
		s->found |= bit < s->bit + s->bits && s->bit < bit + b.width;
	}
	return !s->found;
}

/* Is it this handle that goes somewhere? */
static void look_handle(struct search *s, const struct effect *e)
{
	struct spot spot;

	s->found = types__spot(s->cx->v, e->other->head, e->other->elem, e->off2, &spot) &&
		   spot.type->fingerprint == s->type->fingerprint && spot.off * 8 == s->bit;
}

/* Calls @fn for each field that some store of the effects gives bits of the field to. */
static const char *stores(struct search *s, const struct effect *e, const struct effect *end,
			  const char *(*fn)(struct search *s, const char *field, void *priv),
			  void *priv)
{
	const struct field *g;
	const struct turn *t;
	struct spot spot;
	const char *got;

	for (; e && e != end; e = effect__prev(s->cx->v, e)) {
		for (t = e->kind == E_LOOP ? e->loop->turns : NULL; t; t = t->next) {
			const struct effect *last = turn__end(t, e->loop);

			got = stores(s, t->state->effects, last, fn, priv);
			if (got)
				return got;
		}
		s->found = false;
		if (e->kind == E_WRITE)
			term__walk(&s->cx->v->ts, e->t, look, s);
		else if (e->kind == E_MOVE || e->kind == E_CHILD)
			look_handle(s, e);
		if (!s->found || !types__spot(s->cx->v, e->region->head, e->region->elem, e->off,
					      &spot))
			continue;
		g = fields__at(fields__of(s->cx->v, spot.type), spot.off * 8);
		got = g ? fn(s, g->name, priv) : NULL;
		if (got)
			return got;
	}
	return NULL;
}

static const char *loss_between(struct search *s, const char *field, void *priv)
{
	return loss_of(s->cx, *(unsigned int *)priv, field);
}

/* Who declares the field lost, under its name or under the one that it had on the way? */
static const char *find_loss(const struct pair *p, const struct field *f, const char **by)
{
	struct cx *cx = p->at->cx;
	struct search s = { .cx = cx, .type = p->from, .bit = f->bit, .bits = f->bits };
	const struct route *r = cx->u;
	const char *why = loss_of(cx, 0, f->name);
	unsigned int nr;

	*by = luo_object__prog(cx->stages[0].obj)->name;
	for (nr = cx->stage->nr; nr && !why && r; nr--, r = r->former) {
		*by = luo_object__prog(cx->stages[nr].obj)->name;
		why = stores(&s, r->effects, NULL, loss_between, &nr);
		/* What was replaced has no other name that is known. */
		if (!why && f->handle)
			why = loss_of(cx, nr, f->name);
	}
	return why;
}

/* ---- fields ---- */

static void lost_or(const struct pair *p, const struct field *f, const char *name,
		    struct fate fate, const char *what)
{
	const char *why = find_loss(p, f, &fate.by);

	fate.facts = p->at->facts;
	if (why) {
		fate.kind = FATE_LOST;
		cx__fate(p->at->cx, name, &fate, "%s", why);
	} else {
		fate.by = NULL;
		cx__fate(p->at->cx, name, &fate, "%s", what);
	}
}

static void kept(const struct pair *p, const char *name)
{
	struct fate fate = { .kind = FATE_KEPT };

	cx__fate(p->at->cx, name, &fate, "%s", "");
}

/* Both ends have it: the value has to be the same, with its sign. */
static void compare_value(struct pair *p, const struct field *f, const struct field *g,
			  const char *name)
{
	struct cx *cx = p->at->cx;
	struct terms *ts = &cx->v->ts;
	struct fate fate = { .kind = FATE_CHANGED };
	bool array = g->flags & FIELD_ARRAY;
	__u32 bits = f->bits < g->bits ? f->bits : g->bits, at, nr;
	char have[128];

	if (array && f->bits > g->bits)
		bits = f->bits;
	for (at = 0; at < bits; at += 64) {
		nr = bits - at < 64 ? bits - at : 64;
		fate.was = source_bits(p, f->bit + at, array ? nr : f->bits);
		fate.is = at + nr > g->bits ? term__const(ts, nr, 0) :
			  image__bits(cx->v, p->image, g->bit + at, array ? nr : g->bits);
		if (!array && f->bits < g->bits)
			fate.was = f->flags & FIELD_SIGNED ?
				   term__sext(ts, fate.was, g->bits) :
				   term__zext(ts, fate.was, g->bits);
		else if (!array)
			fate.was = term__extract(ts, fate.was, 0, g->bits);
		if (!path__equal(ts, p->at->facts, fate.is, fate.was)) {
			vfy__term(cx->v, fate.is, have, sizeof(have));
			lost_or(p, f, name, fate, have);
			return;
		}
	}
	kept(p, name);
}

static const struct effect *dropped(const struct ends *at, const struct region *r,
				    const struct term *off)
{
	const struct effect *e;

	for (e = at->effects; e; e = e->prev)
		if (e->kind == E_DROP && e->region == r && e->off == off)
			return e;
	return NULL;
}

static int is_zero(const struct ends *at, const struct term *t)
{
	struct terms *ts = &at->cx->v->ts;

	return path__decide(ts, at->facts, term__eq(ts, t, term__const(ts, 64, 0)));
}

static const struct loop *filler(const struct ends *at, const struct region *r)
{
	const struct effect *e;

	for (e = at->effects; e && !(at->loop && e->kind == E_TURN && e->loop == at->loop);
	     e = effect__prev(at->cx->v, e))
		if (e->kind == E_LOOP && loop__fills(at->cx->v, e->loop, r))
			return e->loop;
	return NULL;
}

static void compare_elems(struct pair *p, const struct region *in, const struct region *out,
			  const char *name)
{
	const struct loop *l = filler(p->at, out);
	const struct term *made = region__made(p->at->cx->v, out, out->head, out->elem);
	struct fate fate = { .kind = FATE_CHANGED, .facts = p->at->facts };
	struct terms *ts = &p->at->cx->v->ts;
	const struct turn *t;
	char path[96], have[96];

	fate.was = in->nr;
	fate.is = made;
	if (!made) {
		fate.kind = FATE_UNKNOWN;
		cx__fate(p->at->cx, name, &fate, "cannot tell how many elements there are");
	} else if (!path__equal(ts, p->at->facts, path__norm(ts, p->at->facts, made), in->nr)) {
		cx__fate(p->at->cx, name, &fate, "%s elements",
			 vfy__term(p->at->cx->v, made, have, sizeof(have)));
	} else if (l && !path__equal(ts, p->at->facts, l->bound, in->nr)) {
		fate.is = l->bound;
		cx__fate(p->at->cx, name, &fate, "only %s elements are written",
			 vfy__term(p->at->cx->v, l->bound, have, sizeof(have)));
	}
	snprintf(path, sizeof(path), "%.80s[i].", name);
	for (t = l ? l->turns : NULL; t; t = t->next) {
		struct ends turn = { p->at->cx, t->state->effects, t->state->facts, l };
		struct pair elem = { .at = &turn, .in = in, .out = out, .from = in->elem,
				     .to = out->elem, .path = path };

		elem.in_index = elem.out_index = t->state->index;
		compare(&elem);
	}
	if (!l && made && is_zero(p->at, made) != 1) {
		fate.kind = FATE_UNKNOWN;
		cx__fate(p->at->cx, name, &fate, "no loop writes its elements");
	}
}

static void gone(struct pair *p, const struct field *f, const char *name);

/* The new container has no head: its number of elements is known otherwise, all else is gone. */
static void gone_head(struct pair *p, const struct luob_handle *h)
{
	const struct fields *from = fields__of(p->at->cx->v, p->from);
	const struct field *f;
	char name[128];
	unsigned int i;

	for (i = 0; i < from->nr; i++) {
		f = &from->field[i];
		snprintf(name, sizeof(name), "%s%s", p->path, f->name);
		if (!(f->flags & FIELD_PADDING) &&
		    !(h && h->count_at == LUOB_COUNT_HEAD && h->count_off * 8 == f->bit))
			gone(p, f, name);
	}
}

/* A new region stands where the source had @in. */
static void compare_regions(struct pair *p, const struct region *in, const struct region *out,
			    const char *name)
{
	struct pair head = {
		.at = p->at, .in = in, .out = out, .from = in->head, .to = out->head,
	};
	char path[96];

	kept(p, name);
	snprintf(path, sizeof(path), "%.80s->", name);
	head.path = path;
	if (head.from && head.to)
		compare(&head);
	else if (head.from)
		gone_head(&head, in->handle);
	if (in->elem && out->elem)
		compare_elems(p, in, out, name);
}

/* A handle that is null at one end, and leads to no elements at the other. */
static void compare_null(struct pair *p, const struct field *f, const char *name, bool known,
			 const struct term *nr, const char *back, const char *else_back)
{
	struct fate fate = { .kind = FATE_FORM, .facts = p->at->facts };

	fate.handle = known ? "not null" : "null";
	if (nr && is_zero(p->at, nr) == 1) {
		cx__fate(p->at->cx, name, &fate, "%s", back);
		return;
	}
	fate.kind = FATE_CHANGED;
	if (nr) {
		fate.was = nr;
		fate.is = term__const(&p->at->cx->v->ts, 64, 0);
	}
	lost_or(p, f, name, fate, else_back);
}

static void compare_handle(struct pair *p, const struct field *f, const struct field *g,
			   const char *name)
{
	const struct effect *e = p->image->filled[g->bit / 8], *known, *drop;
	const struct term *off = source_off(p, f->bit / 8);
	struct fate fate = { .kind = FATE_CHANGED, .handle = "not null" };
	struct cx *cx = p->at->cx;
	char text[96], from[128];

	known = effects__ref(p->at->effects, p->in, off);
	drop = dropped(p->at, p->in, off);
	if (e && e->kind != E_LINK) {
		if (e->other == p->in && e->off2 == off) {
			kept(p, name);
			return;
		}
		snprintf(from, sizeof(from), "what %s leads to",
			 vfy__place(cx->v, e->other, e->off2, text, sizeof(text)));
		lost_or(p, f, name, fate, from);
	} else if (!e && known) {
		if (!known->other)
			kept(p, name);
		else
			compare_null(p, f, name, true, known->other->elem ? known->other->nr :
				     NULL, "no elements: it becomes null", "null");
	} else if (!e) {
		lost_or(p, f, name, fate, "null");
	} else if (known && !known->other) {
		compare_null(p, f, name, false, e->other->elem ?
			     region__made(cx->v, e->other, e->other->head, e->other->elem) : NULL,
			     "null becomes a container without elements", "a new region");
	} else if (known && !(drop && drop->size == LUOB_LOST)) {
		compare_regions(p, known->other, e->other, name);
	} else {
		lost_or(p, f, name, fate, "a new region");
	}
}

/* ---- fields that only one end has ---- */

static const char *to_field(struct search *s, const char *field, void *priv)
{
	(void)s;
	(void)priv;
	return field;
}

static const struct effect *carried(const struct effect *e, const struct effect *end,
				    const struct region *r, const struct term *off)
{
	for (; e && e != end; e = e->prev)
		if ((e->kind == E_MOVE || e->kind == E_CHILD) && e->other == r && e->off2 == off)
			return e;
	return NULL;
}

static bool tested(const struct pair *p, const struct field *f)
{
	struct term_range r;
	__u32 at, nr;

	for (at = 0; at < f->bits; at += nr) {
		nr = f->bits - at < 56 ? f->bits - at : 56;
		r = path__range(&p->at->cx->v->ts, p->at->facts, source_bits(p, f->bit + at, nr));
		if (r.min != r.max)
			return false;
	}
	return true;
}

static bool string_of_child(const struct luob_type *t, const struct field *f)
{
	unsigned int i;

	for (i = 0; i < t->nr_handles; i++)
		if (t->handles[i].kind == LUOB_H_CHILD && t->handles[i].string_off * 8 == f->bit)
			return true;
	return false;
}

/* Only the first record has it. */
static void gone(struct pair *p, const struct field *f, const char *name)
{
	struct search s = { .cx = p->at->cx, .type = p->from, .bit = f->bit, .bits = f->bits };
	struct fate fate = { .kind = FATE_MOVED, .facts = p->at->facts };
	const struct term *off = source_off(p, f->bit / 8);
	const struct effect *e, *drop = dropped(p->at, p->in, off);
	const char *to = NULL;
	char text[96];

	e = f->handle ? carried(p->at->effects, NULL, p->in, off) : NULL;
	if (!f->handle)
		to = stores(&s, p->at->effects, NULL, to_field, NULL);
	if (e)
		cx__fate(p->at->cx, name, &fate, "%s", vfy__place(p->at->cx->v, e->region, e->off,
								 text, sizeof(text)));
	else if (to)
		cx__fate(p->at->cx, name, &fate, "new.%s", to);
	else if (drop && drop->size == LUOB_REPLACED)
		cx__fate(p->at->cx, name, &fate, "its records are carried");
	else if (f->flags & (FIELD_VERSION | FIELD_RESERVED) || string_of_child(p->from, f))
		return;
	else if (f->handle ? effects__ref(p->at->effects, p->in, off) &&
			     !effects__ref(p->at->effects, p->in, off)->other : tested(p, f))
		fate.kind = FATE_TESTED, cx__fate(p->at->cx, name, &fate, "%s", f->handle ?
						  "null" : "one value is let through");
	else
		fate.kind = FATE_UNKNOWN, lost_or(p, f, name, fate, "nothing says where it goes");
}

static void arrives(struct pair *p, const struct field *g, const char *name)
{
	const struct effect *e = p->image->filled[g->bit / 8];
	struct fate fate = { .kind = FATE_NEW, .facts = p->at->facts };
	char text[128];

	if (g->handle || e)
		snprintf(text, sizeof(text), "%s", !e ? "null" : e->kind == E_LINK ?
			 "a new region" : "a handle of the first record");
	else
		vfy__term(p->at->cx->v, image__bits(p->at->cx->v, p->image, g->bit,
						    g->bits > 64 ? 64 : g->bits),
			  text, sizeof(text));
	cx__fate(p->at->cx, name, &fate, "%s", text);
}

static void compare(struct pair *p)
{
	struct cx *cx = p->at->cx;
	const struct fields *from = fields__of(cx->v, p->from);
	const struct field *f, *g;
	char name[128];
	unsigned int i;

	p->fields = fields__of(cx->v, p->to);
	p->image = image__new(cx->v, p->out, p->out_index, p->to, p->at->effects, p->at->loop);
	for (i = 0; i < from->nr; i++) {
		f = &from->field[i];
		if (f->flags & FIELD_PADDING)
			continue;
		g = fields__find(p->fields, f->name);
		snprintf(name, sizeof(name), "%s%s", p->path, f->name);
		if (!g)
			gone(p, f, name);
		else if (f->flags & (FIELD_VERSION | FIELD_RESERVED) ||
			 string_of_child(p->from, f))
			continue;
		else if (f->handle && g->handle)
			compare_handle(p, f, g, name);
		else
			compare_value(p, f, g, name);
	}
	for (i = 0; i < p->fields->nr; i++) {
		g = &p->fields->field[i];
		if (g->flags & (FIELD_PADDING | FIELD_VERSION | FIELD_RESERVED) ||
		    fields__find(from, g->name))
			continue;
		snprintf(name, sizeof(name), "%s%s", p->path, g->name);
		arrives(p, g, name);
	}
}

/* @route leads from the first record to the last one. */
void cx__compare(struct cx *cx, const struct route *route)
{
	struct ends at = { cx, route->effects, route->facts, NULL };
	struct pair p = { .at = &at, .path = "" };

	p.in = cx->stages[0].self;
	p.out = route->main;
	p.from = luo_object__prog(cx->stages[0].obj)->from;
	p.to = luo_object__prog(cx->stage->obj)->to;
	compare(&p);
}
