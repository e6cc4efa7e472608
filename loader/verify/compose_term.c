// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The record between, in terms of the first source: a load from it is what the former route
 * stored there, a handle in it is what was put there.
 */
#include <string.h>

#include "compose.h"

static void stuck(struct cx *cx, const char *why)
{
	if (!cx->stuck)
		cx->stuck = why;
}

void cx__know(struct cx *cx, const struct env *e)
{
	struct env *n = terms__alloc(&cx->v->ts, sizeof(*n));

	*n = *e;
	n->prev = cx->env;
	cx->env = n;
}

/* ---- sources of the chain ---- */

static struct region *new_region(struct cx *cx)
{
	struct state s = { .pc = 0 };
	struct region *r = region__new(cx->v, &s);

	r->insn = 0;
	return r;
}

static const struct region *keep_source(struct cx *cx, const struct region *r)
{
	const struct region **list = cx->sources;

	if (cx->nr_sources == cx->cap_sources) {
		cx->cap_sources = cx->cap_sources ? 2 * cx->cap_sources : 32;
		list = terms__alloc(&cx->v->ts, cx->cap_sources * sizeof(*list));
		if (cx->nr_sources)
			memcpy(list, cx->sources, cx->nr_sources * sizeof(*list));
		cx->sources = list;
	}
	list[cx->nr_sources++] = r;
	return r;
}

static void set_number(struct cx *cx, struct region *r)
{
	const struct luob_handle *h = r->handle;
	struct terms *ts = &cx->v->ts;

	r->head = h->head;
	r->elem = h->elem;
	r->nr = term__const(ts, 64, 0);
	if (!r->elem && !(r->head && h->kind == LUOB_H_CONTIG)) {
		r->size = vfy__fresh(cx->v, V_SIZE, 64);
		return;
	}
	if (r->elem)
		r->nr = term__var(ts, V_ELEMS, r->id, 64, h->kind == LUOB_H_BLOCKS,
				  (1ULL << 44) / r->elem->size);
	r->size = term__scale(ts, r->nr, r->elem ? r->elem->size : 0);
	r->size = term__add_const(ts, r->size, r->head ? r->head->size : 0);
}

/* The region behind a handle of the first source: the same one whoever asks. */
const struct region *cx__behind(struct cx *cx, const struct region *up, const struct term *off,
				const struct luob_handle *h)
{
	struct region *r;
	unsigned int i;

	for (i = 0; i < cx->nr_sources; i++)
		if (cx->sources[i]->up == up && cx->sources[i]->up_off == off)
			return cx->sources[i];
	r = new_region(cx);
	r->up = up;
	r->up_off = off;
	r->handle = h;
	set_number(cx, r);
	return keep_source(cx, r);
}

/* A source region that the former route names, as it is for a turn. */
const struct region *cx__source(struct cx *cx, const struct region *r, const struct inst *inst)
{
	const struct region *up;

	if (!r->up)
		return r;
	up = cx__source(cx, r->up, inst);
	return cx__behind(cx, up, cx__former(cx, r->up_off, inst), r->handle);
}

/* ---- terms of the former route ---- */

struct former {
	struct cx *cx;
	const struct inst *inst;
};

static const struct region *of_size(const struct cx *cx, const struct term *t)
{
	__u32 i;

	for (i = 0; i < cx->v->nr_regions; i++)
		if (!cx->v->regions[i]->fresh && cx->v->regions[i]->size == t)
			return cx->v->regions[i];
	return NULL;
}

/* What appeared in a turn is another thing in each: one symbol for each element. */
static const struct term *var_of(struct cx *cx, const struct term *t, const struct inst *inst)
{
	const struct env *e;
	struct env n = { .kind = ENV_VAR, .inst = inst, .var = t };

	for (e = cx->env; e; e = e->prev)
		if (e->kind == ENV_VAR && e->inst == inst && e->var == t)
			return e->to;
	n.to = term__var(&cx->v->ts, t->kind, ++cx->v->nr_vars, t->width, t->min, t->max);
	cx__know(cx, &n);
	return n.to;
}

static bool is_plain(const struct term *t)
{
	switch (t->kind) {
	case V_LOOKUP:
	case V_NO_ANSWER:
	case V_ERRNO:
	case V_HAVOC:
	case V_UNINIT:
	case V_POINTER:
		return true;
	}
	return false;
}

static const struct term *former_part(const struct term *t, void *priv)
{
	struct former *f = priv;
	struct cx *cx = f->cx;
	const struct inst *i;
	const struct region *r;

	if (t->op == T_LOAD) {
		r = cx__source(cx, vfy__region_nr(cx->v, t->val), f->inst);
		return term__load(&cx->v->ts, r->id, cx__former(cx, t->arg[0], f->inst),
				  t->width / 8);
	}
	if (t->op != T_VAR)
		return NULL;
	if (t->kind == V_INDEX) {
		for (i = f->inst; i; i = i->outer)
			if (i->loop->index == t)
				return i->idx;
	} else if (t->kind == V_ELEMS) {
		return cx__source(cx, vfy__region_nr(cx->v, t->val), f->inst)->nr;
	} else if (t->kind == V_SIZE) {
		r = of_size(cx, t);
		return r ? cx__source(cx, r, f->inst)->size : t;
	} else if (is_plain(t)) {
		for (i = f->inst; i && t->val <= i->loop->nr_vars; i = i->outer)
			;
		return i ? var_of(cx, t, i) : t;
	}
	return t;
}

/* A term of the former route, as it is for a turn. */
const struct term *cx__former(struct cx *cx, const struct term *t, const struct inst *inst)
{
	struct former f = { cx, inst };

	return term__map(&cx->v->ts, t, former_part, &f);
}

/* ---- regions between ---- */

struct where cx__where(struct cx *cx, const struct region *d)
{
	struct where none = { 0 };
	const struct env *e;

	for (e = cx->env; e; e = e->prev)
		if (e->kind == ENV_BIND && e->d == d)
			return e->w;
	stuck(cx, "a region is read that nobody opened");
	return none;
}

/* What is made for a region that the second object makes. */
const struct region *cx__made(struct cx *cx, const struct region *d)
{
	const struct env *e;

	for (e = cx->env; e; e = e->prev)
		if (e->kind == ENV_MAKE && e->d == d)
			return e->w.r;
	stuck(cx, "a region is written that nobody made");
	return NULL;
}

/* The effects among which a region was made. */
const struct effect *where__effects(const struct cx *cx, struct where w)
{
	return w.inst ? w.inst->turn->state->effects : cx->u->effects;
}

/* The loop that wrote its elements. */
const struct loop *where__filler(struct cx *cx, struct where w)
{
	const struct effect *e;

	for (e = where__effects(cx, w); e; e = effect__prev(cx->v, e)) {
		if (e->kind == E_TURN && w.inst && e->loop == w.inst->loop)
			break;
		if (e->kind == E_LOOP && loop__fills(cx->v, e->loop, w.r))
			return e->loop;
	}
	return NULL;
}

static bool is_known(const struct term *t, void *priv)
{
	(void)priv;
	return t->op != T_VAR || t->kind != V_HAVOC;
}

/* Which turn made element @idx? Asks for a choice if there is none yet. */
static const struct inst *turn_at(struct cx *cx, struct where w, const struct term *idx)
{
	const struct loop *l = where__filler(cx, w);
	const struct env *e;

	if (!l || !term__walk(&cx->v->ts, idx, is_known, NULL)) {
		stuck(cx, l ? "cannot tell which element between is meant" :
		      "elements are read that no loop wrote");
		return NULL;
	}
	for (e = cx->env; e; e = e->prev)
		if (e->kind == ENV_TURN && e->inst->loop == l && e->inst->idx == idx &&
		    e->inst->outer == w.inst)
			return e->inst;
	if (!cx->need) {
		cx->need = l;
		cx->need_idx = idx;
		cx->need_outer = w.inst;
	}
	return NULL;
}

/* The turn in which a region appeared, seen from one that uses it. */
static const struct inst *turn_of(const struct region *r, const struct inst *inst)
{
	while (inst && inst->loop != r->loop)
		inst = inst->outer;
	return inst;
}

/*
 * The element at an offset that may count down. Whether it is one of those that were written
 * is asked when all conditions of the pair are known.
 */
static bool spot_at(struct cx *cx, const struct region *r, const struct term *off,
		    struct spot *spot)
{
	__u64 head = r->head ? r->head->size : 0;
	struct lin l;
	__s64 in;

	if (types__spot(cx->v, r->head, r->elem, off, spot))
		return true;
	if (!r->elem || off->op != T_SUM)
		return false;
	lin__of(&cx->v->ts, &l, off);
	in = (__s64)(l.val - head) % (__s64)r->elem->size;
	if (in < 0)
		in += r->elem->size;
	l.val -= head + in;
	if (!lin__divide(&l, r->elem->size))
		return false;
	*spot = (struct spot){ .type = r->elem, .off = in, .index = lin__term(&cx->v->ts, &l),
			       .handle = luob_type__handle(r->elem, in) };
	return true;
}

/* What nothing can be said of. */
static const struct term *nothing(struct cx *cx, const struct term *like)
{
	return vfy__fresh(cx->v, V_HAVOC, like->width);
}

/* The structure at an offset, as the former route left it. */
static struct image *image_at(struct cx *cx, struct where w, const struct term *off,
			      struct spot *spot, const struct inst **inst)
{
	if (!w.r || !spot_at(cx, w.r, off, spot)) {
		stuck(cx, "cannot tell which field between is meant");
		return NULL;
	}
	*inst = w.inst;
	if (!spot->index)
		return image__new(cx->v, w.r, NULL, spot->type, where__effects(cx, w),
				  w.inst ? w.inst->loop : NULL);
	*inst = turn_at(cx, w, spot->index);
	if (!*inst)
		return NULL;
	return image__new(cx->v, w.r, (*inst)->turn->state->index, spot->type,
			  (*inst)->turn->state->effects, (*inst)->loop);
}

struct filled cx__filled(struct cx *cx, struct where w, const struct term *off)
{
	struct filled f = { .kind = FILLED_NULL };
	const struct inst *inst;
	const struct effect *e;
	struct image *im;
	struct spot spot;

	if (w.r && !w.r->fresh) {
		f.kind = FILLED_SOURCE;
		f.r = w.r;
		f.off = off;
		if (types__spot(cx->v, w.r->head, w.r->elem, off, &spot) && spot.handle &&
		    spot.handle->kind == LUOB_H_CHILD)
			f.kind = FILLED_CHILD;
		return f;
	}
	im = image_at(cx, w, off, &spot, &inst);
	e = im ? im->filled[spot.off] : NULL;
	if (!e)
		return f;
	if (e->kind == E_LINK) {
		f.kind = FILLED_NEW;
		f.w.r = e->other;
		f.w.inst = turn_of(e->other, inst);
		return f;
	}
	f.kind = e->kind == E_MOVE ? FILLED_SOURCE : FILLED_CHILD;
	f.r = cx__source(cx, e->other, inst);
	f.off = cx__former(cx, e->off2, inst);
	return f;
}

/* ---- terms of the second object ---- */

static const struct term *number_of(struct cx *cx, const struct region *d)
{
	struct where w = cx__where(cx, d);
	const struct term *t;

	if (!w.r)
		return nothing(cx, d->nr);
	if (!w.r->fresh)
		return w.r->nr;
	t = region__made(cx->v, w.r, w.r->head, w.r->elem);
	if (!t) {
		stuck(cx, "cannot tell how many elements are between");
		return nothing(cx, d->nr);
	}
	return cx__former(cx, t, w.inst);
}

static const struct term *size_of(struct cx *cx, const struct term *t)
{
	const struct region *d = of_size(cx, t);
	struct where w = { 0 };

	if (d)
		w = cx__where(cx, d);
	if (!w.r)
		return t;
	return w.r->fresh ? cx__former(cx, w.r->bytes, w.inst) : w.r->size;
}

static const struct term *load_of(struct cx *cx, const struct term *t)
{
	struct where w = cx__where(cx, vfy__region_nr(cx->v, t->val));
	const struct term *off = cx__term(cx, t->arg[0]);
	unsigned int bytes = t->width / 8, i;
	const struct inst *inst;
	struct image *im;
	struct spot spot;

	if (!w.r)
		return nothing(cx, t);
	if (!w.r->fresh)
		return term__load(&cx->v->ts, w.r->id, off, bytes);
	im = image_at(cx, w, off, &spot, &inst);
	if (!im)
		return nothing(cx, t);
	if (spot.off + bytes > spot.type->size) {
		stuck(cx, "a load between crosses the end of a structure");
		return nothing(cx, t);
	}
	for (i = 0; i < bytes; i++) {
		if (im->filled[spot.off + i]) {
			stuck(cx, "bytes are read that the engine fills in between");
			return nothing(cx, t);
		}
	}
	return cx__former(cx, image__bits(cx->v, im, spot.off * 8, t->width), inst);
}

static const struct term *second_part(const struct term *t, void *priv)
{
	struct cx *cx = priv;
	const struct region *r;

	if (t->op == T_LOAD)
		return load_of(cx, t);
	if (t->op != T_VAR)
		return NULL;
	if (t->kind == V_ELEMS) {
		r = vfy__region_nr(cx->v, t->val);
		return r ? number_of(cx, r) : t;
	}
	if (t->kind == V_SIZE)
		return size_of(cx, t);
	/* Each object is set for the kernel that it works for. */
	if (t->kind == V_CONFIG)
		return term__var(&cx->v->ts, V_CONFIG, (__u32)t->val | (__u64)cx->stage->nr << 32,
				 t->width, t->min, t->max);
	if (is_plain(t) && cx->in_loop && t->val > cx->in_loop->nr_vars)
		return var_of(cx, t, NULL);
	return t;
}

/* A term of the second object, said of the first source. */
const struct term *cx__term(struct cx *cx, const struct term *t)
{
	return term__map(&cx->v->ts, t, second_part, cx);
}
