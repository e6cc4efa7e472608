// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a pair of paths does, as effects and conditions over the first source. */
#include <string.h>

#include "compose.h"

/* Shipped objects need some hundreds. */
#define ATTEMPTS_MAX	5000U
/* Elements that one turn looks at, with those of the loops around it. */
#define TURNS_MAX	8U

/* Of the second object: a path, or one turn of a loop. */
struct task {
	const struct effect **list;	/* oldest first */
	unsigned int nr;
	const struct fact **facts;
	unsigned int nr_facts;
	bool reach;			/* only: can it get there? */
};

/* The pair, as far as it is made. */
struct draft {
	const struct effect *effects;
	const struct fact *facts;
};

typedef void (*task_done_fn)(struct cx *cx, const struct draft *d, void *priv);

const struct effect *effects__add(struct cx *cx, const struct effect *prev, enum effect_kind kind,
				  struct effect like)
{
	struct effect *e = terms__alloc(&cx->v->ts, sizeof(*e));

	*e = like;
	e->prev = prev;
	e->kind = kind;
	return e;
}

/* Where the effects of a turn end: at its beginning. */
const struct effect *turn__end(const struct turn *t, const struct loop *l)
{
	const struct effect *e = t->state->effects;

	while (e && !(e->kind == E_TURN && e->loop == l))
		e = e->prev;
	return e;
}

const struct effect *effects__ref(const struct effect *e, const struct region *r,
				  const struct term *off)
{
	for (; e; e = e->prev)
		if (e->kind == E_REF && e->region == r && e->off == off)
			return e;
	return NULL;
}

/* ---- what the second object did, in order ---- */

static void task_init(struct cx *cx, struct task *t, const struct effect *effects,
		      const struct loop *stop, const struct fact *facts)
{
	const struct effect *e;
	const struct fact *f;
	unsigned int i;

	for (e = effects; e && !(stop && e->kind == E_TURN && e->loop == stop);
	     e = effect__prev(cx->v, e))
		t->nr++;
	t->list = terms__alloc(&cx->v->ts, (t->nr + 1) * sizeof(*t->list));
	for (e = effects, i = t->nr; i; e = e->prev)
		t->list[--i] = e;
	for (f = facts; f; f = f->prev)
		t->nr_facts++;
	t->facts = terms__alloc(&cx->v->ts, (t->nr_facts + 1) * sizeof(*t->facts));
	for (f = facts, i = t->nr_facts; i; f = f->prev)
		t->facts[--i] = f;
}

/* ---- conditions ---- */

/* Return: false if the condition contradicts what is known. */
static bool assume(struct cx *cx, struct draft *d, const struct term *cond, __u32 insn)
{
	int known = path__decide(&cx->v->ts, d->facts, cond);

	if (known < 0)
		d->facts = path__assume(&cx->v->ts, d->facts, cond, insn);
	return known;
}

static bool assume_former(struct cx *cx, struct draft *d, const struct fact *f,
			  const struct inst *inst)
{
	if (f && !assume_former(cx, d, f->prev, inst))
		return false;
	return !f || assume(cx, d, cx__former(cx, f->cond, inst), f->insn);
}

/* ---- handles ---- */

/* The former route knows some handles to be null, and others not to be. */
static bool learn_ref(struct cx *cx, struct draft *d, const struct region *r,
		      const struct term *off, bool null, const struct luob_handle *h)
{
	const struct effect *e = effects__ref(d->effects, r, off);
	struct effect like = { .region = r, .off = off };

	if (e)
		return !e->other == null;
	like.other = null ? NULL : cx__behind(cx, r, off, h);
	d->effects = effects__add(cx, d->effects, E_REF, like);
	return true;
}

/* Return: false if the second object found there what cannot be there. */
static bool do_ref(struct cx *cx, struct draft *d, const struct effect *e)
{
	struct env bind = { .kind = ENV_BIND, .d = e->other };
	const struct term *off = cx__term(cx, e->off);
	struct filled f = cx__filled(cx, cx__where(cx, e->region), off);

	if (cx->need)
		return true;
	switch (f.kind) {
	case FILLED_NULL:
		return !e->other;
	case FILLED_NEW:
		if (!e->other)
			return false;
		bind.w = f.w;
		break;
	case FILLED_SOURCE:
		if (!learn_ref(cx, d, f.r, f.off, !e->other, e->other ? e->other->handle : NULL))
			return false;
		if (!e->other)
			return true;
		bind.w.r = cx__behind(cx, f.r, f.off, e->other->handle);
		break;
	default:
		cx->stuck = "a child is opened";
		return true;
	}
	cx__know(cx, &bind);
	return true;
}

static void emit(struct cx *cx, struct draft *d, enum effect_kind kind, const struct effect *e,
		 struct effect like)
{
	like.insn = e->insn;
	d->effects = effects__add(cx, d->effects, kind, like);
}

/* ---- regions between that the second object leaves as they are ---- */

static const struct region *import(struct cx *cx, struct draft *d, struct where w);

static struct region *new_region(struct cx *cx, const struct region *like,
				 const struct term *bytes)
{
	struct state s = { .pc = like->insn };
	struct region *r = region__new(cx->v, &s);

	r->fresh = true;
	r->kind = like->kind;
	r->bytes = bytes;
	r->loop = cx->out_loop;
	r->head = like->head;
	r->elem = like->elem;
	r->handle = like->handle;
	return r;
}

/* What the former route did to @from, now done to @to. */
static void import_effect(struct cx *cx, struct draft *d, const struct effect *e,
			  const struct region *to, const struct inst *inst)
{
	struct effect like = { .region = to, .size = e->size };
	struct where w = { e->other, inst };

	like.off = cx__former(cx, e->off, inst);
	if (e->kind == E_WRITE)
		like.t = cx__former(cx, e->t, inst);
	if (e->kind == E_LINK) {
		while (w.inst && w.inst->loop != w.r->loop)
			w.inst = w.inst->outer;
		like.other = import(cx, d, w);
	}
	if (e->kind == E_MOVE || e->kind == E_CHILD) {
		like.other = cx__source(cx, e->other, inst);
		like.off2 = cx__former(cx, e->off2, inst);
	}
	emit(cx, d, e->kind, e, like);
}

/* What a turn of the former route knows of handles, and which it gave up. */
static void import_handle(struct cx *cx, struct draft *d, const struct effect *e,
			  const struct inst *inst)
{
	const struct region *r = cx__source(cx, e->region, inst);
	const struct term *off = cx__former(cx, e->off, inst);
	struct effect like = { .region = r, .off = off, .size = e->size };

	if (e->kind == E_REF)
		learn_ref(cx, d, r, off, !e->other, e->other ? e->other->handle : NULL);
	else
		emit(cx, d, E_DROP, e, like);
}

static void import_list(struct cx *cx, struct draft *d, const struct effect *newest,
			const struct region *from, const struct region *to,
			const struct inst *inst);

static void import_loop(struct cx *cx, struct draft *d, const struct effect *e,
			const struct region *from, const struct region *to,
			const struct inst *outer)
{
	struct terms *ts = &cx->v->ts;
	struct loop *l = terms__alloc(ts, sizeof(*l));
	const struct loop *saved = cx->out_loop;
	const struct turn *t;

	*l = *e->loop;
	l->outer = saved;
	l->turns = NULL;
	l->bound = cx__former(cx, e->loop->bound, outer);
	l->nr_vars = cx->v->nr_vars;
	cx->out_loop = l;
	for (t = e->loop->turns; t; t = t->next) {
		struct inst *inst = terms__alloc(ts, sizeof(*inst));
		struct turn *n = terms__alloc(ts, sizeof(*n));
		struct draft in = *d;

		*inst = (struct inst){ outer, e->loop, l->index, t };
		emit(cx, &in, E_TURN, e, (struct effect){ .loop = l });
		if (!assume_former(cx, &in, t->state->facts, inst))
			continue;
		import_list(cx, &in, t->state->effects, from, to, inst);
		n->state = terms__alloc(ts, sizeof(*n->state));
		n->state->effects = in.effects;
		n->state->facts = in.facts;
		n->state->index = t->state->index;
		n->next = l->turns;
		l->turns = n;
	}
	cx->out_loop = saved;
	emit(cx, d, E_LOOP, e, (struct effect){ .loop = l });
}

static void import_from(struct cx *cx, struct draft *d, const struct effect *e,
		       const struct region *from, const struct region *to,
		       const struct inst *inst)
{
	if (e->kind == E_LOOP && loop__fills(cx->v, e->loop, from))
		import_loop(cx, d, e, from, to, inst);
	else if (inst && (e->kind == E_REF || e->kind == E_DROP))
		import_handle(cx, d, e, inst);
	else if (e->region == from && e->kind != E_REF && e->kind != E_NEW)
		import_effect(cx, d, e, to, inst);
}

/* Oldest first, as far as the scope goes. */
static void import_list(struct cx *cx, struct draft *d, const struct effect *newest,
			const struct region *from, const struct region *to,
			const struct inst *inst)
{
	struct task t = { 0 };
	unsigned int i;

	task_init(cx, &t, newest, inst ? inst->loop : NULL, NULL);
	for (i = 0; i < t.nr; i++)
		import_from(cx, d, t.list[i], from, to, inst);
}

static const struct region *import(struct cx *cx, struct draft *d, struct where w)
{
	struct region *r = new_region(cx, w.r, cx__former(cx, w.r->bytes, w.inst));

	d->effects = effects__add(cx, d->effects, E_NEW,
				  (struct effect){ .region = r, .insn = w.r->insn });
	import_list(cx, d, where__effects(cx, w), w.r, r, w.inst);
	return r;
}

/* ---- effects of the second object ---- */

static void do_new(struct cx *cx, struct draft *d, const struct effect *e)
{
	struct region *r = new_region(cx, e->region, cx__term(cx, e->region->bytes));
	struct env make = { .kind = ENV_MAKE, .d = e->region, .w = { r, NULL } };

	cx__know(cx, &make);
	emit(cx, d, E_NEW, e, (struct effect){ .region = r });
}

/* luob_move() and luob_child() of what is between. */
static void do_carry(struct cx *cx, struct draft *d, const struct effect *e)
{
	struct filled f = cx__filled(cx, cx__where(cx, e->other), cx__term(cx, e->off2));
	struct effect like = { .off = cx__term(cx, e->off) };

	like.region = cx__made(cx, e->region);
	if (cx->need || !like.region || f.kind == FILLED_NULL)
		return;
	if (f.kind == FILLED_NEW) {
		like.other = import(cx, d, f.w);
		emit(cx, d, E_LINK, e, like);
		return;
	}
	like.other = f.r;
	like.off2 = f.off;
	emit(cx, d, e->kind, e, like);
}

static void do_drop(struct cx *cx, struct draft *d, const struct effect *e)
{
	struct filled f = cx__filled(cx, cx__where(cx, e->region), cx__term(cx, e->off));
	struct effect like = { .region = f.r, .off = f.off, .size = e->size };

	if (cx->need)
		return;
	if (f.kind == FILLED_SOURCE || f.kind == FILLED_CHILD)
		emit(cx, d, E_DROP, e, like);
}

static void do_loop(struct cx *cx, struct draft *d, const struct effect *e);

static void do_effect(struct cx *cx, struct draft *d, const struct effect *e)
{
	struct effect like = { .size = e->size };

	switch (e->kind) {
	case E_NEW:
		do_new(cx, d, e);
		break;
	case E_WRITE:
	case E_LINK:
		like.region = cx__made(cx, e->region);
		like.off = cx__term(cx, e->off);
		if (e->kind == E_WRITE)
			like.t = cx__term(cx, e->t);
		else
			like.other = cx__made(cx, e->other);
		if (like.region)
			emit(cx, d, e->kind, e, like);
		break;
	case E_MOVE:
	case E_CHILD:
		do_carry(cx, d, e);
		break;
	case E_DROP:
		do_drop(cx, d, e);
		break;
	case E_LOOP:
		do_loop(cx, d, e);
		break;
	case E_LOOKUP:
		like.off = cx__term(cx, e->off);
		like.t = e->t ? cx__term(cx, e->t) : NULL;
		emit(cx, d, E_LOOKUP, e, like);
		break;
	default:
		break;
	}
}

/* One attempt. Return: false if the pair is impossible. */
static bool attempt(struct cx *cx, const struct task *t, struct draft *d)
{
	unsigned int i;

	for (i = 0; i < t->nr && !cx->need; i++)
		if (t->list[i]->kind == E_REF && !do_ref(cx, d, t->list[i]))
			return false;
	for (i = 0; i < t->nr_facts && !cx->need; i++) {
		const struct term *cond = cx__term(cx, t->facts[i]->cond);

		if (!cx->need && !assume(cx, d, cond, t->facts[i]->insn))
			return false;
	}
	for (i = 0; i < t->nr && !cx->need && !t->reach; i++)
		do_effect(cx, d, t->list[i]);
	return true;
}

/*
 * Elements that were chosen have to be among those that were written. Where that cannot be
 * shown it is assumed, and said: what is found then is still so.
 */
static void check_turns(struct cx *cx, struct draft *d)
{
	const struct env *e;
	const struct term *in;

	for (e = cx->env; e; e = e->prev) {
		if (e->kind != ENV_TURN)
			continue;
		in = term__ult(&cx->v->ts, e->inst->idx,
			       cx__former(cx, e->inst->loop->bound, e->inst->outer));
		if (path__decide(&cx->v->ts, d->facts, in) == 1 ||
		    vfy__holds(cx->v, d->facts, in))
			continue;
		if (!cx->stuck)
			cx->stuck = "cannot show that an element between was written";
		d->facts = path__assume(&cx->v->ts, d->facts, in, 0);
	}
}

static unsigned int nr_turns(const struct env *e)
{
	unsigned int nr = 0;

	for (; e; e = e->prev)
		nr += e->kind == ENV_TURN;
	return nr;
}

/* With each turn that may have made what the task reads. */
static void all_turns(struct cx *cx, const struct task *t, const struct draft *base,
		      task_done_fn fn, void *priv)
{
	const struct env *env = cx->env;
	const char *stuck = cx->stuck;
	struct draft d = *base;
	const struct loop *l;
	bool possible;
	struct inst like = { 0 };
	const struct turn *turn;

	if (++cx->nr_attempts > ATTEMPTS_MAX)
		longjmp(*cx->v->ts.bail, BAIL_LIMIT);
	cx->need = NULL;
	/* What cannot be followed does not matter on a way that does not exist. */
	possible = attempt(cx, t, &d);
	if (!possible || cx->need)
		cx->stuck = stuck;
	if (!possible)
		goto out;
	if (!cx->need) {
		check_turns(cx, &d);
		fn(cx, &d, priv);
		goto out;
	}
	if (nr_turns(env) == TURNS_MAX) {
		cx->stuck = "too many elements between are read at once";
		goto out;
	}
	l = cx->need;
	like = (struct inst){ cx->need_outer, l, cx->need_idx, NULL };
	for (turn = l->turns; turn; turn = turn->next) {
		struct inst *inst = terms__alloc(&cx->v->ts, sizeof(*inst));
		struct env choice = { .kind = ENV_TURN, .inst = inst };
		const struct effect *e, *end;

		*inst = like;
		inst->turn = turn;
		cx->env = env;
		cx__know(cx, &choice);
		d = *base;
		/* The first turn of a rotated loop makes the first element alone. */
		if (turn->state->index != l->index &&
		    !assume(cx, &d, term__eq(&cx->v->ts, inst->idx, turn->state->index), 0))
			continue;
		if (!assume_former(cx, &d, turn->state->facts, inst))
			continue;
		end = turn__end(turn, l);
		for (e = turn->state->effects; e != end; e = e->prev)
			if (e->kind == E_REF || e->kind == E_DROP)
				import_handle(cx, &d, e, inst);
		all_turns(cx, t, &d, fn, priv);
	}
out:
	cx->need = NULL;
	cx->env = env;
}

/* A turn of the second object, and the loop that is being made. */
struct made_turn {
	struct loop *loop;
	const struct term *index;
};

static void turn_done(struct cx *cx, const struct draft *d, void *priv)
{
	struct turn *n = terms__alloc(&cx->v->ts, sizeof(*n));
	const struct made_turn *m = priv;
	struct loop *l = m->loop;

	n->state = terms__alloc(&cx->v->ts, sizeof(*n->state));
	n->state->effects = d->effects;
	n->state->facts = d->facts;
	n->state->index = m->index;
	n->next = l->turns;
	l->turns = n;
}

static void do_loop(struct cx *cx, struct draft *d, const struct effect *e)
{
	const struct loop *out = cx->out_loop, *in = cx->in_loop;
	struct loop *l = terms__alloc(&cx->v->ts, sizeof(*l));
	const struct turn *t;

	*l = *e->loop;
	l->outer = out;
	l->turns = NULL;
	l->bound = cx__term(cx, e->loop->bound);
	l->nr_vars = cx->v->nr_vars;
	if (cx->need)
		return;
	cx->out_loop = l;
	cx->in_loop = in ? in : e->loop;
	for (t = e->loop->turns; t; t = t->next) {
		struct made_turn made = { l, t->state->index };
		struct task task = { 0 };
		struct draft base = *d;

		emit(cx, &base, E_TURN, e, (struct effect){ .loop = l });
		task_init(cx, &task, t->state->effects, e->loop, t->state->facts);
		all_turns(cx, &task, &base, turn_done, &made);
	}
	cx->out_loop = out;
	cx->in_loop = in;
	emit(cx, d, E_LOOP, e, (struct effect){ .loop = l });
}

/* ---- whole paths ---- */

struct routes {
	struct route *list;
	const struct task *task;
	const struct region *main;	/* of the second object */
	const struct term *newest;
};

static const struct region *main_of(const struct effect *e)
{
	const struct region *r = NULL;

	for (; e; e = e->prev)
		if (e->kind == E_NEW)
			r = e->region;
	return r;
}

static void route_done(struct cx *cx, const struct draft *d, void *priv)
{
	struct route *n = terms__alloc(&cx->v->ts, sizeof(*n));
	struct routes *r = priv;

	n->effects = d->effects;
	n->facts = d->facts;
	if (r->main)
		n->main = cx__made(cx, r->main);
	else if (r->task->nr_facts)
		r->newest = cx__term(cx, r->task->facts[r->task->nr_facts - 1]->cond);
	n->next = r->list;
	r->list = n;
}

static void start(struct cx *cx, struct draft *d)
{
	struct env self = { .kind = ENV_BIND, .d = cx->stage->self };
	const struct effect *e;

	cx->env = NULL;
	cx->in_loop = cx->out_loop = NULL;
	self.w.r = cx->u ? cx->u->main : cx->stage->self;
	cx__know(cx, &self);
	*d = (struct draft){ .facts = cx->u ? cx->u->facts : NULL };
	/* What the former route knows of handles, and gave up. */
	for (e = cx->u ? cx->u->effects : NULL; e; e = e->prev)
		if (e->kind == E_REF || e->kind == E_DROP)
			import_handle(cx, d, e, NULL);
		else if (e->kind == E_LOOKUP)
			emit(cx, d, E_LOOKUP, e, *e);
}

/* A path of the second object behind the former route: all that the pair can be. */
struct route *cx__route(struct cx *cx, const struct kept *k)
{
	struct task task = { 0 };
	struct routes r = { .task = &task, .main = main_of(k->effects) };
	struct draft d;

	if (!r.main)
		return NULL;
	start(cx, &d);
	task_init(cx, &task, k->effects, NULL, k->facts);
	all_turns(cx, &task, &d, route_done, &r);
	return r.list;
}

/* Can the second object get there? @newest is the last condition on the way. */
struct route *cx__reached(struct cx *cx, const struct kept *k, const struct term **newest)
{
	struct task task = { .reach = true };
	struct routes r = { .task = &task };
	struct draft d;

	start(cx, &d);
	task_init(cx, &task, k->effects, NULL, k->facts);
	all_turns(cx, &task, &d, route_done, &r);
	*newest = r.newest;
	return r.list;
}
