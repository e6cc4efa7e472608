// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Objects, pairs of their paths, and the verdict about the whole. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compose.h"

/* Pairs that are followed. Shipped objects have some dozens. */
#define ROUTES_MAX	2000U

/* ---- do they fit together? ---- */

static int fits(const struct luob_prog *a, const struct luob_prog *b, char *msg, size_t size)
{
	char diff[128] = "";

	if (!strcmp(a->family, b->family) && !strcmp(a->to_string, b->from_string) &&
	    a->to->fingerprint == b->from->fingerprint)
		return 0;
	if (strcmp(a->family, b->family) || strcmp(a->to_string, b->from_string)) {
		snprintf(msg, size, "%.60s makes %.20s %.60s, but %.60s reads %.20s %.60s",
			 a->name, a->family, a->to_string, b->name, b->family, b->from_string);
		return -EINVAL;
	}
	luo_type__diff(a->to, b->from, diff, sizeof(diff));
	snprintf(msg, size, "%.60s makes another %.60s than %.60s reads: %s", a->name,
		 a->to_string, b->name, diff[0] ? diff : "what handles lead to differs");
	return -EINVAL;
}

/**
 * luo_chain__fits - can these objects stand one behind the other?
 * @msg: why not, in a line that names them
 *
 * Return: 0, -EINVAL.
 */
int luo_chain__fits(const struct luo_object *const *objs, size_t nr, bool round_trip, char *msg,
		    size_t msg_size)
{
	const struct luob_prog *p;
	size_t i;
	int err;

	for (i = 0; i < nr; i++) {
		p = luo_object__prog(objs[i]);
		if (p->to)
			continue;
		snprintf(msg, msg_size, "%.60s is an acceptor: it makes nothing", p->name);
		return -EINVAL;
	}
	for (i = 0; i + 1 < nr; i++) {
		err = fits(luo_object__prog(objs[i]), luo_object__prog(objs[i + 1]),
			   msg, msg_size);
		if (err)
			return err;
	}
	return round_trip ? fits(luo_object__prog(objs[nr - 1]), luo_object__prog(objs[0]), msg,
				 msg_size) : 0;
}

/* ---- each object by itself ---- */

/* New regions get their types while their program is known. */
static void freeze_types(struct vfy *v, const struct effect *effects, const struct effect *end)
{
	const struct luob_type *head, *elem;
	const struct luob_handle *h;
	const struct effect *e;
	const struct turn *t;
	struct region *r;

	for (e = effects; e != end; e = effect__prev(v, e)) {
		if (e->kind == E_NEW) {
			region__types(v, effects, e->region, &head, &elem, &h);
			r = (struct region *)e->region;
			r->head = head;
			r->elem = elem;
			r->handle = h;
		}
		for (t = e->kind == E_LOOP ? e->loop->turns : NULL; t; t = t->next) {
			const struct effect *last = turn__end(t, e->loop);

			freeze_types(v, t->state->effects, last);
		}
	}
}

/* Again, but with paths that can be put behind others. What it finds was found before. */
static void run_stage(struct cx *cx, struct stage *s)
{
	struct vfy *v = cx->v;
	struct kept *k;

	if (vfy__begin(v, s->obj, &cx->scratch))
		longjmp(*v->ts.bail, BAIL_MEMORY);
	s->code = v->code;	/* which frees it */
	vfy__analyse(v);
	s->self = v->self;
	s->done = v->done;
	s->failed = v->failed;
	for (k = s->done; k; k = k->next)
		freeze_types(v, k->effects, NULL);
	for (k = s->failed; k; k = k->next)
		freeze_types(v, k->effects, NULL);
}

/* ---- one behind the other ---- */

static void not_followed(struct cx *cx)
{
	if (cx->stuck && !cx->out->why[0])
		snprintf(cx->out->why, sizeof(cx->out->why), "%s", cx->stuck);
	cx->stuck = NULL;
}

static void add_routes(struct cx *cx, struct route **list, struct route *new)
{
	struct route *r;

	while ((r = new)) {
		new = r->next;
		r->former = cx->u;
		r->next = *list;
		*list = r;
		if (++cx->nr_routes > ROUTES_MAX)
			longjmp(*cx->v->ts.bail, BAIL_LIMIT);
	}
}

/* What the next object refuses, or fails at, of what the others made. */
static void find_refusals(struct cx *cx)
{
	const struct term *newest;
	const struct kept *k;
	struct route *r;

	for (k = cx->stage->failed; k; k = k->next) {
		r = cx__reached(cx, k, &newest);
		/* Worse than it is: told, but not a reason for "unknown". */
		cx->stuck = NULL;
		if (r)
			cx__refuses(cx, k, r, newest);
	}
}

static struct route *next_stage(struct cx *cx, struct route *routes)
{
	struct route *list = NULL, *r;
	const struct kept *k;
	bool last = cx->stage->nr + 1 == cx->nr_stages;

	for (r = routes; r; r = r->next) {
		cx->u = r;
		for (k = cx->stage->done; k; k = k->next) {
			struct route *new = cx__route(cx, k), *n;

			not_followed(cx);
			for (n = new; n && last; n = n->next)
				cx__compare(cx, n);
			add_routes(cx, &list, new);
			not_followed(cx);
		}
		find_refusals(cx);
	}
	return list;
}

static void judge(struct cx *cx, const struct route *routes)
{
	struct verify_chain *out = cx->out;
	size_t i;

	if (out->why[0])
		out->verdict = VERIFY_UNKNOWN;
	for (i = 0; i < out->nr_fates; i++) {
		if (out->fates[i].kind == FATE_UNKNOWN && out->verdict < VERIFY_UNKNOWN)
			out->verdict = VERIFY_UNKNOWN;
		if (out->fates[i].kind == FATE_CHANGED)
			out->verdict = VERIFY_REFUSED;
	}
	for (i = 0; i < out->nr_refuses; i++)
		if (!out->refuses[i].rule[0])
			out->verdict = VERIFY_REFUSED;
	for (; routes; routes = routes->next)
		out->pairs++;
	if (!out->pairs && !out->why[0]) {
		out->verdict = VERIFY_REFUSED;
		snprintf(out->why, sizeof(out->why), "nothing that one object makes is taken by "
						     "the next");
	}
	for (i = 0; i < out->nr_objects; i++)
		if (out->objects[i].verdict > out->verdict)
			out->verdict = out->objects[i].verdict;
}

/* The lineage of the whole, as if it were one object. */
static void whole_lineage(struct cx *cx, const struct route *routes)
{
	struct vfy *v = cx->v;
	struct luob_prog prog = *luo_object__prog(cx->stages[0].obj);
	struct scope *sc;
	struct state s = { 0 };

	const struct luo_object **objs;
	unsigned int i;

	objs = terms__alloc(&v->ts, (cx->nr_stages + 1) * sizeof(*objs));
	for (i = 0; i < cx->nr_stages; i++)
		objs[i] = cx->stages[i].obj;
	v->chain = objs;
	prog.to = luo_object__prog(cx->stage->obj)->to;
	v->prog = &prog;
	v->self = (struct region *)cx->stages[0].self;
	v->res = &cx->out->whole;
	for (; routes; routes = routes->next) {
		s.effects = routes->effects;
		s.facts = routes->facts;
		sc = scope__new(v, &s, NULL);
		vfy__lineage(v, sc);
	}
	if (cx->out->pairs)
		vfy__say_lineage(v);
}

static void compose(struct cx *cx)
{
	struct route *routes = NULL;
	const struct kept *k;
	unsigned int i;

	for (i = 0; i < cx->nr_stages; i++)
		run_stage(cx, &cx->stages[i]);
	cx->stage = &cx->stages[0];
	for (k = cx->stage->done; k; k = k->next)
		add_routes(cx, &routes, cx__route(cx, k));
	not_followed(cx);
	for (i = 1; i < cx->nr_stages; i++) {
		cx->stage = &cx->stages[i];
		cx->v->code = cx->stage->code;
		routes = next_stage(cx, routes);
	}
	judge(cx, routes);
	whole_lineage(cx, routes);
}

/* Out of line: what is live across setjmp() has to be in memory. */
static int analyse(struct cx *cx)
{
	jmp_buf bail;
	int why;

	if (terms__init(&cx->v->ts, &bail))
		return -ENOMEM;
	why = setjmp(bail);
	if (!why) {
		compose(cx);
		return 0;
	}
	if (why == BAIL_MEMORY)
		return -ENOMEM;
	cx->out->verdict = VERIFY_UNKNOWN;
	snprintf(cx->out->why, sizeof(cx->out->why), "too many paths, steps or terms");
	return 0;
}

/**
 * luo_verify_chain - say what objects do one behind the other
 * @objs: translators; luo_chain__fits() has said that they can
 * @nr: two or more
 * @opts: as for luo_verify_with(), or NULL
 * @round_trip: the last record has to be the first one
 * @res: result; to be freed with verify_chain__free(), also after a failure
 *
 * Return: 0, -ENOMEM.
 */
int luo_verify_chain(const struct luo_object *const *objs, size_t nr,
		     const struct verify_opts *opts, bool round_trip, struct verify_chain *res)
{
	struct cx cx = { .out = res, .nr_stages = nr };
	struct timespec a, b;
	int err = -ENOMEM;
	size_t i;

	memset(res, 0, sizeof(*res));
	res->round_trip = round_trip;
	clock_gettime(CLOCK_MONOTONIC, &a);
	cx.v = calloc(1, sizeof(*cx.v));
	cx.stages = calloc(nr, sizeof(*cx.stages));
	res->objects = calloc(nr, sizeof(*res->objects));
	res->nr_objects = res->objects ? nr : 0;
	if (cx.v && cx.stages && res->objects)
		err = 0;
	for (i = 0; !err && i < nr; i++) {
		cx.stages[i].obj = objs[i];
		cx.stages[i].nr = i;
		err = luo_verify_with(objs[i], opts, &res->objects[i]);
	}
	if (!err) {
		cx.v->solver.off = opts && opts->no_solver;
		err = analyse(&cx);
	}
	verify_result__free(&cx.scratch);
	for (i = 0; cx.stages && i < nr; i++)
		code__free(&cx.stages[i].code);
	if (cx.v)
		terms__free(&cx.v->ts);
	free(cx.stages);
	free(cx.v);
	clock_gettime(CLOCK_MONOTONIC, &b);
	res->ns = (b.tv_sec - a.tv_sec) * 1000000000ULL + b.tv_nsec - a.tv_nsec;
	return err;
}
