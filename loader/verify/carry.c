// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Properties of the input: every field and every handle goes somewhere, or on record. */
#include <string.h>

#include "int.h"
#include "vm/insn.h"

/* One structure of the source, and which of its bits reached the output. */
struct source {
	struct vfy *v;
	const struct scope *sc;
	const struct region *region;
	const struct term *index;
	const struct luob_type *type;
	__u8 *bits;		/* one byte for each bit */
	__u32 *by;		/* and the instruction that stores it */
	__u32 insn;
	bool computed;		/* something went through arithmetic that may lose bits */
};

static void mark(struct source *s, __u32 bit)
{
	s->bits[bit] = 1;
	if (!s->by[bit])
		s->by[bit] = s->insn;
}

/* The bits of @mask of a term: which memory do they come from? */
static void reach(struct source *s, const struct term *t, __u64 mask)
{
	const struct region *r;
	struct term_bits b;
	struct spot spot;
	unsigned int i, at = 0;

	mask &= term_mask(t->width);
	if (!mask || t->op == T_CONST || t->op == T_VAR)
		return;
	if (term__bits(t, &b)) {
		r = vfy__region_nr(s->v, b.region);
		if (r != s->region || !region__spot(s->v, s->sc->effects, r, b.off, &spot) ||
		    spot.index != s->index)
			return;
		for (i = 0; i < t->width; i++)
			if (mask >> i & 1 && spot.off * 8 + b.lo + i < s->type->size * 8)
				mark(s, spot.off * 8 + b.lo + i);
		return;
	}
	switch (t->op) {
	case T_CONCAT:
		for (i = 0; i < t->nr; at += t->arg[i++]->width)
			reach(s, t->arg[i], mask >> at);
		return;
	case T_EXTRACT:
		reach(s, t->arg[0], mask << t->val);
		return;
	case T_SEXT:
		reach(s, t->arg[0], mask);
		return;
	case T_SUM:
		/* One to one, if all is there that a carry comes from. */
		if (t->nr == 1 && t->coef[0] == 1 && !(mask & (mask + 1))) {
			reach(s, t->arg[0], mask);
			return;
		}
	}
	/* An operation with a constant, bit by bit. */
	if (t->op == T_OPAQUE && t->arg[1]->op == T_CONST) {
		switch (t->kind & ~1U) {
		case BPF_XOR:
			reach(s, t->arg[0], mask);
			return;
		case BPF_AND:
			reach(s, t->arg[0], mask & t->arg[1]->val);
			return;
		case BPF_OR:
			reach(s, t->arg[0], mask & ~t->arg[1]->val);
			return;
		}
	}
	s->computed = true;
}

/* Field by field: what is stored byte by byte is one term again. */
static void collect_field(struct source *s, const struct image *im, const struct field *f)
{
	__u32 at, nr;

	for (at = 0; at < f->bits && !im->filled[f->bit / 8]; at += 64) {
		nr = f->bits - at < 64 ? f->bits - at : 64;
		s->insn = im->insn[(f->bit + at) / 8];
		reach(s, image__bits(s->v, im, f->bit + at, nr), ~0ULL);
	}
}

static void collect(struct source *s)
{
	const struct scope *sc = s->sc;
	unsigned int i, k;

	for (i = 0; i < sc->nr_images; i++)
		for (k = 0; k < sc->images[i]->fields->nr; k++)
			collect_field(s, sc->images[i], &sc->images[i]->fields->field[k]);
}

static const struct term *bits_of(struct source *s, __u32 bit, __u32 bits)
{
	struct terms *ts = &s->v->ts;
	const struct term *off = term__const(ts, 64, bit / 8);

	if (s->index) {
		off = term__scale(ts, s->index, s->type->size);
		off = term__add_const(ts, off, (s->region->head ? s->region->head->size : 0) +
				      bit / 8);
	}
	return term__memory(ts, s->region->id, off, bit % 8, bits);
}

/* The path knows what the bits are: nothing is lost with them. */
static bool pinned(struct source *s, __u32 bit, __u32 bits)
{
	struct term_range r;
	__u32 nr;

	for (; bits; bits -= nr, bit += nr) {
		nr = bits < 56 ? bits : 56;
		r = path__range(&s->v->ts, s->sc->facts, bits_of(s, bit, nr));
		if (r.min != r.max)
			return false;
	}
	return true;
}

static __u32 place_of(struct source *s)
{
	const struct effect *e, *end = s->sc->end;
	struct vfy *v = s->v;

	/* The record as a whole: where the new one is made. */
	for (e = s->sc->effects; e != end; e = effect__prev(v, e))
		if (e->kind == E_NEW || (e->kind == E_REF && e->other == s->region))
			return e->insn;
	return s->sc->loop ? s->sc->loop->insn : 0;
}

static void note_pins(struct source *s, const struct field *f, __u32 bit, __u32 bits)
{
	__u32 nr;

	for (; bits; bits -= nr, bit += nr) {
		nr = bits < 56 ? bits : 56;
		vfy__note_pin(s->v, s->sc, bits_of(s, bit, nr), s->type, f, place_of(s));
	}
}

/* Bits of a field that are neither in the new record nor tested to be one value. */
struct missing {
	__u32 lost;
	__u32 first, run;	/* the first of them */
	__u32 by;		/* what stores the others */
};

static struct missing find_missing(struct source *s, const struct field *f)
{
	struct missing m = { 0 };
	__u32 i, end;

	for (i = 0; i < f->bits; i = end) {
		for (end = i; end < f->bits && s->bits[f->bit + end] == s->bits[f->bit + i]; end++)
			;
		if (s->by[f->bit + i] && !m.by)
			m.by = s->by[f->bit + i];
		if (s->bits[f->bit + i])
			continue;
		if (pinned(s, f->bit + i, end - i)) {
			note_pins(s, f, f->bit + i, end - i);
			continue;
		}
		if (!m.lost) {
			m.first = i;
			m.run = end - i;
		}
		m.lost += end - i;
	}
	return m;
}

static void check_field(struct source *s, const struct field *f)
{
	const char *loss = vfy__loss_tag(s->v, s->type, f->name);
	struct missing m = find_missing(s, f);
	__u32 first = m.first, run = m.run, lost = m.lost, by = m.by;
	char name[128], when[128];
	const struct term *off, *goal;

	if (lost && loss)
		vfy__note_loss(s->v, loss, s->type, f, lost);
	if (!lost || loss)
		return;
	off = bits_of(s, f->bit / 8 * 8, 8)->arg[0];
	vfy__place_bit(s->v, s->region, off, f->bit % 8, name, sizeof(name));
	vfy__when(s->v, s->sc->facts, when, sizeof(when));
	/* Nothing is lost with zeros, so to say. */
	goal = bits_of(s, f->bit + first, run < 57 ? run : 57);
	goal = term__not(&s->v->ts, term__eq(&s->v->ts, goal,
					     term__const(&s->v->ts, goal->width, 0)));
	if (s->computed)
		vfy__find(s->v, VERIFY_LOSS_ARITHMETIC, VERIFY_UNKNOWN, place_of(s),
			  "cannot show that %s reaches the new record: there is arithmetic", name);
	else if (lost == f->bits)
		vfy__find_if(s->v, goal, VERIFY_LOSS_FIELD, VERIFY_REFUSED, place_of(s),
			     "%s does not reach the new record, and no LUO_LOSS() says why%s%s",
			     name, when[0] ? ", if " : "", when);
	else
		vfy__find_if(s->v, goal, VERIFY_NARROWING_FIELD, VERIFY_REFUSED,
			     by ? by : place_of(s),
			     "%u bits of %s, from bit %u on, are lost and not tested", lost, name,
			     first);
}

static void check_source(struct vfy *v, struct scope *sc, const struct region *r,
			 const struct term *index, const struct luob_type *type);

static const struct effect *find_ref(struct vfy *v, const struct scope *sc,
				     const struct region *r, const struct term *off)
{
	const struct effect *e;

	for (e = sc->effects; e; e = effect__prev(v, e))
		if (e->kind == E_REF && e->region == r && e->off == off)
			return e;
	return NULL;
}

struct visit {
	struct vfy *v;
	const struct region *r;
	bool found;
};

static bool is_element(const struct term *t, void *priv)
{
	struct visit *i = priv;
	struct spot spot;

	i->found |= t->op == T_LOAD && t->val == i->r->id &&
		    region__spot(i->v, NULL, i->r, t->arg[0], &spot) && spot.index;
	return !i->found;
}

/* Does a turn of the loop write what elements of @r have, or use their handles? */
static bool visits(struct vfy *v, const struct loop *l, const struct region *r)
{
	struct visit i = { .v = v, .r = r };
	const struct effect *e;
	const struct turn *t;

	for (t = l->turns; t; t = t->next) {
		for (e = t->state->effects; e && !(e->kind == E_TURN && e->loop == l);
		     e = effect__prev(v, e)) {
			if (e->kind == E_WRITE)
				term__walk(&v->ts, e->t, is_element, &i);
			if (i.found)
				return true;
			if ((e->kind == E_MOVE || e->kind == E_CHILD) && e->other == r)
				return true;
			if ((e->kind == E_DROP || e->kind == E_REF) && e->region == r)
				return true;
		}
	}
	return false;
}

/* All elements of a region whose records are said to be carried. */
static void check_elems(struct vfy *v, struct scope *sc, const struct region *r, __u32 insn)
{
	const struct effect *e, *end = sc->end;
	const struct loop *l = NULL;
	const struct term *have, *want, *d;
	const struct turn *t;
	char a[96], b[96];
	struct clue at;

	if (!path__range(&v->ts, sc->facts, r->nr).max)
		return;
	for (e = sc->effects; e != end; e = effect__prev(v, e))
		if (e->kind == E_LOOP && visits(v, e->loop, r) && !l)
			l = e->loop;
	if (!l) {
		vfy__find_absent(v, term__not(&v->ts, term__eq(&v->ts, r->nr,
							       term__const(&v->ts, 64, 0))),
				 VERIFY_CONTAINERS, insn,
				 "%s is dropped as replaced, but no loop carries its elements",
				 vfy__region(v, r, a, sizeof(a)));
		return;
	}
	have = path__norm(&v->ts, sc->facts, l->bound);
	want = path__norm(&v->ts, sc->facts, r->nr);
	d = term__sub(&v->ts, have, want);
	if (!path__equal(&v->ts, sc->facts, have, want))
		vfy__find_if(v, term__not(&v->ts, term__eq(&v->ts, have, want)),
			     VERIFY_CONTAINERS_TURNS, d->op == T_CONST || have->op == T_CONST ?
			     VERIFY_REFUSED : VERIFY_UNKNOWN, l->insn,
			     "the loop makes %s turns, but %s has: %s",
			     vfy__term(v, have, a, sizeof(a)),
			     vfy__region(v, r, b, 48), vfy__term(v, want, b + 48, 48));
	for (t = l->turns; t; t = t->next) {
		at = vfy__at(v, t->state->facts, t->state->effects);
		check_source(v, scope__new(v, t->state, l), r, t->state->index, r->elem);
		v->at = at;
	}
}

static void check_dropped(struct vfy *v, struct scope *sc, const struct effect *drop,
			  const char *name)
{
	const struct effect *ref = find_ref(v, sc, drop->region, drop->off);

	if (drop->size == LUOB_LOST)
		return;
	if (!ref) {
		vfy__find(v, VERIFY_HANDLES, VERIFY_REFUSED, drop->insn,
			  "%s is dropped as replaced, but never read", name);
		return;
	}
	if (!ref->other)
		return;
	if (!ref->other->head && !ref->other->elem) {
		vfy__find(v, VERIFY_HANDLES_CONTENT, VERIFY_UNKNOWN, drop->insn,
			  "%s leads to content: cannot tell that it was replaced", name);
		return;
	}
	if (ref->other->head)
		check_source(v, sc, ref->other, NULL, ref->other->head);
	if (ref->other->elem)
		check_elems(v, sc, ref->other, drop->insn);
}

/* Is anything taken out of a region, here or in loops? */
static bool taken_from(struct vfy *v, const struct effect *e, const struct effect *end,
		       const struct region *r)
{
	const struct effect *last;
	const struct turn *t;

	for (; e != end; e = effect__prev(v, e)) {
		if (((e->kind == E_MOVE || e->kind == E_CHILD) && e->other == r) ||
		    (e->kind == E_DROP && e->region == r))
			return true;
		for (t = e->kind == E_LOOP ? e->loop->turns : NULL; t; t = t->next) {
			for (last = t->state->effects; last; last = effect__prev(v, last))
				if (last->kind == E_TURN && last->loop == e->loop)
					break;
			if (taken_from(v, t->state->effects, last, r))
				return true;
		}
	}
	return false;
}

static void check_handle(struct source *s, const struct field *f)
{
	const struct effect *e, *end = s->sc->end, *use = NULL, *ref;
	struct vfy *v = s->v;
	struct spot spot;
	const struct term *off;
	char name[128];
	__u32 i;

	off = bits_of(s, f->bit, 8);
	off = off->arg[0];
	vfy__place(v, s->region, off, name, sizeof(name));
	for (i = 0; i < f->bits; i++)
		if (s->bits[f->bit + i]) {
			vfy__find(v, VERIFY_HANDLES, VERIFY_REFUSED, place_of(s),
				  "bytes of the handle %s are copied by the program", name);
			return;
		}
	for (e = s->sc->effects; e != end; e = effect__prev(v, e)) {
		const struct region *r = e->kind == E_DROP ? e->region : e->other;
		const struct term *at = e->kind == E_DROP ? e->off : e->off2;

		if ((e->kind != E_MOVE && e->kind != E_CHILD && e->kind != E_DROP) ||
		    r != s->region || !region__spot(v, s->sc->effects, r, at, &spot) ||
		    spot.index != s->index || spot.off != f->bit / 8)
			continue;
		if (use)
			vfy__find(v, VERIFY_HANDLES, VERIFY_REFUSED, use->insn,
				  "%s is used a second time", name);
		use = e;
	}
	ref = find_ref(s->v, s->sc, s->region, off);
	if (use && (use->kind == E_MOVE || (use->kind == E_DROP && use->size == LUOB_LOST)) &&
	    ref && ref->other && taken_from(v, s->sc->effects, end, ref->other))
		vfy__find(v, VERIFY_HANDLES, VERIFY_REFUSED, use->insn,
			  "%s is moved or given up as a whole, but handles were taken out of it",
			  name);
	if (use && use->kind == E_DROP)
		check_dropped(v, (struct scope *)s->sc, use, name);
	if (use || (ref && !ref->other))
		return;
	vfy__find(v, VERIFY_HANDLES, VERIFY_REFUSED, ref ? ref->insn : place_of(s),
		  "%s is neither moved, nor dropped, nor left to luob_child()", name);
}

/* Fields that are carried by what is done with a handle beside them. */
static bool goes_along(const struct source *s, const struct field *f)
{
	const struct luob_handle *h;
	const struct term *handle;
	const struct effect *e;
	unsigned int i;

	for (i = 0; i < s->type->nr_handles; i++) {
		h = &s->type->handles[i];
		if (h->kind == LUOB_H_CHILD && h->string_off * 8 == f->bit)
			return true;
		/* A number of elements is what the containers are judged by. */
		if (h->count_at == LUOB_COUNT_BESIDE && h->count_off * 8 == f->bit) {
			handle = bits_of((struct source *)s, h->off * 8, 8);
			return find_ref(s->v, s->sc, s->region, handle->arg[0]) != NULL;
		}
	}
	/* So is one that was compared with what luob_gather() left. */
	for (e = s->sc->effects; e && f->bits <= 64; e = effect__prev(s->v, e))
		if (e->kind == E_GATHER &&
		    path__equal(&s->v->ts, s->sc->facts, e->t,
				term__zext(&s->v->ts, bits_of((struct source *)s, f->bit,
							      f->bits), 64)))
			return true;
	h = s->region->handle;
	if (s->region == s->v->self && !s->index && s->type->nodes)
		return s->type->nodes_off * 8 == f->bit;
	return !s->index && h && h->count_at == LUOB_COUNT_HEAD && h->count_off * 8 == f->bit;
}

static void check_source(struct vfy *v, struct scope *sc, const struct region *r,
			 const struct term *index, const struct luob_type *type)
{
	struct source s = { .v = v, .sc = sc, .region = r, .index = index, .type = type };
	const struct fields *fs = fields__of(v, type);
	unsigned int i;

	s.bits = terms__alloc(&v->ts, type->size * 8);
	s.by = terms__alloc(&v->ts, type->size * 8 * sizeof(*s.by));
	collect(&s);
	for (i = 0; i < fs->nr; i++) {
		const struct field *f = &fs->field[i];

		v->about = f;
		v->about_type = type;
		if (f->handle)
			check_handle(&s, f);
		else if (!(f->flags & (FIELD_RESERVED | FIELD_VERSION | FIELD_PADDING)) &&
			 !goes_along(&s, f))
			check_field(&s, f);
	}
	v->about = NULL;
	v->about_type = NULL;
}

/* The record itself. What lies behind its handles follows from what becomes of them. */
void vfy__check_carried(struct vfy *v, struct scope *sc)
{
	if (sc->loop)
		return;
	check_source(v, sc, v->self, NULL, v->prog->from);
	if (v->prog->from->nodes && !v->prog->from->nr_fdt)
		check_elems(v, sc, v->self, 0);
	else if (v->prog->from->nodes)
		vfy__find(v, VERIFY_CONTAINERS_NODES, VERIFY_UNKNOWN, 0,
			  "the nodes of an FDT are not followed");
}
