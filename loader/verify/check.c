// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a path owes when it returns success, and a loop in each turn: properties of the output. */
#include "int.h"

/* Elements of a region that was made: its bytes without the head. */
const struct term *region__made(struct vfy *v, const struct region *r,
				const struct luob_type *head, const struct luob_type *elem)
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
	const struct term *index;
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
		const struct term *any = NULL;

		if (nr)
			any = vfy__differ(v, nr, term__const(&v->ts, 64, 0));

		if (!nr || path__range(&v->ts, sc->facts, nr).max)
			vfy__find_absent(v, any, VERIFY_CONTAINERS, r->insn,
					 "no loop writes the elements of the region that is made "
					 "here");
		return;
	}
	n = per_turn(v, sc->facts, l, nr);
	if (n == 1)
		vfy__check_number(v, sc, l->bound, nr, l->insn, "the bound of the loop");
	for (t = l->turns; t; t = t->next) {
		inner = scope__new(v, t->state, l);
		at = vfy__at(v, inner->facts, inner->effects);
		v->told_apart = region__told_apart(v, sc->effects, r, elem);
		for (k = 0; k < n; k++) {
			index = turn_index(v, t->state->index, n, k);
			vfy__check_struct(v, inner, scope__image(v, inner, r, index, elem),
					  k ? ROLE_EXTRA : ROLE_OTHER);
		}
		v->told_apart = false;
		vfy__check_linked(v, sc, inner,
				  scope__image(v, inner, r, t->state->index, elem));
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
		vfy__check_struct(v, sc, scope__image(v, sc, r, NULL, head),
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
	vfy__find_if(v, spot.index ? vfy__differ(v, spot.index, index) : NULL,
		     VERIFY_CONTAINERS_INDEX, VERIFY_REFUSED, e->insn,
		     "turn %s of the loop writes element %s",
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
