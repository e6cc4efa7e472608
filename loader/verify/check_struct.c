// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One structure that a path made: what each of its fields owes. */
#include <stdlib.h>
#include <string.h>

#include "int.h"

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
			  "new.%s takes the bytes of old.%s, which mean nothing", f->name,
			  g->name);
}

const struct term *vfy__differ(struct vfy *v, const struct term *a, const struct term *b)
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
		     VERIFY_NARROWING_STORE, wide->op == T_VAR ? VERIFY_REFUSED : VERIFY_UNKNOWN,
		     insn, "new.%s takes the lower %u bits of %s, which may be larger", f->name,
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
		vfy__find_if(v, vfy__differ(v, out, want), VERIFY_SHARED, VERIFY_REFUSED,
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
			vfy__find_if(v, vfy__differ(v, t, val), VERIFY_VERSION, VERIFY_REFUSED,
				     line_of(im, f), "new.%s is not always %s", f->name, want);
		return;
	}
	for (i = 0; i < size; i++) {
		t = im->byte[f->bit / 8 + i];
		val = term__const(&v->ts, 8, i < len ? (__u8)want[i] : 0);
		if (t ? t != val : i < len)
			vfy__find_if(v, t ? vfy__differ(v, t, val) : NULL, VERIFY_VERSION,
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
			vfy__find_if(v, vfy__differ(v, t, term__const(&v->ts, nr, 0)),
				     VERIFY_COMPLETE_RESERVED, VERIFY_REFUSED, line_of(im, f),
				     "new.%s is reserved, but not always 0", f->name);
	}
}

/* @have elements are said to be there, of @want. */
void vfy__check_number(struct vfy *v, const struct scope *sc, const struct term *have,
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
	vfy__find_if(v, vfy__differ(v, have, want), VERIFY_CONTAINERS_COUNT,
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
		vfy__check_number(v, sc, have, want, line_of(im, f), f->name);
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
	if (!want)
		want = region__made(v, im->region, head, elem);
	vfy__check_number(v, sc, image__bits(v, im, f->bit, f->bits), want, line_of(im, f),
			  f->name);
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

void vfy__check_struct(struct vfy *v, const struct scope *sc, const struct image *im,
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

/* As check_leads(), of a new region whose elements come from another. */
void vfy__check_linked(struct vfy *v, const struct scope *sc, const struct scope *turn,
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
