// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Questions to a path condition, answered by ranges and equalities. "No answer" is
 * always allowed: the caller then says unknown, or follows both branches.
 */
#include "path.h"

#define DEPTH_MAX 6

static const struct fact *push(struct terms *ts, const struct fact *facts,
			       const struct term *cond, __u32 insn)
{
	struct fact *f = terms__alloc(ts, sizeof(*f));

	f->prev = facts;
	f->cond = cond;
	f->insn = insn;
	return f;
}

/* A concatenation that equals a constant does so in each part. */
const struct fact *path__assume(struct terms *ts, const struct fact *facts,
				const struct term *cond, __u32 insn)
{
	const struct term *a, *b;
	unsigned int i, at;

	if (cond->op == T_CONST)
		return facts;
	if (cond->op == T_EQ) {
		a = cond->arg[0];
		b = cond->arg[1];
		if (a->op == T_CONCAT && b->op == T_CONST) {
			for (i = at = 0; i < a->nr; at += a->arg[i++]->width)
				facts = path__assume(ts, facts, term__eq(ts, a->arg[i],
						     term__extract(ts, b, at, a->arg[i]->width)),
						     insn);
			return facts;
		}
	}
	return push(ts, facts, cond, insn);
}

static struct term_range meet(struct term_range a, struct term_range b)
{
	if (b.min > a.min)
		a.min = b.min;
	if (b.max < a.max)
		a.max = b.max;
	return a;
}

static struct term_range range_at(struct terms *ts, const struct fact *facts,
				  const struct term *t, int depth);

/* coef * t + val in [min, max]. */
static struct term_range learn_sum(struct terms *ts, const struct term *x, struct term_range r,
				   const struct term *t)
{
	struct term_range all = { t->min, t->max }, got;
	__u64 mask = term_mask(x->width);
	struct lin l;

	lin__of(ts, &l, x);
	if (l.nr != 1 || l.atom[0] != t)
		return all;
	got = (struct term_range){ (r.min - l.val) & mask, (r.max - l.val) & mask };
	/* A row of values, unless it goes over the end. */
	if (got.min > got.max)
		return all;
	if (l.coef[0] != 1) {
		/* What does not wrap can be divided. */
		if ((x->op == T_SUM && !x->exact) || l.val >> (x->width - 1) || r.min < l.val)
			return all;
		got.min = got.min / l.coef[0] + !!(got.min % l.coef[0]);
		got.max /= l.coef[0];
	}
	return meet(all, got);
}

/* @x lies in @r: what does that say of @t? */
static struct term_range learn(struct terms *ts, const struct term *x, struct term_range r,
			       const struct term *t)
{
	struct term_range all = { t->min, t->max };

	if (r.min > r.max)
		return all;
	if (x == t)
		return meet(all, r);
	/* The upper bits of t: all below is free. */
	if (x->op == T_EXTRACT && x->arg[0] == t && x->val + x->width == t->width &&
	    x->val < 64)
		return meet(all, (struct term_range){ r.min << x->val,
						      r.max << x->val | term_mask(x->val) });
	return x->op == T_SUM || x->op == T_CONCAT ? learn_sum(ts, x, r, t) : all;
}

/* The same for bits of memory that are read by another load. */
static struct term_range learn_bits(struct terms *ts, const struct term *x, struct term_range r,
				    const struct term *t)
{
	struct term_range all = { t->min, t->max };
	struct term_bits a, b;
	const struct term *d;
	__s64 lo;

	if (r.min > r.max || !term__bits(x, &a) || !term__bits(t, &b) || a.region != b.region)
		return all;
	d = term__sub(ts, a.off, b.off);
	if (d->op != T_CONST)
		return all;
	lo = (__s64)d->val * 8 + a.lo - b.lo;
	if (lo > 0 && lo < 64 && lo + a.width == b.width)
		return meet(all, (struct term_range){ r.min << lo, r.max << lo | term_mask(lo) });
	/* All of t lies in x, and nothing of x above it. */
	if (lo <= 0 && lo > -64 && b.width - lo <= a.width && r.max >> -lo <= term_mask(b.width))
		return meet(all, (struct term_range){ r.min >> -lo, r.max >> -lo });
	return all;
}

static struct term_range learn_any(struct terms *ts, const struct term *x, struct term_range r,
				   const struct term *t)
{
	return meet(learn(ts, x, r, t), learn_bits(ts, x, r, t));
}

/* What one condition says of @t. */
static struct term_range consult(struct terms *ts, const struct fact *facts,
				 const struct term *cond, const struct term *t, int depth)
{
	struct term_range all = { t->min, t->max }, r, now = all;
	bool no = cond->op == T_NOT;
	const struct term *a, *b;

	if (no)
		cond = cond->arg[0];
	if (cond->nr != 2)
		return all;
	a = cond->arg[0];
	b = cond->arg[1];
	if (cond->op == T_EQ && !no) {
		if (a == t || b == t || b->op == T_CONST) {
			r = range_at(ts, facts, b, depth + 3);
			now = meet(now, learn_any(ts, a, r, t));
		}
		if (b == t) {
			r = range_at(ts, facts, a, depth + 3);
			now = meet(now, r);
		}
	} else if (cond->op == T_EQ && b->op == T_CONST) {
		r = (struct term_range){ a->min, a->max };
		if (b->val == r.min)
			r.min++;
		else if (b->val == r.max)
			r.max--;
		now = learn_any(ts, a, r, t);
	} else if (cond->op == T_ULT) {
		struct term_range x = { a->min, a->max }, y = { b->min, b->max };

		if (!no && y.max)
			now = learn_any(ts, a, (struct term_range){ x.min, y.max - 1 }, t);
		if (!no)
			now = meet(now, learn_any(ts, b, (struct term_range){ x.min + 1, y.max },
						  t));
		if (no) {
			now = learn_any(ts, a, (struct term_range){ y.min, x.max }, t);
			now = meet(now, learn_any(ts, b, (struct term_range){ y.min, x.max }, t));
		}
	}
	return now;
}

/* A sum that does not wrap, given what the path says of its atoms. */
static struct term_range compose_sum(struct terms *ts, const struct fact *facts,
				     const struct term *t, int depth)
{
	struct term_range all = { t->min, t->max }, x;
	unsigned __int128 min = 0, max = 0;
	__u64 minus = 0, mask = term_mask(t->width);
	unsigned int i;

	/* A large constant is a subtraction. */
	if (t->val >> (t->width - 1))
		minus = -t->val & mask;
	else
		min = max = t->val;
	for (i = 0; i < t->nr; i++) {
		if (t->coef[i] >> 62)
			return all;
		x = range_at(ts, facts, t->arg[i], depth + 1);
		min += (unsigned __int128)t->coef[i] * x.min;
		max += (unsigned __int128)t->coef[i] * x.max;
	}
	if (min < minus || max > (unsigned __int128)mask + minus)
		return all;
	return (struct term_range){ min - minus, max - minus };
}

/* From the ranges of what @t is made of. */
static struct term_range compose(struct terms *ts, const struct fact *facts,
				 const struct term *t, int depth)
{
	struct term_range r = { t->min, t->max }, x;
	unsigned int i, at = 0;

	if (t->op == T_CONCAT) {
		__u64 min = 0, max = 0;

		for (i = 0; i < t->nr; at += t->arg[i++]->width) {
			x = range_at(ts, facts, t->arg[i], depth + 1);
			min |= x.min << at;
			max |= x.max << at;
		}
		return meet(r, (struct term_range){ min, max });
	}
	if (t->op == T_EXTRACT && !t->val) {
		x = range_at(ts, facts, t->arg[0], depth + 1);
		if (x.max <= term_mask(t->width))
			return meet(r, x);
	}
	return t->op == T_SUM ? meet(r, compose_sum(ts, facts, t, depth)) : r;
}

static struct term_range range_at(struct terms *ts, const struct fact *facts,
				  const struct term *t, int depth)
{
	struct term_range r = { t->min, t->max };
	const struct fact *f;

	if (depth > DEPTH_MAX || t->op == T_CONST)
		return r;
	r = meet(r, compose(ts, facts, t, depth));
	for (f = facts; f; f = f->prev) {
		terms__work(ts);
		r = meet(r, consult(ts, facts, f->cond, t, depth));
	}
	return r;
}

struct term_range path__range(struct terms *ts, const struct fact *facts, const struct term *t)
{
	return range_at(ts, facts, t, 0);
}

static int decide(struct terms *ts, const struct fact *facts, const struct term *cond)
{
	struct term_range a, b;
	const struct fact *f;
	int r;

	if (cond->op == T_CONST)
		return cond->val;
	for (f = facts; f; f = f->prev) {
		if (f->cond == cond)
			return 1;
		if (f->cond == term__not(ts, cond))
			return 0;
	}
	if (cond->op == T_NOT) {
		r = decide(ts, facts, cond->arg[0]);
		return r < 0 ? r : !r;
	}
	if (cond->op == T_SLT || cond->nr != 2)
		return -1;
	a = path__range(ts, facts, cond->arg[0]);
	b = path__range(ts, facts, cond->arg[1]);
	if (cond->op == T_EQ) {
		if (a.max < b.min || b.max < a.min)
			return 0;
		return a.min == a.max && b.min == b.max && a.min == b.min ? 1 : -1;
	}
	if (a.max < b.min)
		return 1;
	return a.min >= b.max ? 0 : -1;
}

/* A number that the path pins to one value. */
static const struct term *pinned(struct terms *ts, const struct fact *facts, const struct term *t)
{
	struct term_range r;

	if (t->op == T_CONST)
		return t;
	r = path__range(ts, facts, t);
	return r.min == r.max ? term__const(ts, t->width, r.min) : t;
}

/*
 * One name for what the path knows to be equal: memory that an equality names gets
 * the other side's, narrowed values that fit lose the narrowing.
 */
const struct term *path__norm(struct terms *ts, const struct fact *facts, const struct term *t)
{
	const struct term *parts[64], *a, *b;
	const struct fact *f;
	unsigned int i;

	for (f = facts; f; f = f->prev) {
		if (f->cond->op != T_EQ)
			continue;
		a = f->cond->arg[0];
		b = f->cond->arg[1];
		if (b->op == T_LOAD && (a->op == T_VAR || a->op == T_CONST))
			t = term__subst(ts, t, b, a);
		else if (a->op == T_LOAD && (b->op == T_VAR || b->op == T_CONST))
			t = term__subst(ts, t, a, b);
	}
	if (t->op == T_CONCAT && t->nr == 2 && term_is(t->arg[1], 0) &&
	    t->arg[0]->op == T_EXTRACT && !t->arg[0]->val &&
	    t->arg[0]->arg[0]->width == t->width &&
	    path__range(ts, facts, t->arg[0]->arg[0]).max <= term_mask(t->arg[0]->width))
		t = t->arg[0]->arg[0];
	if (t->op == T_CONCAT) {
		for (i = 0; i < t->nr; i++)
			parts[i] = pinned(ts, facts, t->arg[i]);
		t = term__concat(ts, parts, t->nr);
	}
	return pinned(ts, facts, t);
}

bool path__equal(struct terms *ts, const struct fact *facts, const struct term *a,
		 const struct term *b)
{
	if (a == b)
		return true;
	a = path__norm(ts, facts, a);
	b = path__norm(ts, facts, b);
	return a == b || path__decide(ts, facts, term__eq(ts, a, b)) == 1;
}

/* Return: 1 if @cond holds, 0 if it does not, -1 for no answer. */
int path__decide(struct terms *ts, const struct fact *facts, const struct term *cond)
{
	bool no = cond->op == T_NOT;
	const struct term *a, *b, *c = no ? cond->arg[0] : cond;
	int r = decide(ts, facts, cond);

	if (r >= 0 || c->nr != 2)
		return r;
	a = path__norm(ts, facts, c->arg[0]);
	b = path__norm(ts, facts, c->arg[1]);
	if (a == c->arg[0] && b == c->arg[1])
		return r;
	c = c->op == T_EQ ? term__eq(ts, a, b) : c->op == T_ULT ? term__ult(ts, a, b) :
	    term__slt(ts, a, b);
	return decide(ts, facts, no ? term__not(ts, c) : c);
}
