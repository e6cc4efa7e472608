// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * __luo_unique: no two elements share the value. That of the source is checked by the
 * engine, so an element that has the one of its own source element is told apart from the
 * others, and so is one that has its index.
 */
#include <string.h>

#include "int.h"

struct origin {
	const struct term *index;
	bool own;		/* something that belongs to the element */
};

static bool look(const struct term *t, void *priv)
{
	struct origin *o = priv;

	if (t == o->index || (t->op == T_VAR && (t->kind == V_HAVOC || t->kind == V_LOOKUP)))
		o->own = true;
	return !o->own;
}

/* The index, and constants: another value in each turn. */
static bool counts(struct vfy *v, const struct scope *sc, const struct term *t,
		   const struct term *index)
{
	struct lin l;

	t = path__norm(&v->ts, sc->facts, term__zext(&v->ts, t, 64));
	if (t->op == T_SUM && !t->exact)
		return false;
	lin__of(&v->ts, &l, t);
	return l.nr == 1 && l.atom[0] == index;
}

/* The first turn of a rotated loop has a path of its own: does it begin what others go on with? */
static bool begins(struct vfy *v, const struct scope *sc, const struct image *im,
		   const struct term *first, __u32 nr)
{
	const struct loop *l = sc->loop;
	const struct turn *u;
	const struct term *t;
	struct scope *other;
	bool any = false;

	for (u = l->turns; u; u = u->next) {
		if (u->state->index != l->index)
			continue;
		other = scope__new(v, u->state, l);
		t = image__bits(v, scope__image(v, other, im->region, l->index, im->type),
				im->type->unique_off * 8, nr * 8);
		if (!counts(v, other, t, l->index) ||
		    term__subst(&v->ts, t, l->index, im->index) != first)
			return false;
		any = true;
	}
	return any;
}

/* Bit by bit the unique field of the element that this one was made of. */
static bool is_copy(struct vfy *v, const struct scope *sc, const struct image *im,
		    const struct region *from, const struct luob_type *type)
{
	const struct luob_type *to = im->type;
	const struct term *a, *b, *off;
	__u32 at, nr, head;

	if (!from || !type || !type->unique_size || type->unique_size > to->unique_size)
		return false;
	head = from->head ? from->head->size : 0;
	for (at = 0; at < type->unique_size; at += nr) {
		nr = type->unique_size - at < 8 ? type->unique_size - at : 8;
		off = term__scale(&v->ts, im->index, type->size);
		off = term__add_const(&v->ts, off, head + type->unique_off + at);
		a = image__bits(v, im, (to->unique_off + at) * 8, nr * 8);
		b = term__memory(&v->ts, from->id, off, 0, nr * 8);
		if (!path__equal(&v->ts, sc->facts, a, b))
			return false;
	}
	return true;
}

/* Where the bytes of a unique number of @from are in that of @to: the same in every turn. */
struct shuffle {
	const struct luob_type *from, *to;
	__u8 at[8];
	struct shuffle *next;
};

static bool same_shuffle(struct vfy *v, const struct shuffle *s)
{
	struct shuffle *o;

	for (o = v->shuffles; o; o = o->next)
		if (o->from == s->from && o->to == s->to)
			return !memcmp(o->at, s->at, sizeof(s->at));
	o = terms__alloc(&v->ts, sizeof(*o));
	*o = *s;
	o->next = v->shuffles;
	v->shuffles = o;
	return true;
}

/* All bytes of its own element's unique number, maybe in another order: PCI's domain and bdf. */
static bool is_shuffled(struct vfy *v, const struct scope *sc, const struct image *im,
			const struct region *from, const struct luob_type *type)
{
	struct shuffle s = { .from = type, .to = im->type };
	const struct term *a, *b, *off;
	__u32 i, n, k = 0, size = im->type->unique_size;

	if (!from || !type || !type->unique_size || type->unique_size > size)
		return false;
	off = term__scale(&v->ts, im->index, type->size);
	off = term__add_const(&v->ts, off, (from->head ? from->head->size : 0) + type->unique_off);
	for (i = 0; i < type->unique_size; i++) {
		b = term__memory(&v->ts, from->id, term__add_const(&v->ts, off, i), 0, 8);
		/* Where it was, if it is there. */
		for (n = 0; n < size; n++) {
			k = (i + n) % size;
			a = image__bits(v, im, (im->type->unique_off + k) * 8, 8);
			if (path__equal(&v->ts, sc->facts, a, b))
				break;
		}
		if (n == size)
			return false;
		s.at[i] = k;
	}
	return same_shuffle(v, &s);
}

/**
 * vfy__check_unique - the unique field of an element
 * @v: verification
 * @sc: turn that makes it
 * @im: what it made
 * @from: region that it made it of, or NULL
 * @index: of the element there
 * @type: of that element
 */
void vfy__check_unique(struct vfy *v, const struct scope *sc, const struct image *im,
		       const struct region *from, const struct term *index,
		       const struct luob_type *type)
{
	const struct luob_type *to = im->type;
	struct origin o = { .index = im->index };
	const struct field *f = fields__at(im->fields, to->unique_off * 8);
	const struct term *t;
	__u32 at, nr;

	/* luob_gather() refuses equal keys, or makes one of them. */
	if (v->told_apart || !im->index || !to->unique_size || !sc->loop || !f ||
	    im->filled[to->unique_off])
		return;
	if (index == im->index && (to->unique_size > 8 ? is_copy(v, sc, im, from, type) :
				   is_shuffled(v, sc, im, from, type)))
		return;
	for (at = 0; at < to->unique_size; at += nr) {
		nr = to->unique_size - at < 8 ? to->unique_size - at : 8;
		t = image__bits(v, im, (to->unique_off + at) * 8, nr * 8);
		term__walk(&v->ts, t, look, &o);
		if (!at && (im->index == sc->loop->index ? counts(v, sc, t, im->index) :
			    begins(v, sc, im, t, nr)))
			return;
	}
	/* Of one turn nothing can be said to be the same in all. */
	o.own |= im->index != sc->loop->index;
	t = term__ult(&v->ts, term__const(&v->ts, 64, 1), sc->loop->bound);
	if (o.own)
		vfy__find(v, VERIFY_CONTAINERS_UNIQUE, VERIFY_UNKNOWN, im->insn[to->unique_off],
			  "cannot show that no two elements have the same new.%s", f->name);
	else
		vfy__find_if(v, t, VERIFY_CONTAINERS_UNIQUE, VERIFY_REFUSED,
			     im->insn[to->unique_off],
			     "all elements have the same new.%s, which is to be unique", f->name);
}
