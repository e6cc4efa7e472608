// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a path owes when it returns success: properties of the output. */
#include <stdlib.h>
#include <string.h>

#include "int.h"

/* Effects of a scope end at the beginning of its turn, or of the path. */
static const struct effect *find_end(struct vfy *v, const struct scope *sc)
{
	const struct effect *e;

	for (e = sc->loop ? sc->effects : NULL; e; e = effect__prev(v, e))
		if (e->kind == E_TURN && e->loop == sc->loop)
			return e;
	return NULL;
}

struct image *scope__image(struct vfy *v, struct scope *sc, const struct region *r,
			   const struct term *index, const struct luob_type *type)
{
	struct image **list;
	unsigned int i;

	terms__spend(&v->ts, sc->nr_images);
	for (i = 0; i < sc->nr_images; i++)
		if (sc->images[i]->region == r && sc->images[i]->index == index)
			return sc->images[i];
	if (!(sc->nr_images & (sc->nr_images - 1))) {
		list = terms__alloc(&v->ts, (2 * sc->nr_images + 1) * sizeof(*list));
		if (sc->nr_images)
			memcpy(list, sc->images, sc->nr_images * sizeof(*list));
		sc->images = list;
	}
	list = &sc->images[sc->nr_images];
	*list = image__new(v, r, index, type, sc->effects, sc->loop);
	sc->nr_images++;
	return *list;
}

/* All structures that the scope itself writes, without what its loops write. */
static void find_images(struct vfy *v, struct scope *sc)
{
	const struct effect *e, *end = sc->end;
	struct spot spot;

	for (e = sc->effects; e != end; e = effect__prev(v, e)) {
		if (e->kind != E_WRITE && e->kind != E_MOVE && e->kind != E_LINK &&
		    e->kind != E_CHILD)
			continue;
		if (region__spot(v, sc->effects, e->region, e->off, &spot))
			scope__image(v, sc, e->region, spot.index, spot.type);
		else
			vfy__find(v, VERIFY_CONTAINERS, VERIFY_UNKNOWN, e->insn,
				  "cannot tell which field is written");
	}
}

struct scope *scope__new(struct vfy *v, const struct state *s, const struct loop *loop)
{
	struct scope *sc = terms__alloc(&v->ts, sizeof(*sc));

	sc->effects = s->effects;
	sc->facts = s->facts;
	sc->loop = loop;
	sc->end = find_end(v, sc);
	find_images(v, sc);
	return sc;
}

struct dirt {
	const struct term *worst;
};

static bool look_for_dirt(const struct term *t, void *priv)
{
	struct dirt *d = priv;

	if (t->op != T_VAR)
		return true;
	switch (t->kind) {
	case V_UNINIT:
	case V_POINTER:
	case V_TOKEN:
	case V_NO_ANSWER:
	case V_ERRNO:
		d->worst = t;
		return false;
	case V_HAVOC:
	case V_SIZE:
		d->worst = t;
	}
	return true;
}

/* Only input, constants, configuration and look-ups may reach the output. */
static void check_clean(struct vfy *v, const struct field *f, const struct term *t, __u32 insn)
{
	struct dirt d = { 0 };
	char text[128];

	term__walk(&v->ts, t, look_for_dirt, &d);
	if (!d.worst)
		return;
	vfy__term(v, d.worst, text, sizeof(text));
	if (d.worst->kind == V_HAVOC || d.worst->kind == V_SIZE)
		vfy__find(v, VERIFY_CLEAN_TURNS, VERIFY_UNKNOWN, insn, "new.%s depends on: %s",
			  f->name, text);
	else
		vfy__find(v, VERIFY_CLEAN, VERIFY_REFUSED, insn, "new.%s depends on: %s", f->name,
			  text);
}

/* The first field among these bits that means nothing, or NULL. */
static const struct field *meaningless(struct vfy *v, const struct scope *sc,
				       const struct term_bits *b)
{
	const struct region *r = vfy__region_nr(v, b->region);
	const struct field *g;
	struct spot spot;
	__u32 bit, end;

	if (!r || !region__spot(v, sc->effects, r, b->off, &spot))
		return NULL;
	bit = spot.off * 8 + b->lo;
	for (end = bit + b->width; bit < end; bit = g->bit + g->bits) {
		g = fields__at(fields__of(v, spot.type), bit);
		if (!g || g->flags & (FIELD_RESERVED | FIELD_PADDING))
			return g;
	}
	return NULL;
}

/* As above, of whatever @t is made of. */
static const struct field *made_of_nothing(struct vfy *v, const struct scope *sc,
					   const struct term *t, __u32 walk)
{
	const struct field *g = NULL;
	struct term_bits b;
	unsigned int i;

	if (term__met(&v->ts, walk, t))
		return NULL;
	if (term__bits(t, &b))
		return meaningless(v, sc, &b);
	for (i = 0; i < t->nr && !g; i++)
		g = made_of_nothing(v, sc, t->arg[i], walk);
	return g;
}

/* What was reserved meant nothing, and does not come to mean something by being copied. */
static void check_origin(struct vfy *v, const struct scope *sc, const struct field *f,
			 const struct term *t, __u32 insn)
{
	const struct field *g;

	if (f->flags & (FIELD_RESERVED | FIELD_PADDING))
		return;
	g = made_of_nothing(v, sc, t, term__walk_new(&v->ts));
	if (g)
		vfy__find(v, VERIFY_CLEAN, VERIFY_REFUSED, insn,
			  "new.%s takes the bytes of old.%s, which mean nothing", f->name, g->name);
}

static const struct term *differ(struct vfy *v, const struct term *a, const struct term *b)
{
	return term__not(&v->ts, term__eq(&v->ts, a, b));
}

/* The low bits of something wider, which has to fit. */
static void check_fit(struct vfy *v, const struct scope *sc, const struct field *f,
		      const struct term *t, __u32 insn)
{
	const struct term *wide;
	char text[128];

	if (t->op == T_CONCAT)
		t = t->arg[0];
	if (t->op != T_EXTRACT || t->val)
		return;
	wide = t->arg[0];
	if (wide->op == T_LOAD || path__range(&v->ts, sc->facts, wide).max <= term_mask(t->width))
		return;
	vfy__find_if(v, term__ult(&v->ts, term__const(&v->ts, wide->width, term_mask(t->width)),
				  wide),
		     VERIFY_NARROWING_STORE, wide->op == T_VAR ? VERIFY_REFUSED : VERIFY_UNKNOWN, insn,
		     "new.%s takes the lower %u bits of %s, which may be larger", f->name,
		     t->width, vfy__term(v, wide, text, sizeof(text)));
}

/* Where a structure got most of its contents. */
struct partner {
	const struct region *region;
	const struct term *index;
	const struct luob_type *type;
	unsigned int votes;
};

struct census {
	struct vfy *v;
	const struct effect *effects;
	struct partner list[8];
	unsigned int nr;
};

static bool vote(const struct term *t, void *priv)
{
	struct census *c = priv;
	const struct region *r;
	struct spot spot;
	unsigned int i;

	if (t->op != T_LOAD)
		return true;
	r = vfy__region_nr(c->v, t->val);
	if (!r || !region__spot(c->v, c->effects, r, t->arg[0], &spot))
		return false;
	for (i = 0; i < c->nr; i++)
		if (c->list[i].region == r && c->list[i].index == spot.index)
			break;
	if (i == c->nr && c->nr < 8)
		c->list[c->nr++] = (struct partner){ .region = r, .index = spot.index,
						     .type = spot.type };
	if (i < c->nr)
		c->list[i].votes++;
	return false;
}

static struct partner find_partner(struct vfy *v, const struct scope *sc, const struct image *im,
				   bool main)
{
	struct census c = { .v = v, .effects = sc->effects };
	struct partner best = { 0 };
	unsigned int i;

	if (main)
		return (struct partner){ .region = v->self, .type = v->prog->from };
	for (i = 0; i < im->type->size; i++)
		if (im->byte[i])
			term__walk(&v->ts, im->byte[i], vote, &c);
	for (i = 0; i < c.nr; i++)
		if (c.list[i].votes > best.votes)
			best = c.list[i];
	return best;
}

/* Bits of a source structure. */
static const struct term *source_bits(struct vfy *v, const struct partner *p, __u32 bit,
				      __u32 bits)
{
	struct terms *ts = &v->ts;
	const struct term *off = term__const(ts, 64, bit / 8);

	if (p->index) {
		off = term__scale(ts, p->index, p->type->size);
		off = term__add_const(ts, off, (p->region->head ? p->region->head->size : 0) +
				      bit / 8);
	}
	return term__memory(ts, p->region->id, off, bit % 8, bits);
}

/* What the path knows to be above the field that takes it has to be nothing, or the sign. */
static bool cut_off(struct vfy *v, const struct scope *sc, const struct field *f,
		    const struct field *g, const struct partner *p)
{
	__u32 bits = f->bits - g->bits;
	struct term_range r;

	r = path__range(&v->ts, sc->facts, source_bits(v, p, f->bit + g->bits, bits));
	if (r.min != r.max || !r.min)
		return false;
	return !(f->flags & g->flags & FIELD_SIGNED) || r.min != term_mask(bits);
}

/* A number of elements follows from what luob_gather() left of them. */
static bool counts_gathered(const struct term *t)
{
	unsigned int i;

	for (i = 1; t->op == T_CONCAT && i < t->nr; i++)
		if (!term_is(t->arg[i], 0))
			return false;
	if (t->op == T_CONCAT)
		t = t->arg[0];
	if (t->op == T_EXTRACT && !t->val)
		t = t->arg[0];
	return t->op == T_VAR && t->kind == V_GATHERED;
}

/*
 * A field that both versions have keeps its value, or what it says has changed: then it is
 * a copy that has to be stated. A @count is judged by what it counts.
 */
static void check_shared(struct vfy *v, const struct scope *sc, const struct image *im,
			 const struct field *g, const struct partner *p, bool count)
{
	const struct field *f = p->type ? fields__find(fields__of(v, p->type), g->name) : NULL;
	__u32 bits, at, nr;
	const struct term *out, *want;
	char have[96], text[96];

	if (!f || f->handle || f->flags & (FIELD_VERSION | FIELD_RESERVED) ||
	    (f->means == g->means ? count : vfy__meant(v, g->name)))
		return;
	bits = f->bits < g->bits ? f->bits : g->bits;
	if (g->bits < f->bits && f->bits <= 64 && !(g->flags & FIELD_ARRAY) &&
	    cut_off(v, sc, f, g, p))
		vfy__find(v, VERIFY_SHARED, VERIFY_REFUSED, im->insn[g->bit / 8],
			  "both versions have %s, but new.%s has no room for the value that is "
			  "tested", g->name, g->name);
	for (at = 0; at < bits; at += 64) {
		bool array = g->flags & FIELD_ARRAY;

		nr = bits - at < 64 ? bits - at : 64;
		want = source_bits(v, p, f->bit + at, array ? nr : f->bits);
		out = image__bits(v, im, g->bit + at, array ? nr : g->bits);
		if (!array && f->bits < g->bits)
			want = f->flags & FIELD_SIGNED ? term__sext(&v->ts, want, g->bits) :
							 term__zext(&v->ts, want, g->bits);
		else if (!array)
			want = term__extract(&v->ts, want, 0, g->bits);
		if (f->means != g->means) {
			if (!vfy__copied(v, sc->facts, out, want))
				continue;
			snprintf(text, sizeof(text), "new.%.80s is copied", g->name);
			vfy__find_meaning(v, im->insn[(g->bit + at) / 8], text, f, g);
			return;
		}
		if (path__equal(&v->ts, sc->facts, out, want) || counts_gathered(out))
			continue;
		vfy__find_if(v, differ(v, out, want), VERIFY_SHARED, VERIFY_REFUSED,
			     im->insn[(g->bit + at) / 8],
			     "both versions have %s, but new.%s becomes %s, not %s", g->name,
			     g->name, vfy__term(v, out, have, sizeof(have)),
			     vfy__term(v, want, text, sizeof(text)));
		return;
	}
}

static __u32 line_of(const struct image *im, const struct field *f)
{
	__u32 i, last = (f->bit + f->bits - 1) / 8;

	for (i = f->bit / 8; i <= last; i++)
		if (im->insn[i])
			return im->insn[i];
	/* Nothing of it is written: what made the region has to answer. */
	return im->region->insn;
}

/* Bytes that nobody wrote. A terminator that was written ends a string. */
static void check_written(struct vfy *v, const struct scope *sc, const struct image *im,
			  const struct field *f)
{
	__u32 first = f->bit / 8, last = (f->bit + f->bits - 1) / 8, i, missing = 0, at = 0;
	char when[160];

	for (i = first; i <= last; i++) {
		if (im->byte[i] && f->flags & FIELD_STRING && term_is(im->byte[i], 0))
			break;
		if (!im->byte[i]) {
			at = missing++ ? at : i;
		}
	}
	if (!missing)
		return;
	vfy__when(v, sc->facts, when, sizeof(when));
	vfy__find(v, f->flags & FIELD_PADDING ? VERIFY_COMPLETE_PADDING : VERIFY_COMPLETE_FIELD,
		  VERIFY_REFUSED, line_of(im, f),
		  "new.%s: %u byte%s from offset %u %s not written%s%s", f->name, missing,
		  missing == 1 ? "" : "s", at, missing == 1 ? "is" : "are",
		  when[0] ? " if " : "", when);
}

static void check_version(struct vfy *v, const struct image *im, const struct field *f)
{
	const char *want = v->prog->to_string;
	__u32 i, size = f->bits / 8, len = strlen(want);
	const struct term *t, *val;

	if (!(f->flags & FIELD_ARRAY)) {
		if (want[luob_format__name(want)])
			want += luob_format__name(want) + 1;
		t = image__bits(v, im, f->bit, f->bits);
		val = term__const(&v->ts, f->bits, strtoull(want, NULL, 0));
		if (t != val)
			vfy__find_if(v, differ(v, t, val), VERIFY_VERSION, VERIFY_REFUSED,
				     line_of(im, f), "new.%s is not always %s", f->name, want);
		return;
	}
	for (i = 0; i < size; i++) {
		t = im->byte[f->bit / 8 + i];
		val = term__const(&v->ts, 8, i < len ? (__u8)want[i] : 0);
		if (t ? t != val : i < len)
			vfy__find_if(v, t ? differ(v, t, val) : NULL, VERIFY_VERSION,
				     VERIFY_REFUSED, line_of(im, f),
				     "new.%s is not always \"%s\"", f->name, want);
	}
}

static void check_reserved(struct vfy *v, const struct scope *sc, const struct image *im,
			   const struct field *f)
{
	const struct term *t;
	__u32 at, nr;

	for (at = 0; at < f->bits; at += 64) {
		nr = f->bits - at < 64 ? f->bits - at : 64;
		t = image__bits(v, im, f->bit + at, nr);
		if (path__range(&v->ts, sc->facts, t).max)
			vfy__find_if(v, differ(v, t, term__const(&v->ts, nr, 0)), VERIFY_COMPLETE_RESERVED,
				     VERIFY_REFUSED, line_of(im, f),
				     "new.%s is reserved, but not always 0", f->name);
	}
}

/* Elements of a region that was made: its bytes without the head. */
const struct term *region__made(struct vfy *v, const struct region *r, const struct luob_type *head,
				const struct luob_type *elem)
{
	const struct term *t;
	struct lin l;

	if (!elem)
		return term__const(&v->ts, 64, 0);
	t = term__add_const(&v->ts, r->bytes, head ? -(__u64)head->size : 0);
	lin__of(&v->ts, &l, t);
	if (!lin__divide(&l, elem->size))
		return NULL;
	return lin__term(&v->ts, &l);
}

static void check_number(struct vfy *v, const struct scope *sc, const struct term *have,
			 const struct term *want, __u32 insn, const char *what)
{
	const struct term *d;
	char text[96], text2[96];

	if (!want) {
		vfy__find(v, VERIFY_CONTAINERS_COUNT, VERIFY_UNKNOWN, insn,
			  "cannot tell how many elements there are");
		return;
	}
	have = path__norm(&v->ts, sc->facts, term__zext(&v->ts, have, 64));
	want = path__norm(&v->ts, sc->facts, term__zext(&v->ts, want, 64));
	if (path__equal(&v->ts, sc->facts, have, want))
		return;
	d = term__sub(&v->ts, have, want);
	vfy__find_if(v, differ(v, have, want), VERIFY_CONTAINERS_COUNT,
		     d->op == T_CONST || have->op == T_CONST ? VERIFY_REFUSED : VERIFY_UNKNOWN,
		     insn, "%s is %s, but there are: %s", what,
		     vfy__term(v, have, text, sizeof(text)),
		     vfy__term(v, want, text2, sizeof(text2)));
}

/* The count beside a handle, of what the handle got. */
static bool beside_count(struct vfy *v, const struct scope *sc, const struct image *im,
			 const struct field *f)
{
	const struct luob_type *head, *elem;
	const struct luob_handle *h, *src;
	const struct term *have, *want, *off;
	const struct effect *e;
	struct spot spot;
	unsigned int i;

	for (i = 0; i < im->type->nr_handles; i++) {
		h = &im->type->handles[i];
		e = im->filled[h->off];
		if (h->count_at != LUOB_COUNT_BESIDE || h->count_off * 8 != f->bit || !e)
			continue;
		have = image__bits(v, im, f->bit, f->bits);
		if (e->kind == E_LINK) {
			region__types(v, sc->effects, e->other, &head, &elem, &src);
			want = region__gathered(v, sc->effects, e->other);
			if (!want)
				want = region__made(v, e->other, head, elem);
		} else {
			if (!region__spot(v, sc->effects, e->other, e->off2, &spot))
				return false;
			src = spot.handle;
			off = term__add_const(&v->ts, e->off2, (__u64)src->count_off - src->off);
			want = term__load(&v->ts, e->other->id, off, src->count_size);
		}
		check_number(v, sc, have, want, line_of(im, f), f->name);
		return true;
	}
	return false;
}

static bool head_count(struct vfy *v, const struct scope *sc, const struct image *im,
		       const struct field *f)
{
	const struct luob_type *head, *elem;
	const struct luob_handle *h;
	const struct term *want;

	if (im->index)
		return false;
	region__types(v, sc->effects, im->region, &head, &elem, &h);
	if (h ? h->count_at != LUOB_COUNT_HEAD || h->count_off * 8 != f->bit :
		!head || !head->nodes || head->nr_fdt || head->nodes_off * 8 != f->bit)
		return false;
	want = region__gathered(v, sc->effects, im->region);
	check_number(v, sc, image__bits(v, im, f->bit, f->bits),
		     want ? want : region__made(v, im->region, head, elem), line_of(im, f), f->name);
	return true;
}

/* A handle that both versions have leads to the same thing, not to what another led to. */
static void check_leads(struct vfy *v, const struct scope *sc, const struct field *g,
			const struct region *src, const struct term *off, __u32 insn)
{
	const struct field *f, *same;
	struct spot spot;

	if (!src || !off || !region__spot(v, sc->effects, src, off, &spot) || !spot.type)
		return;
	f = fields__at(fields__of(v, spot.type), spot.off * 8);
	same = fields__find(fields__of(v, spot.type), g->name);
	if (f && f->handle && same && same->handle && f != same)
		vfy__find(v, VERIFY_SHARED, VERIFY_REFUSED, insn,
			  "both versions have %s, but new.%s gets what old.%s leads to", g->name,
			  g->name, f->name);
}

static void check_handle(struct vfy *v, const struct scope *sc, const struct image *im,
			 const struct field *f)
{
	__u32 i, first = f->bit / 8;
	const struct effect *e = im->filled[first];

	if (e && e->kind != E_LINK)
		check_leads(v, sc, f, e->other, e->off2, e->insn);

	if (f->handle->kind == LUOB_H_CHILD && !im->filled[first])
		vfy__find(v, VERIFY_CONTAINERS, VERIFY_REFUSED, line_of(im, f),
			  "luob_child() is not called for new.%s", f->name);
	if (im->filled[first] && im->filled[first]->kind != E_LINK)
		return;
	for (i = first; i < first + f->handle->size; i++)
		if (im->insn[i])
			vfy__find(v, VERIFY_HANDLES, VERIFY_REFUSED, im->insn[i],
				  "bytes of the handle new.%s are stored by the program", f->name);
}

static void check_values(struct vfy *v, const struct scope *sc, const struct image *im,
			 const struct field *f)
{
	const struct term *t;
	__u32 at, nr;

	for (at = 0; at < f->bits; at += 64) {
		nr = f->bits - at < 64 ? f->bits - at : 64;
		t = image__bits(v, im, f->bit + at, nr);
		check_clean(v, f, t, line_of(im, f));
		check_origin(v, sc, f, t, line_of(im, f));
		check_fit(v, sc, f, t, line_of(im, f));
	}
}

/* What a structure is: an element beside that of its turn has no counterpart. */
enum role { ROLE_OTHER, ROLE_RECORD, ROLE_EXTRA };

static void check_image(struct vfy *v, const struct scope *sc, const struct image *im,
			enum role role)
{
	bool main = role == ROLE_RECORD;
	struct partner p = find_partner(v, sc, im, main);
	unsigned int i;

	if (role == ROLE_EXTRA)
		p = (struct partner){ 0 };

	for (i = 0; i < im->fields->nr; i++) {
		const struct field *f = &im->fields->field[i];

		v->about = f;
		v->about_type = im->type;
		if (f->handle) {
			check_handle(v, sc, im, f);
			continue;
		}
		if (im->filled[f->bit / 8])
			continue;	/* the version string of a child */
		check_values(v, sc, im, f);
		if (f->flags & FIELD_RESERVED)
			check_reserved(v, sc, im, f);
		else if (f->flags & FIELD_VERSION && main)
			check_version(v, im, f);
		else if (beside_count(v, sc, im, f) || head_count(v, sc, im, f)) {
			check_shared(v, sc, im, f, &p, true);
		} else {
			check_written(v, sc, im, f);
			check_shared(v, sc, im, f, &p, false);
		}
	}
	v->about = fields__at(im->fields, im->type->unique_off * 8);
	vfy__check_unique(v, sc, im, p.region, p.index, p.type);
	v->about = NULL;
	v->about_type = NULL;
}

/* Does some turn of the loop write elements of @r? */
bool loop__fills(struct vfy *v, const struct loop *l, const struct region *r)
{
	const struct effect *e;
	const struct turn *t;

	for (t = l->turns; t; t = t->next)
		for (e = t->state->effects; e && !(e->kind == E_TURN && e->loop == l);
		     e = effect__prev(v, e))
			if ((e->region == r && e->kind != E_REF && e->kind != E_DROP) ||
			    (e->kind == E_LOOP && loop__fills(v, e->loop, r)))
				return true;
	return false;
}

/* The same of a new region, whose elements come from another. */
static void check_linked(struct vfy *v, const struct scope *sc, const struct scope *turn,
			 const struct image *im)
{
	struct partner p = find_partner(v, turn, im, false);
	const struct effect *e;
	const struct field *g;
	struct spot spot;

	for (e = sc->effects; e && !(e->kind == E_LINK && e->other == im->region);
	     e = effect__prev(v, e))
		;
	if (!e || !p.region || !region__spot(v, sc->effects, e->region, e->off, &spot))
		return;
	g = fields__at(fields__of(v, spot.type), spot.off * 8);
	if (g)
		check_leads(v, sc, g, p.region->up, p.region->up_off, e->insn);
}

/* Turn i may fill elements @n i to @n i + n - 1, if there are n times as many as turns. */
#define PER_TURN_MAX 16

static unsigned int per_turn(struct vfy *v, const struct fact *facts, const struct loop *l,
			     const struct term *nr)
{
	struct lin all, turns;
	unsigned int i;
	__u64 n;

	if (!nr)
		return 1;
	lin__of(&v->ts, &all, path__norm(&v->ts, facts, nr));
	lin__of(&v->ts, &turns, path__norm(&v->ts, facts, l->bound));
	if (!turns.nr || all.nr != turns.nr || !turns.coef[0])
		return 1;
	n = all.coef[0] / turns.coef[0];
	for (i = 0; i < all.nr; i++)
		if (all.atom[i] != turns.atom[i] || all.coef[i] != n * turns.coef[i])
			return 1;
	return all.val == n * turns.val && n <= PER_TURN_MAX ? n : 1;
}

static const struct term *turn_index(struct vfy *v, const struct term *index, unsigned int n,
				     unsigned int k)
{
	return term__add_const(&v->ts, term__scale(&v->ts, index, n), k);
}

/* Does a turn with @index write its own elements at this place? */
bool loop__own(struct vfy *v, const struct state *s, const struct loop *l, const struct region *r,
	       const struct term *off)
{
	const struct luob_type *head, *elem;
	const struct luob_handle *h;
	struct spot spot;
	unsigned int n, k;

	if (!region__spot(v, s->effects, r, off, &spot) || !spot.index)
		return false;
	region__types(v, s->effects, r, &head, &elem, &h);
	n = r->fresh ? per_turn(v, s->facts, l, region__made(v, r, head, elem)) : 1;
	for (k = 0; k < n; k++)
		if (spot.index == turn_index(v, s->index, n, k))
			return true;
	return false;
}

static void check_elems(struct vfy *v, struct scope *sc, const struct region *r,
			const struct luob_type *head, const struct luob_type *elem)
{
	const struct term *nr = region__made(v, r, head, elem);
	const struct effect *e, *end = sc->end;
	const struct loop *l = NULL;
	const struct turn *t;
	unsigned int n, k;
	struct scope *inner;
	struct spot spot;
	struct clue at;

	for (e = sc->effects; e != end; e = effect__prev(v, e)) {
		if (e->region == r && e->off &&
		    types__spot(v, head, elem, e->off, &spot) && spot.index)
			vfy__find(v, VERIFY_CONTAINERS, VERIFY_UNKNOWN, e->insn,
				  "an element is written outside of the loop over all of them");
		if (e->kind == E_GATHER && e->region == r && l)
			vfy__find(v, VERIFY_CONTAINERS, VERIFY_REFUSED, l->insn,
				  "elements are written behind luob_gather()");
		if (e->kind != E_LOOP || !loop__fills(v, e->loop, r))
			continue;
		if (l)
			vfy__find(v, VERIFY_CONTAINERS, VERIFY_UNKNOWN, e->insn,
				  "more than one loop writes the elements of a region");
		l = e->loop;
	}
	if (!l) {
		const struct term *any = nr ? differ(v, nr, term__const(&v->ts, 64, 0)) : NULL;

		if (!nr || path__range(&v->ts, sc->facts, nr).max)
			vfy__find_absent(v, any, VERIFY_CONTAINERS, r->insn,
					 "no loop writes the elements of the region that is made "
					 "here");
		return;
	}
	n = per_turn(v, sc->facts, l, nr);
	if (n == 1)
		check_number(v, sc, l->bound, nr, l->insn, "the bound of the loop");
	for (t = l->turns; t; t = t->next) {
		inner = scope__new(v, t->state, l);
		at = vfy__at(v, inner->facts, inner->effects);
		v->told_apart = region__told_apart(v, sc->effects, r, elem);
		for (k = 0; k < n; k++)
			check_image(v, inner, scope__image(v, inner, r, turn_index(v, t->state->index,
										   n, k), elem),
				    k ? ROLE_EXTRA : ROLE_OTHER);
		v->told_apart = false;
		check_linked(v, sc, inner, scope__image(v, inner, r, t->state->index, elem));
		v->at = at;
	}
}

static void check_region(struct vfy *v, struct scope *sc, const struct region *r, bool main)
{
	const struct luob_type *head, *elem;
	const struct luob_handle *h;

	region__types(v, sc->effects, r, &head, &elem, &h);
	if (!head && !elem) {
		vfy__find(v, VERIFY_HANDLES, VERIFY_REFUSED, r->insn,
			  "the region that is made here is never linked");
		return;
	}
	if (main && r->kind != (__u64)(head->nr_fdt ? LUOB_FDT : LUOB_CONTIG))
		vfy__find(v, VERIFY_CONTRACT, VERIFY_REFUSED, r->insn,
			  "the new record is %s FDT", head->nr_fdt ? "an" : "no");
	if (main && (!elem || head->nr_fdt) && !term_is(r->bytes, head->size)) {
		vfy__find(v, VERIFY_COMPLETE, VERIFY_REFUSED, r->insn,
			  "the new record needs %u bytes, no more and no less", head->size);
		return;
	}
	if (head)
		check_image(v, sc, scope__image(v, sc, r, NULL, head),
			    main ? ROLE_RECORD : ROLE_OTHER);
	if (elem)
		check_elems(v, sc, r, head, elem);
}

static const struct region *main_region(struct vfy *v, const struct effect *e)
{
	const struct region *r = NULL;

	for (; e; e = effect__prev(v, e))
		if (e->kind == E_NEW)
			r = e->region;
	return r;
}

/* Two things in one handle. */
static void check_filled_twice(struct vfy *v, const struct scope *sc)
{
	const struct effect *e, *o, *end = sc->end;

	for (e = sc->effects; e != end; e = effect__prev(v, e)) {
		if (e->kind != E_LINK && e->kind != E_MOVE && e->kind != E_CHILD)
			continue;
		for (o = e->prev; o != end; o = effect__prev(v, o))
			if ((o->kind == E_LINK || o->kind == E_MOVE || o->kind == E_CHILD) &&
			    o->region == e->region && o->off == e->off)
				vfy__find(v, VERIFY_HANDLES, VERIFY_REFUSED, e->insn,
					  "a handle of the new record is filled twice");
	}
}

static void check_scope(struct vfy *v, struct scope *sc)
{
	const struct effect *e, *end = sc->end;
	const struct region *main = main_region(v, sc->effects);

	for (e = sc->effects; e != end; e = effect__prev(v, e))
		if (e->kind == E_NEW)
			check_region(v, sc, e->region, e->region == main);
		else
			vfy__check_moved(v, sc, e);
	check_filled_twice(v, sc);
	vfy__check_carried(v, sc);
}

void vfy__check_success(struct vfy *v, struct state *s)
{
	struct scope *sc;

	vfy__at(v, s->facts, s->effects);
	if (s->refused) {
		vfy__find(v, VERIFY_REFUSAL, VERIFY_REFUSED, s->refused_at,
			  "what is refused here ends in success");
		return;
	}
	if (s->loop)
		vfy__find_if(v, term__ult(&v->ts, term__add_const(&v->ts, s->index, 1),
					  s->loop->bound),
			     VERIFY_CONTAINERS, VERIFY_REFUSED, s->loop->insn,
			     "a path leaves the loop early and returns success: elements behind "
			     "it are skipped");
	v->successes++;
	if (v->accept || s->loop)
		return;
	if (!main_region(v, s->effects)) {
		vfy__find(v, VERIFY_COMPLETE, VERIFY_REFUSED, s->pc,
			  "success is returned, but no new record was made");
		return;
	}
	vfy__keep(v, s, &v->done);
	sc = scope__new(v, s, NULL);
	check_scope(v, sc);
	vfy__lineage(v, sc);
}

/* Handles of older regions are used by one turn only if their place follows the index. */
static void check_repeated(struct vfy *v, const struct effect *e, const struct loop *l)
{
	bool old = e->region->id < l->nr && !term__has(&v->ts, e->off, l->index);

	if (e->kind == E_MOVE || e->kind == E_CHILD)
		old |= e->other->id < l->nr && !term__has(&v->ts, e->off2, l->index);
	if (old)
		vfy__find_if(v, term__ult(&v->ts, term__const(&v->ts, l->bound->width, 1),
					  l->bound),
			     VERIFY_HANDLES, VERIFY_REFUSED, e->insn,
			     "each turn of the loop uses the same handle");
}

/* A turn may only write the element of its own index, or what has no index. */
static void check_index(struct vfy *v, const struct scope *sc, const struct effect *e,
			const struct term *index)
{
	const struct loop *l = sc->loop;
	const struct luob_type *head, *elem;
	const struct luob_handle *h;
	char text[96], turn[16];
	unsigned int n, k;
	struct spot spot;

	if (e->region->id >= l->nr || !e->region->fresh ||
	    (index == l->index && !term__has(&v->ts, e->off, index)) ||
	    !region__spot(v, sc->effects, e->region, e->off, &spot) || spot.index == index ||
	    (index != l->index && !spot.index))
		return;
	region__types(v, sc->effects, e->region, &head, &elem, &h);
	n = per_turn(v, sc->facts, l, region__made(v, e->region, head, elem));
	for (k = 0; k < n; k++)
		if (spot.index == turn_index(v, index, n, k))
			return;
	vfy__find_if(v, spot.index ? differ(v, spot.index, index) : NULL, VERIFY_CONTAINERS_INDEX,
		     VERIFY_REFUSED, e->insn, "turn %s of the loop writes element %s",
		     vfy__term(v, index, turn, sizeof(turn)),
		     spot.index ? vfy__term(v, spot.index, text, sizeof(text)) : "?");
}

void vfy__check_turn(struct vfy *v, struct state *s, const struct loop *loop)
{
	struct scope *sc = scope__new(v, s, loop);
	const struct effect *e, *end = sc->end;

	vfy__at(v, s->facts, s->effects);
	/* What the first turn alone does is not repeated. */
	for (e = s->index == loop->index ? sc->effects : end; e != end; e = effect__prev(v, e))
		if (e->kind == E_MOVE || e->kind == E_CHILD || e->kind == E_LINK ||
		    e->kind == E_DROP)
			check_repeated(v, e, loop);
	if (v->accept)
		return;
	for (e = sc->effects; e != end; e = effect__prev(v, e))
		if (e->kind == E_WRITE || e->kind == E_MOVE || e->kind == E_CHILD ||
		    e->kind == E_LINK)
			check_index(v, sc, e, s->index);
	check_scope(v, sc);
}
