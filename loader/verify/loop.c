// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * bpf_for() by induction. One turn is executed for an index of which only the range is
 * known. What turns change is found by running a turn and comparing: a number that grows
 * by a constant is a function of the index, anything else is unknown in the next round,
 * until a round changes nothing that is not known to change. Only that round counts: the
 * findings of the others are forgotten.
 */
#include <string.h>

#include "int.h"

#define ROUNDS_MAX 8

struct needle {
	const struct term *what;
	bool found;
};

static bool search(const struct term *t, void *priv)
{
	struct needle *n = priv;

	n->found |= t == n->what;
	return !n->found;
}

bool term__has(struct terms *ts, const struct term *t, const struct term *what)
{
	struct needle n = { .what = what };

	term__walk(ts, t, search, &n);
	return n.found;
}

static const struct term *slot_number(struct vfy *v, const struct slot *slot)
{
	const struct term *parts[8];
	unsigned int i;

	if (slot->base)
		return NULL;
	for (i = 0; i < 8; i++)
		if (!(parts[i] = slot->byte[i]))
			return NULL;
	return term__concat(&v->ts, parts, 8);
}

/* What a place holds, as a number; NULL if it holds none. */
static const struct term *place_get(struct vfy *v, const struct state *s, const struct place *p)
{
	switch (p->kind) {
	case PLACE_REG:
		return s->reg[p->nr].base ? NULL : s->reg[p->nr].t;
	case PLACE_SLOT:
		return slot_number(v, &s->frames[p->frame]->slots[p->nr]);
	default:
		return mem__out(v, s->effects, p->region, p->off, p->bytes);
	}
}

static void place_set(struct vfy *v, struct state *s, const struct place *p, const struct term *t)
{
	struct slot *slot;
	struct effect *e;
	unsigned int i;

	switch (p->kind) {
	case PLACE_REG:
		s->reg[p->nr] = (struct value){ .t = t };
		return;
	case PLACE_SLOT:
		slot = &state__frame(v, s, p->frame)->slots[p->nr];
		memset(slot, 0, sizeof(*slot));
		for (i = 0; t && i < 8; i++)
			slot->byte[i] = term__extract(&v->ts, t, 8 * i, 8);
		return;
	default:
		e = state__effect(v, s, E_WRITE, s->pc);
		e->region = p->region;
		e->off = p->off;
		e->size = p->bytes;
		e->t = t;
	}
}

static bool is_clean(const struct term *t, void *priv)
{
	(void)priv;
	return t->op != T_VAR || (t->kind != V_UNINIT && t->kind != V_POINTER &&
				  t->kind != V_TOKEN && t->kind != V_NO_ANSWER &&
				  t->kind != V_ERRNO);
}

static bool dirty(struct vfy *v, const struct term *t)
{
	return !t || !term__walk(&v->ts, t, is_clean, NULL);
}

/*
 * The value of a place when @index turns have been made. @first: that may be none, so that
 * what was not written before the loop is not written here.
 */
static const struct term *place_at(struct vfy *v, const struct place *p, const struct term *index,
				   bool first)
{
	bool dirt = p->dirt || (first && dirty(v, p->first));

	if (p->kind != PLACE_OUT && (p->poison || (!p->step && first && !p->first)))
		return NULL;
	if (!p->step && dirt)
		return vfy__fresh(v, V_UNINIT, p->kind == PLACE_OUT ? p->bytes * 8 : 64);
	if (!p->step) {
		struct havoc *h = terms__alloc(&v->ts, sizeof(*h));

		h->t = vfy__fresh(v, V_HAVOC, p->kind == PLACE_OUT ? p->bytes * 8 : 64);
		h->index = index;
		h->first = p->first;
		h->next = v->havocs;
		v->havocs = h;
		return h->t;
	}
	index = term__zext(&v->ts, index, p->first->width);
	return term__add(&v->ts, p->first, term__scale(&v->ts, index, p->delta));
}

static struct place *place_find(struct loop *l, const struct place *like)
{
	struct place *p;

	for (p = l->places; p; p = p->next)
		if (p->kind == like->kind && p->frame == like->frame && p->nr == like->nr &&
		    p->region == like->region && p->off == like->off && p->bytes == like->bytes)
			return p;
	return NULL;
}

struct novelty {
	const struct loop *loop;
	bool found;
};

static bool is_new(const struct term *t, void *priv)
{
	struct novelty *n = priv;
	const struct loop *l = n->loop;

	if (t->op == T_LOAD)
		n->found |= t->val >= l->nr;
	if (t->op == T_VAR && (t->kind == V_TOKEN || t->kind == V_ELEMS))
		n->found |= t->val >= l->nr;
	else if (t->op == T_VAR && t->kind == V_INDEX)
		n->found |= t->val >= l->index->val;
	else if (t->op == T_VAR && t->kind != V_ARG && t->kind != V_CONFIG)
		n->found |= t->val > l->nr_vars;
	return !n->found;
}

/* Nothing that appeared in the turn: then it may be the same behind each. */
static bool stable(struct vfy *v, const struct loop *l, const struct slot *val)
{
	struct novelty n = { .loop = l };
	const struct base *b = val->base;
	unsigned int i;

	if (b && (b->kind == BASE_INDEX || b->kind == BASE_ITER))
		return false;
	if (b && b->region && b->region->id >= l->nr)
		return false;
	if (b && b->off)
		term__walk(&v->ts, b->off, is_new, &n);
	for (i = 0; i < 8; i++)
		if (val->byte[i])
			term__walk(&v->ts, val->byte[i], is_new, &n);
	return !n.found;
}

/* A register or slot as it is, pointers included; a register's number is in byte 0. */
static struct slot place_raw(const struct state *s, const struct place *p)
{
	struct slot val = { 0 };

	if (p->kind == PLACE_SLOT)
		return s->frames[p->frame]->slots[p->nr];
	if (p->kind == PLACE_REG) {
		val.base = s->reg[p->nr].base;
		val.byte[0] = s->reg[p->nr].t;
	}
	return val;
}

static bool slots_differ(const struct slot *a, const struct slot *b)
{
	return a->base != b->base || memcmp(a->byte, b->byte, sizeof(a->byte));
}

/*
 * In a rotated loop the first turn makes the counter, in a register that was something else
 * before. What two turns left tells how it grows; steps_hold() sees whether it does.
 */
static void grow_late(struct vfy *v, const struct loop *l, struct place *p,
		      const struct state *after, const struct slot *val, unsigned int site)
{
	const struct term *was, *is = NULL, *d;

	if (p->first || p->step || p->kind == PLACE_OUT || l->sites[0].back ||
	    l->nr_sites != 2 || !site || after->index != l->index)
		return;
	was = p->kind == PLACE_SLOT ? slot_number(v, &p->value[site]) :
	      p->value[site].base ? NULL : p->value[site].byte[0];
	if (was)
		is = p->kind == PLACE_SLOT ? slot_number(v, val) : val->base ? NULL : val->byte[0];
	d = is ? term__sub(&v->ts, is, was) : NULL;
	if (!d || d->op != T_CONST)
		return;
	p->step = p->late = true;
	p->delta = d->val;
	p->first = term__sub(&v->ts, was, d);
}

/* The same behind each turn that ends at @site? Return: whether that changed. */
static bool settle(struct vfy *v, struct loop *l, struct place *p, const struct state *after,
		   unsigned int site)
{
	struct slot val = place_raw(after, p);

	if (p->kind == PLACE_OUT || p->varies[site])
		return false;
	if (!p->fixed[site] && stable(v, l, &val)) {
		p->fixed[site] = true;
		p->value[site] = val;
		return true;
	}
	if (p->fixed[site] && !slots_differ(&val, &p->value[site]))
		return false;
	p->unsettled |= p->fixed[site];
	if (p->fixed[site])
		grow_late(v, l, p, after, &val, site);
	p->fixed[site] = false;
	p->varies[site] = true;
	return true;
}

/* A place that a turn changed. Return: whether another round is needed. */
static bool changed(struct vfy *v, struct loop *l, struct state *before, struct state *after,
		    const struct place *like, unsigned int site)
{
	struct place *p = place_find(l, like);
	const struct term *end = place_get(v, after, like), *d;

	if (!p) {
		p = terms__alloc(&v->ts, sizeof(*p));
		*p = *like;
		p->next = l->places;
		l->places = p;
		p->first = place_get(v, before, like);
		d = end && p->first ? term__sub(&v->ts, end, p->first) : NULL;
		p->step = d && d->op == T_CONST;
		p->delta = p->step ? d->val : 0;
		p->dirt = end && dirty(v, end);
		settle(v, l, p, after, site);
		return true;
	}
	if (end && dirty(v, end) && !p->dirt) {
		p->dirt = true;
		return true;
	}
	if (settle(v, l, p, after, site))
		return true;
	if (p->fixed[site] || p->poison || p->step)
		return false;
	if (end)
		return false;
	p->poison = true;
	return true;
}

/* The last effect of what a turn begins with. */
static bool is_entry(const struct loop *l, const struct effect *e)
{
	unsigned int i;

	for (i = 0; i < l->nr_sites; i++)
		if (l->sites[i].start && l->sites[i].start->effects == e)
			return true;
	return e->kind == E_TURN && e->loop == l;
}

/* In the element of the turn's own index. */
static bool is_own(struct vfy *v, const struct loop *l, const struct state *s,
		   const struct effect *e)
{
	if (s->index == l->index)
		return term__has(&v->ts, e->off, l->index);
	return loop__own(v, s, l, e->region, e->off);
}

/* Older regions that former turns wrote to, where this one does not. */
static bool note_fills(struct vfy *v, struct loop *l, const struct state *s,
		       const struct effect *e)
{
	bool more = false;
	__u32 i;

	for (i = 0; e->kind == E_LOOP && i < l->nr; i++) {
		more |= e->loop->fills[i] && !l->fills[i];
		l->fills[i] |= e->loop->fills[i];
	}
	if ((e->kind != E_WRITE || !is_own(v, l, s, e)) && e->kind != E_LINK &&
	    e->kind != E_MOVE && e->kind != E_CHILD)
		return more;
	i = e->region->id;
	if (i >= l->nr || l->fills[i])
		return more;
	l->fills[i] = true;
	return true;
}

/* Bytes of older regions that do not depend on the index. */
static bool compare_memory(struct vfy *v, struct loop *l, struct state *before,
			   struct state *after, unsigned int site)
{
	const struct effect *e;
	struct place like;
	bool more = false;

	for (e = after->effects; e && !is_entry(l, e); e = effect__prev(v, e)) {
		more |= note_fills(v, l, after, e);
		/* Regions that appear in a turn are looked at when it ends. */
		if (e->kind != E_WRITE || e->region->id >= l->nr || is_own(v, l, after, e))
			continue;
		like = (struct place){ .kind = PLACE_OUT, .region = e->region, .off = e->off,
				       .bytes = e->size };
		more |= changed(v, l, before, after, &like, site);
		place_find(l, &like)->touched = true;
	}
	return more;
}

/* Places that the program wrote only as long as less was known. */
static bool forget_untouched(struct loop *l)
{
	struct place **p = &l->places;
	bool more = false;

	while (*p) {
		if ((*p)->kind == PLACE_OUT && !(*p)->touched) {
			*p = (*p)->next;
			more = true;
		} else {
			p = &(*p)->next;
		}
	}
	return more;
}

/* What grows has to grow in every turn: one that leaves it alone is no exception. */
static bool steps_hold(struct vfy *v, struct loop *l, struct state *after, unsigned int site)
{
	const struct term *end, *d, *start;
	bool more = false;
	struct place *p;

	for (p = l->places; p; p = p->next) {
		if (!p->step || !p->start || p->fixed[site] || p->unsettled)
			continue;
		end = place_get(v, after, p);
		start = place_at(v, p, after->index, true);
		d = end && start ? term__sub(&v->ts, end, start) : NULL;
		if (d && term_is(d, p->delta))
			continue;
		p->step = false;
		if (p->late)
			p->first = NULL;
		more = true;
	}
	return more;
}

/* The end of a turn against how turns begin there. */
static bool compare(struct vfy *v, struct loop *l, struct state *before, struct state *after)
{
	struct place like = { .kind = PLACE_REG };
	const struct state *start = before;
	unsigned int i, f, site;
	struct slot a, b;
	bool more = false;

	for (site = 0; l->sites[site].insn != after->pc; site++)
		;
	if (l->sites[site].start)
		start = l->sites[site].start;
	for (i = 6; i < 10; i++) {
		like.nr = i;
		a = place_raw(start, &like);
		b = place_raw(after, &like);
		if (slots_differ(&a, &b))
			more |= changed(v, l, before, after, &like, site);
	}
	like.kind = PLACE_SLOT;
	for (f = 0; f < start->nr_frames; f++) {
		if (start->frames[f] == after->frames[f])
			continue;
		for (i = 0; i < STACK_SLOTS; i++) {
			like.frame = f;
			like.nr = i;
			if ((f != l->frame || i != l->slot) &&
			    slots_differ(&start->frames[f]->slots[i], &after->frames[f]->slots[i]))
				more |= changed(v, l, before, after, &like, site);
		}
	}
	more |= compare_memory(v, l, before, after, site);
	return steps_hold(v, l, after, site) || more;
}

static void end_turns(struct vfy *v, struct loop *l)
{
	struct turn *t;

	for (t = l->turns; t; t = t->next)
		if (t->state)
			state__free(v, t->state);
	l->turns = NULL;
}

/* What a place holds behind a call after @index turns. */
static void place_enter(struct vfy *v, struct loop *l, struct state *s, struct place *p,
			unsigned int site, const struct term *index)
{
	bool rotated;

	if (p->fixed[site] && p->kind == PLACE_REG) {
		s->reg[p->nr] = (struct value){ .base = p->value[site].base,
						.t = p->value[site].byte[0] };
		return;
	}
	if (p->fixed[site]) {
		state__frame(v, s, p->frame)->slots[p->nr] = p->value[site];
		return;
	}
	/* No turn ends at the first call of a rotated loop: it sees what was before. */
	rotated = !l->sites[0].back && l->nr_sites > 1;
	if (!site && rotated && (!p->step || p->late))
		return;
	place_set(v, s, p, place_at(v, p, index, !rotated));
}

/* A turn that begins behind one of the calls, for any index. */
static struct state *turn_from(struct vfy *v, struct loop *l, struct state *s, unsigned int site)
{
	struct base *base = terms__alloc(&v->ts, sizeof(*base));
	struct state *b = state__clone(v, s);
	const struct term *none = term__const(&v->ts, 64, 0);
	bool rotated = l->nr_sites > 1 && !l->sites[0].back;
	struct place *p;
	unsigned int i;

	/* Behind the first call of a rotated loop there is the first turn and no other. */
	b->index = rotated && !site ? none : l->index;
	if (rotated && site)
		b->facts = path__assume(&v->ts, b->facts,
					term__not(&v->ts, term__eq(&v->ts, l->index, none)),
					b->pc);
	state__effect(v, b, E_TURN, b->pc)->loop = l;
	for (p = l->places; p; p = p->next) {
		p->unsettled = false;
		p->start = p->step ? place_at(v, p, l->index, true) : NULL;
		place_enter(v, l, b, p, site, b->index);
	}
	b->facts = path__assume(&v->ts, b->facts, term__ult(&v->ts, b->index, l->bound), b->pc);
	for (i = 1; i < 6; i++)
		b->reg[i] = (struct value){ 0 };
	base->kind = BASE_INDEX;
	base->index = b->index;
	b->reg[0] = (struct value){ .base = base, .t = term__const(&v->ts, 64, 0) };
	b->pc = l->sites[site].insn + 1;
	b->loop = l;
	b->cost = 0;
	return b;
}

/* One round. Return: whether what it learned makes another necessary. */
static bool round_of(struct vfy *v, struct loop *l, struct state *s)
{
	unsigned int nr = l->nr_sites, i;
	struct state *b[SITES_MAX];
	bool back = l->sites[0].back, more = false;
	struct place *p;
	struct turn *t;

	for (p = l->places; p; p = p->next)
		p->touched = false;
	for (i = 0; i < nr; i++) {
		b[i] = turn_from(v, l, s, i);
		l->sites[i].start = state__clone(v, b[i]);
	}
	for (i = 0; i < nr; i++)
		vfy__run(v, b[i]);
	for (t = l->turns; t; t = t->next)
		more |= compare(v, l, s, t->state);
	more |= forget_untouched(l);
	for (i = 0; i < nr; i++) {
		state__free(v, l->sites[i].start);
		l->sites[i].start = NULL;
	}
	return more || l->nr_sites != nr || l->sites[0].back != back;
}

/* A turn of the innermost loop is over: keep how. */
static bool end_of_turn(struct vfy *v, struct state *s, struct loop *l)
{
	struct turn *t;
	unsigned int i;

	if (s->refused) {
		/* A veto anyway. What is left to see is what the program returns. */
		s->loop = (struct loop *)l->outer;
		s->reg[0] = (struct value){ .t = term__const(&v->ts, 64, 0) };
		s->pc++;
		return true;
	}
	for (i = 0; i < l->nr_sites; i++)
		if (l->sites[i].insn == s->pc)
			break;
	if (i == SITES_MAX)
		longjmp(*v->ts.bail, BAIL_LIMIT);
	if (i == l->nr_sites)
		l->sites[l->nr_sites++].insn = s->pc;
	l->sites[i].back = true;
	t = terms__alloc(&v->ts, sizeof(*t));
	t->next = l->turns;
	t->state = s;
	l->turns = t;
	s->next = s;
	return false;
}

/*
 * What all turns cost. Each element of a region that is opened earns a multiple of its
 * size, so that a loop over elements pays for itself; other loops are charged in full.
 */
static __u64 loop_cost(struct vfy *v, const struct loop *l, struct state *s)
{
	const struct term *n = path__norm(&v->ts, s->facts, l->bound);
	const struct region *r;
	const struct turn *t;
	__u64 most = 0, turns;

	for (t = l->turns; t; t = t->next)
		most = t->state->cost > most ? t->state->cost : most;
	if (n->op == T_VAR && n->kind == V_ELEMS) {
		r = vfy__region_nr(v, n->val);
		if (r && r->elem && most <= (__u64)BUDGET_PER_BYTE * r->elem->size)
			return 0;
	}
	turns = path__range(&v->ts, s->facts, l->bound).max;
	return most && turns > (1ULL << 40) / most ? 1ULL << 40 : most * turns;
}

/* Behind one of the calls, when there are no more turns. */
static void leave_loop(struct vfy *v, struct loop *l, struct state *s, unsigned int site)
{
	struct slot *slot = &state__frame(v, s, l->frame)->slots[l->slot];
	struct base *done = terms__alloc(&v->ts, sizeof(*done));
	struct place *p;
	unsigned int i;

	*done = *slot->base;
	done->end = done->start;
	slot->base = done;
	state__effect(v, s, E_LOOP, s->pc)->loop = l;
	s->cost += loop_cost(v, l, s);
	if (s->cost > BUDGET_BASE && !s->refused)
		vfy__find(v, VERIFY_TERMINATES, l->bound->op == T_CONST ? VERIFY_REFUSED :
			  VERIFY_UNKNOWN, l->insn,
			  "calls and windows of this loop may cost %llu, more than a small input "
			  "justifies", (unsigned long long)s->cost);
	for (p = l->places; p; p = p->next)
		place_enter(v, l, s, p, site, l->bound);
	for (i = 1; i < 6; i++)
		s->reg[i] = (struct value){ 0 };
	s->reg[0] = (struct value){ .t = term__const(&v->ts, 64, 0) };
	s->pc = l->sites[site].insn + 1;
}

/* The first call ends a loop of no turns, if there is another one for the rest. */
static bool leave(struct vfy *v, struct loop *l, struct state *s)
{
	const struct term *none = term__eq(&v->ts, l->bound, term__const(&v->ts, 64, 0));
	bool rotated = l->nr_sites > 1 && !l->sites[0].back;
	int empty = rotated ? path__decide(&v->ts, s->facts, none) : -1;
	struct state *n;
	unsigned int i;

	for (i = 1; i < l->nr_sites && empty != 1; i++) {
		n = state__clone(v, s);
		if (rotated)
			n->facts = path__assume(&v->ts, n->facts, term__not(&v->ts, none), n->pc);
		leave_loop(v, l, n, i);
		n->next = v->todo;
		v->todo = n;
		v->paths++;
	}
	if (!empty)
		return false;
	if (rotated)
		s->facts = path__assume(&v->ts, s->facts, none, s->pc);
	leave_loop(v, l, s, 0);
	return true;
}

static bool analyse(struct vfy *v, struct state *s, struct loop *l)
{
	size_t mark = v->res->nr_findings, checks = v->res->nr_checks;
	struct kept *failed = v->failed;
	bool draft = v->draft, more = true;
	struct turn *t;
	int round;

	for (round = 0; more; round++) {
		if (round == ROUNDS_MAX) {
			vfy__find(v, VERIFY_TERMINATES, VERIFY_UNKNOWN, s->pc,
				  "what the turns of a loop change does not settle");
			return false;
		}
		end_turns(v, l);
		if (round) {
			v->res->nr_findings = mark;
			v->res->nr_checks = checks;
			v->failed = failed;
		}
		more = round_of(v, l, s);
	}
	v->draft = draft;
	for (t = l->turns; t; t = t->next)
		vfy__check_turn(v, t->state, l);
	return true;
}

/* bpf_iter_num_next(): the end of a turn, or the beginning of a loop. */
bool vfy__loop(struct vfy *v, struct state *s)
{
	unsigned int frame, nr;
	struct slot *slot = mem__slot(v, s, s->reg[1], false, &frame, &nr);
	struct loop *l = s->loop;

	if (!slot || !slot->base || slot->base->kind != BASE_ITER) {
		vfy__find(v, VERIFY_TERMINATES, VERIFY_UNKNOWN, s->pc,
			  "the state of an iterator is not that of bpf_iter_num_new()");
		return false;
	}
	if (l && l->frame == frame && l->slot == nr && slot->base != l->iter && !s->refused) {
		vfy__find(v, VERIFY_TERMINATES, VERIFY_UNKNOWN, s->pc,
			  "a turn of the loop begins its iterator again");
		return false;
	}
	if (l && l->frame == frame && l->slot == nr)
		return end_of_turn(v, s, l);
	if (!term_is(slot->base->start, 0) || slot->base->end == slot->base->start) {
		v->at.cut = true;
		vfy__find_if(v, term__ult(&v->ts, term__const(&v->ts, slot->base->end->width, 0),
					  slot->base->end),
			     VERIFY_CONTAINERS, VERIFY_REFUSED, slot->base->insn,
			     "a loop does not begin at element 0");
		v->at.cut = false;
		return false;
	}
	l = terms__alloc(&v->ts, sizeof(*l));
	l->outer = s->loop;
	l->insn = l->sites[0].insn = s->pc;
	l->nr_sites = 1;
	l->nr_vars = v->nr_vars;
	l->frame = frame;
	l->slot = nr;
	l->iter = slot->base;
	l->nr = v->nr_regions;
	l->fills = terms__alloc(&v->ts, l->nr * sizeof(*l->fills));
	l->bound = term__zext(&v->ts, slot->base->end, 64);
	l->index = term__var(&v->ts, V_INDEX, ++v->nr_loops, 64, 0, LUOB_MAX_ITER - 1);
	return analyse(v, s, l) && leave(v, l, s);
}
