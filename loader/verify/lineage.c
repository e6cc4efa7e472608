// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where each field comes from and goes to. Every path adds what it does; what holds on all
 * paths is not worth telling as the condition of one.
 */
#include <string.h>

#include "lineage.h"

static void *more(struct vfy *v, void *list, unsigned int nr, unsigned int *cap, size_t size)
{
	void *n;

	if (nr < *cap)
		return list;
	*cap = *cap ? 2 * *cap : 32;
	n = terms__alloc(&v->ts, *cap * size);
	if (nr)
		memcpy(n, list, nr * size);
	return n;
}

struct lineage *lineage__of(struct vfy *v)
{
	if (!v->lineage)
		v->lineage = terms__alloc(&v->ts, sizeof(*v->lineage));
	return v->lineage;
}

/* ---- records ---- */

/* The way to a region's head or elements: "", "sessions_pa->", "sessions_pa[i].". */
static bool path_of(struct vfy *v, const struct effect *e, const struct region *r, bool elem,
		    char *buf, size_t size)
{
	const struct region *up = r->up;
	const struct term *off = r->up_off;
	const struct field *f;
	struct spot spot;
	char in[96];

	for (; r->fresh && e; e = effect__prev(v, e)) {
		if (e->kind == E_LINK && e->other == r) {
			up = e->region;
			off = e->off;
			break;
		}
	}
	if (!up) {
		snprintf(buf, size, "%s", elem ? "[i]." : "");
		return true;
	}
	if (!region__spot(v, e, up, off, &spot) ||
	    !path_of(v, e, up, spot.index != NULL, in, sizeof(in)))
		return false;
	f = fields__at(fields__of(v, spot.type), spot.off * 8);
	if (!f)
		return false;
	snprintf(buf, size, "%.44s%.44s%s", in, f->name, elem ? "[i]." : "->");
	return true;
}

struct lin_record *lineage__record(struct vfy *v, bool input, const char *path,
				   const struct luob_type *type)
{
	struct lineage *l = lineage__of(v);
	const struct fields *fs = fields__of(v, type);
	struct lin_record *r;
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (l->records[i]->input == input && !strcmp(l->records[i]->path, path))
			return l->records[i];
	l->records = more(v, l->records, l->nr, &l->cap, sizeof(*l->records));
	r = terms__alloc(&v->ts, sizeof(*r));
	l->records[l->nr++] = r;
	r->input = input;
	r->type = type;
	r->fields = fs;
	snprintf(r->path, sizeof(r->path), "%s", path);
	r->slots = terms__alloc(&v->ts, fs->nr * sizeof(*r->slots));
	for (i = 0; i < fs->nr; i++) {
		r->slots[i].record = r;
		r->slots[i].field = &fs->field[i];
	}
	return r;
}

/* The record that a region of the source has at an offset. */
static struct lin_record *record_at(struct vfy *v, const struct region *r,
				    const struct term *off, struct spot *spot)
{
	char path[96];

	if (!r || !region__spot(v, NULL, r, off, spot) ||
	    !path_of(v, NULL, r, spot->index != NULL, path, sizeof(path)))
		return NULL;
	return lineage__record(v, true, path, spot->type);
}

static struct lin_slot *slot_at(struct lin_record *r, __u32 bit)
{
	const struct field *f = r ? fields__at(r->fields, bit) : NULL;

	return f ? &r->slots[f - r->fields->field] : NULL;
}

static struct lin_slot *handle_slot(struct vfy *v, const struct region *r, const struct term *off)
{
	struct spot spot;
	struct lin_record *rec = record_at(v, r, off, &spot);

	return slot_at(rec, spot.off * 8);
}

/* ---- what a term is made of ---- */

static void add_source(struct lin_sources *s, struct lin_slot *slot)
{
	unsigned int i;

	for (i = 0; slot && i < s->nr; i++)
		if (s->slot[i] == slot)
			return;
	if (slot && s->nr < LIN_SOURCES)
		s->slot[s->nr++] = slot;
}

static void follow(struct vfy *v, const struct term *t, struct lin_sources *s,
		   __u32 walk)
{
	const struct region *r;
	struct lin_record *rec;
	struct term_bits b;
	struct spot spot;
	__u32 bit, end;
	unsigned int i;

	if (term__met(&v->ts, walk, t))
		return;
	if (term__bits(t, &b)) {
		rec = record_at(v, vfy__region_nr(v, b.region), b.off, &spot);
		bit = spot.off * 8 + b.lo;
		for (end = bit + b.width; rec && bit < end; ) {
			struct lin_slot *slot = slot_at(rec, bit);

			if (!slot)
				break;
			add_source(s, slot);
			bit = slot->field->bit + slot->field->bits;
		}
		return;
	}
	if (t->op == T_VAR && t->kind == V_ELEMS) {
		r = vfy__region_nr(v, t->val);
		if (r && r->up)
			add_source(s, handle_slot(v, r->up, r->up_off));
	} else if (t->op == T_VAR) {
		s->outside = true;
	}
	for (i = 0; i < t->nr; i++)
		follow(v, t->arg[i], s, walk);
}

static void find_sources(struct vfy *v, const struct term *t, struct lin_sources *s)
{
	follow(v, t, s, term__walk_new(&v->ts));
}

/* ---- conditions ---- */

/* What the engine guarantees, and the bounds of loops, are no news. */
static bool is_news(const struct term *c)
{
	if (c->op == T_NOT)
		return true;
	if (c->op == T_ULT && c->arg[0]->op == T_VAR && c->arg[0]->kind == V_INDEX)
		return false;
	return c->op != T_EQ ||
	       !((c->arg[0]->op == T_VAR && c->arg[0]->kind == V_ELEMS) ||
		 (c->arg[1]->op == T_VAR && c->arg[1]->kind == V_ELEMS));
}

static void add_cond(struct vfy *v, struct lin_conds *c, const char *text)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		if (!strcmp(c->text[i], text))
			return;
	c->text = more(v, c->text, c->nr, &c->cap, sizeof(*c->text));
	snprintf(c->text[c->nr++], sizeof(*c->text), "%s", text);
}

/* All conditions of a scope in words, with what its handles are. */
static void find_conds(struct vfy *v, const struct scope *sc, struct lin_conds *c)
{
	struct lin_sources s = { 0 };
	const struct effect *e;
	const struct fact *f;
	char text[LIN_COND], name[128];
	unsigned int i;

	for (f = sc->facts; f; f = f->prev) {
		if (!is_news(f->cond))
			continue;
		add_cond(v, c, vfy__term(v, f->cond, text, sizeof(text)));
		find_sources(v, f->cond, &s);
	}
	for (i = 0; i < s.nr; i++)
		s.slot[i]->tested = true;
	for (e = sc->effects; e; e = effect__prev(v, e)) {
		if (e->kind == E_LOOKUP)
			add_cond(v, c, e->t ? "the look-up answers" : "no look-up answers");
		if (e->kind != E_REF)
			continue;
		snprintf(text, sizeof(text), "%s is %snull",
			 vfy__place(v, e->region, e->off, name, sizeof(name)),
			 e->other ? "not " : "");
		add_cond(v, c, text);
	}
	c->set = true;
}

/* What is left of @c when it has to hold in @with, too. */
static void intersect(struct vfy *v, struct lin_conds *c, const struct lin_conds *with)
{
	unsigned int i, k, n = 0;

	if (!c->set) {
		for (i = 0; i < with->nr; i++)
			add_cond(v, c, with->text[i]);
		c->set = true;
		return;
	}
	for (i = 0; i < c->nr; i++) {
		for (k = 0; k < with->nr && strcmp(c->text[i], with->text[k]); k++)
			;
		if (k < with->nr && n++ != i)
			memcpy(c->text[n - 1], c->text[i], sizeof(*c->text));
	}
	c->nr = n;
}

/* ---- flows ---- */

static void add_flow(struct vfy *v, struct lin_slot *slot, const struct lin_flow *like,
		     const struct lin_conds *conds)
{
	struct lin_flow *f, **end = &slot->flows;
	unsigned int i;

	for (; (f = *end); end = &f->next)
		if (f->kind == like->kind && !strcmp(f->from, like->from))
			break;
	if (!f) {
		f = terms__alloc(&v->ts, sizeof(*f));
		*f = *like;
		*end = f;
	}
	for (i = 0; i < like->src.nr; i++)
		add_source(&f->src, like->src.slot[i]);
	intersect(v, &f->conds, conds);
}

/* The handle whose records the turns of a loop carry to @r. */
static struct lin_slot *carried_from(struct vfy *v, const struct effect *e,
				     const struct effect *end, const struct region *r)
{
	const struct effect *w;
	const struct turn *t;
	unsigned int i;

	for (; e != end; e = effect__prev(v, e)) {
		for (t = e->kind == E_LOOP ? e->loop->turns : NULL; t; t = t->next) {
			for (w = t->state->effects; w && w->kind != E_TURN;
			     w = effect__prev(v, w)) {
				struct lin_sources s = { 0 };

				if (w->region != r)
					continue;
				if (w->kind == E_WRITE)
					find_sources(v, w->t, &s);
				else if (w->kind == E_MOVE || w->kind == E_CHILD)
					add_source(&s, handle_slot(v, w->other, w->off2));
				for (i = 0; i < s.nr; i++)
					if (s.slot[i]->record->up)
						return s.slot[i]->record->up;
			}
		}
	}
	return NULL;
}

static void flow_handle(struct vfy *v, const struct scope *sc, const struct field *g,
			const struct effect *e, struct lin_flow *f)
{
	struct lin_slot *slot;
	char text[128];

	if (!e) {
		f->kind = FLOW_NULL;
		snprintf(f->from, sizeof(f->from), "null");
	} else if (e->kind == E_LINK) {
		f->kind = FLOW_REGION;
		snprintf(f->from, sizeof(f->from), "a new region");
		slot = carried_from(v, sc->effects, sc->end, e->other);
		if (slot)
			add_source(&f->src, slot);
	} else if (!g->handle) {
		f->kind = FLOW_CHILD;
		snprintf(f->from, sizeof(f->from), "version of that record, filled by the engine");
	} else {
		f->kind = e->kind == E_MOVE ? FLOW_MOVED : FLOW_CHILD;
		snprintf(f->from, sizeof(f->from), "%s %s", e->kind == E_MOVE ? "moved from" :
			 "record of", vfy__place(v, e->other, e->off2, text, sizeof(text)));
		add_source(&f->src, handle_slot(v, e->other, e->off2));
	}
}

/* Constant bytes, as text if they are that. */
static bool constant_text(const struct image *im, const struct field *g, struct lin_flow *f)
{
	char text[64] = "";
	__u32 i, nr = g->bits / 8;

	for (i = 0; i < nr; i++) {
		const struct term *t = im->byte[g->bit / 8 + i];

		if (t && t->op != T_CONST)
			return false;
		if (i < sizeof(text) - 1)
			text[i] = t ? t->val : 0;
	}
	for (i = 0; text[i]; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	snprintf(f->from, sizeof(f->from), text[0] ? "\"%s\"" : "zeros", text);
	return true;
}

/* Is it all of one field, as it was? @at: bits that were looked at before. */
static bool is_whole(struct vfy *v, const struct term *t, const struct field *g, __u32 at,
		     const struct lin_slot *slot)
{
	struct lin_record *rec;
	struct term_bits b;
	struct spot spot;

	if (!slot || !term__bits(t, &b))
		return false;
	rec = record_at(v, vfy__region_nr(v, b.region), b.off, &spot);
	return rec == slot->record && spot.off * 8 + b.lo == slot->field->bit + at &&
	       slot->field->bits == g->bits;
}

static void flow_value(struct vfy *v, const struct image *im, const struct field *g,
		       struct lin_flow *f)
{
	const struct term *t;
	bool whole = true;
	char text[128];
	__u32 at, nr;

	if (g->flags & FIELD_ARRAY && constant_text(im, g, f)) {
		f->kind = FLOW_CONSTANT;
		return;
	}
	for (at = 0; at < g->bits; at += 64) {
		nr = g->bits - at < 64 ? g->bits - at : 64;
		t = image__bits(v, im, g->bit + at, nr);
		find_sources(v, t, &f->src);
		whole = whole && f->src.nr == 1 && is_whole(v, t, g, at, f->src.slot[0]);
		if (!at)
			vfy__term(v, t, f->from, sizeof(f->from));
	}
	f->kind = whole ? FLOW_COPIED : f->src.nr ? FLOW_CONVERTED :
		  f->src.outside ? FLOW_OUTSIDE : FLOW_CONSTANT;
	t = image__bits(v, im, g->bit, g->bits > 64 ? 64 : g->bits);
	if (f->src.nr && strstr(vfy__term(v, t, text, sizeof(text)), "number of elements") == text)
		f->kind = FLOW_COUNT;
}

static void flow_image(struct vfy *v, const struct scope *sc, const struct image *im,
		       const struct lin_conds *conds)
{
	struct lin_record *rec;
	char path[96];
	unsigned int i;

	if (!path_of(v, sc->effects, im->region, im->index != NULL, path, sizeof(path)))
		return;
	rec = lineage__record(v, false, path, im->type);
	intersect(v, &rec->conds, conds);
	for (i = 0; i < im->fields->nr; i++) {
		const struct field *g = &im->fields->field[i];
		struct lin_flow f = { 0 };

		if (g->flags & FIELD_PADDING)
			continue;
		if (g->handle || im->filled[g->bit / 8])
			flow_handle(v, sc, g, im->filled[g->bit / 8], &f);
		else
			flow_value(v, im, g, &f);
		rec->slots[i].written |= im->byte[g->bit / 8] != NULL;
		rec->slots[i].insn = im->insn[g->bit / 8];
		add_flow(v, &rec->slots[i], &f, conds);
	}
}

/* ---- the source ---- */

/* Records behind a handle whose contents were carried, or given up. */
static void open_source(struct vfy *v, struct lin_slot *slot, const struct region *r, bool lost)
{
	const struct luob_type *type[2] = { r->head, r->elem };
	struct lin_record *rec;
	char path[96];
	int i;

	for (i = 0; i < 2; i++) {
		if (!type[i] || !path_of(v, NULL, r, i, path, sizeof(path)))
			continue;
		rec = lineage__record(v, true, path, type[i]);
		rec->up = slot;
		rec->lost |= lost;
	}
}

static void flow_sources(struct vfy *v, const struct scope *sc)
{
	const struct effect *e, *end = sc->end, *ref;
	struct lin_slot *slot;

	for (e = sc->effects; e != end; e = effect__prev(v, e)) {
		if (e->kind != E_DROP)
			continue;
		slot = handle_slot(v, e->region, e->off);
		if (!slot)
			continue;
		slot->lost |= e->size == LUOB_LOST;
		slot->replaced |= e->size == LUOB_REPLACED;
		for (ref = sc->effects; ref; ref = effect__prev(v, ref))
			if (ref->kind == E_REF && ref->region == e->region &&
			    ref->off == e->off && ref->other)
				open_source(v, slot, ref->other, e->size == LUOB_LOST);
	}
}

/* ---- scopes ---- */

static void flow_scope(struct vfy *v, struct scope *sc)
{
	struct lin_conds conds = { 0 };
	const struct effect *e, *end = sc->end;
	const struct turn *t;
	unsigned int i;

	find_conds(v, sc, &conds);
	flow_sources(v, sc);
	for (i = 0; i < sc->nr_images; i++)
		flow_image(v, sc, sc->images[i], &conds);
	for (e = sc->effects; e != end; e = effect__prev(v, e))
		for (t = e->kind == E_LOOP ? e->loop->turns : NULL; t; t = t->next)
			/* The others say the same of any index. */
			if (t->state->index == e->loop->index)
				flow_scope(v, scope__new(v, t->state, e->loop));
}

/* A path that succeeds adds what it does. */
void vfy__lineage(struct vfy *v, struct scope *sc)
{
	lineage__record(v, true, "", v->prog->from);
	lineage__record(v, false, "", v->prog->to);
	flow_scope(v, sc);
}

/* luob_refuse(): a rule and when it strikes. */
void vfy__note_check(struct vfy *v, struct state *s, const struct term *rule)
{
	const char *name = rule->op == T_CONST ? luo_object__rule(v->obj, rule->val) : NULL;
	const struct luo_line *line = luo_lines__at(v->code.lines, s->pc);
	struct verify_result *r = v->res;
	struct verify_check c = { 0 }, *list;
	const struct fact *newest = s->facts;
	struct fact one;
	char null[128];
	size_t i;

	if (!name)
		vfy__find(v, VERIFY_CONTRACT,
			  rule->op == T_CONST ? VERIFY_REFUSED : VERIFY_UNKNOWN,
			  s->pc, "the rule that is refused by has no name");
	vfy__keep(v, s, &v->failed)->rule = name ? name : "?";
	snprintf(c.rule, sizeof(c.rule), "%s", name ? name : "?");
	c.line = line ? line->line : 0;
	/* A handle that is null is the reason as often as a value is. */
	if (s->effects && s->effects->kind == E_REF && !s->effects->other)
		snprintf(c.when, sizeof(c.when), "%s is null%s",
			 vfy__place(v, s->effects->region, s->effects->off, null, sizeof(null)),
			 newest ? " and " : "");
	if (newest) {
		one = *newest;
		one.prev = NULL;
		vfy__when(v, &one, c.when + strlen(c.when), sizeof(c.when) - strlen(c.when));
	}
	for (i = 0; i < r->nr_checks; i++)
		if (!strcmp(r->checks[i].rule, c.rule) && r->checks[i].line == c.line &&
		    !strcmp(r->checks[i].when, c.when))
			return;
	list = luob_grow(r->checks, r->nr_checks, &r->cap_checks, sizeof(*list));
	if (!list)
		longjmp(*v->ts.bail, BAIL_MEMORY);
	r->checks = list;
	list[r->nr_checks++] = c;
}
