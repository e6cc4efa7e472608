// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Models by trying. A condition that does not hold is made to hold by giving one symbol or
 * piece of memory another value: what the other side of a comparison has, one more, one
 * less, nothing, everything. That value is pushed down through the operations. What holds
 * no more is repaired next. Most questions about translators need one or two steps.
 */
#include <string.h>

#include "model.h"
#include "vm/insn.h"

#define STEPS_MAX	1500U
#define STEPS_FRESH	150U	/* then from the beginning, with other values */
#define PUSH_DEPTH	48

struct search {
	struct model *m;
	__u64 seed;
};

static __u64 rnd(struct search *s)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return s->seed;
}

static bool push(struct search *s, const struct term *t, __u64 want, int depth);

static bool try(struct search *s, const struct term *t, __u64 want, int depth)
{
	return push(s, t, want & term_mask(t->width), depth);
}

static bool push_concat(struct search *s, const struct term *t, __u64 want, int depth)
{
	unsigned int i, at = 0;

	for (i = 0; i < t->nr; at += t->arg[i++]->width)
		if (!try(s, t->arg[i], want >> at, depth))
			return false;
	return true;
}

static bool push_extract(struct search *s, const struct term *t, __u64 want, int depth)
{
	__u64 mask = term_mask(t->width) << t->val;

	return try(s, t->arg[0], (model__eval(s->m, t->arg[0]) & ~mask) | want << t->val, depth);
}

static __u64 inverse(__u64 odd)
{
	__u64 x = odd;
	int i;

	for (i = 0; i < 6; i++)
		x *= 2 - odd * x;
	return x;
}

static bool push_sum(struct search *s, const struct term *t, __u64 want, int depth)
{
	__u64 miss = want - model__eval(s->m, t), first = rnd(s), mask = term_mask(t->width), x;
	unsigned int i, k, z;

	for (i = 0; i < t->nr; i++) {
		k = (first + i) % t->nr;
		x = miss + t->coef[k] * model__eval(s->m, t->arg[k]);
		z = __builtin_ctzll(t->coef[k]);
		x &= mask;
		if (x & term_mask(z))
			continue;
		x = (x >> z) * inverse(t->coef[k] >> z) & (mask >> z);
		if (push(s, t->arg[k], x, depth))
			return true;
	}
	return false;
}

static bool push_bits(struct search *s, const struct term *t, __u64 want, int depth)
{
	const struct term *a = t->arg[0], *b = t->arg[1];
	__u64 x = model__eval(s->m, a), y = model__eval(s->m, b);

	if (a->op != T_CONST && (b->op == T_CONST || rnd(s) % 2)) {
		const struct term *o = a;
		__u64 v = x;

		a = b;
		b = o;
		x = y;
		y = v;
	}
	/* @b is changed, for what @a is. */
	switch (t->kind) {
	case BPF_AND:
		if (want & ~x && (a->op == T_CONST || !try(s, a, x | want, depth)))
			return false;
		return try(s, b, (y & ~x) | want, depth);
	case BPF_OR:
		if (x & ~want && (a->op == T_CONST || !try(s, a, x & want, depth)))
			return false;
		return try(s, b, (y & x & want) | (want & ~x), depth);
	default:
		return try(s, b, want ^ x, depth);
	}
}

static bool push_opaque(struct search *s, const struct term *t, __u64 want, int depth)
{
	const struct term *a = t->arg[0], *b = t->arg[1];
	__u64 y = model__eval(s->m, b);

	switch (t->kind & ~1U) {
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return push_bits(s, t, want, depth);
	case BPF_MUL:
		if (y & 1)
			return try(s, a, want * inverse(y), depth);
		return try(s, b, 1, depth) && try(s, a, want, depth);
	case BPF_DIV:
		if (!y && !want)
			return true;
		if (y && (!want || y <= term_mask(t->width) / want))
			return try(s, a, want * y, depth);
		return try(s, b, 1, depth) && try(s, a, want, depth);
	case BPF_MOD:
		return (!y || want < y || try(s, b, want + 1, depth)) && try(s, a, want, depth);
	case BPF_LSH:
		return try(s, a, want >> (y & (t->width - 1)), depth) ||
		       (try(s, b, 0, depth) && try(s, a, want, depth));
	default:
		return try(s, a, want << (y & (t->width - 1)), depth) ||
		       (try(s, b, 0, depth) && try(s, a, want, depth));
	}
}

/* Bytes that differ from each other and from their neighbours'. */
static __u64 pattern(struct search *s)
{
	return 0x8877665544332211ULL + 0x0101010101010101ULL * (rnd(s) % 8);
}

static bool make_equal(struct search *s, const struct term *a, const struct term *b, int depth)
{
	const struct term *t[2] = { a, b };
	unsigned int k = a->op == T_CONST || (b->op != T_CONST && rnd(s) % 2);

	return try(s, t[k], model__eval(s->m, t[!k]), depth) ||
	       try(s, t[!k], model__eval(s->m, t[k]), depth);
}

static bool make_differ(struct search *s, const struct term *a, const struct term *b, int depth)
{
	const struct term *t[2] = { a, b };
	unsigned int k = a->op == T_CONST || (b->op != T_CONST && rnd(s) % 2), n;
	__u64 other = model__eval(s->m, t[!k]);
	const __u64 with[] = { other + 1, 1, other - 1, pattern(s), ~other, 0, ~0ULL };

	for (n = 0; n < sizeof(with) / sizeof(with[0]); n++)
		if (((with[n] ^ other) & term_mask(a->width)) && try(s, t[k], with[n], depth) &&
		    model__eval(s->m, a) != model__eval(s->m, b))
			return true;
	return false;
}

/* a < b, or a >= b if @no; @sign is the bit that turns signed into unsigned order. */
static bool make_less(struct search *s, const struct term *a, const struct term *b, bool no,
		      __u64 sign, int depth)
{
	__u64 max = term_mask(a->width), x = model__eval(s->m, a) ^ sign;
	__u64 y = model__eval(s->m, b) ^ sign;
	unsigned int way = rnd(s) % 6, i;

	for (i = 0; i < 6; i++, way = (way + 1) % 6) {
		bool left = way % 2;
		const struct term *t = left ? a : b;
		__u64 v;

		if (t->op == T_CONST)
			continue;
		if (!no && (left ? !y : x == max))
			continue;
		if (no)
			v = left ? (way == 1 ? y : way == 3 && y < max ? y + 1 : max) :
				   (way == 0 ? x : way == 2 && x ? x - 1 : 0);
		else
			v = left ? (way == 1 ? y - 1 : way == 3 ? y / 2 : 0) :
				   (way == 0 ? x + 1 : way == 2 ? max - (max - x) / 2 : max);
		if (try(s, t, v ^ sign, depth))
			return true;
	}
	return false;
}

/* Return: whether @t has the value now. */
static bool push(struct search *s, const struct term *t, __u64 want, int depth)
{
	__u64 sign;

	if (model__eval(s->m, t) == want)
		return true;
	if (!depth-- || ++s->m->spent > MODEL_STEPS)
		return false;
	switch (t->op) {
	case T_CONST:
		return false;
	case T_VAR:
		if (!model__is_free(t) || want < t->min || want > t->max)
			return false;
		model__set(s->m, t, want);
		return true;
	case T_LOAD:
		model__set(s->m, t, want);
		return true;
	case T_CONCAT:
		return push_concat(s, t, want, depth);
	case T_EXTRACT:
		return push_extract(s, t, want, depth);
	case T_SEXT:
		return try(s, t->arg[0], want, depth) && model__eval(s->m, t) == want;
	case T_SUM:
		return push_sum(s, t, want, depth);
	case T_OPAQUE:
		return push_opaque(s, t, want, depth);
	case T_NOT:
		return push(s, t->arg[0], !want, depth);
	case T_EQ:
		return (want ? make_equal : make_differ)(s, t->arg[0], t->arg[1], depth);
	}
	sign = t->op == T_SLT ? 1ULL << (t->arg[0]->width - 1) : 0;
	return make_less(s, t->arg[0], t->arg[1], !want, sign, depth);
}

/* Small values first; later rounds begin with others. */
static void begin(struct search *s, const struct conds *c, unsigned int round)
{
	unsigned int i;

	model__clear(s->m);
	for (i = 0; i < c->nr_leaves && round; i++) {
		const struct term *t = c->leaf[i];
		__u64 v = rnd(s) % 4 ? rnd(s) % 4 : rnd(s) % 2 ? pattern(s) : rnd(s);

		if (t->op == T_LOAD || (model__is_free(t) && v >= t->min && v <= t->max))
			model__set(s->m, t, v);
	}
}

/**
 * search__model - find a model by trying
 * @m: result
 * @c: what has to hold
 * @seed: not 0; another one finds other models first
 *
 * Return: ANSWER_MODEL or ANSWER_NONE.
 */
enum answer search__model(struct model *m, const struct conds *c, __u64 seed)
{
	struct search s = { .m = m, .seed = seed * 0x9e3779b97f4a7c15ULL | 1 };
	const struct term *wrong[CONDS_MAX];
	unsigned int n, i, nr;

	if (c->full)
		return ANSWER_NONE;
	for (n = 0; n < STEPS_MAX && m->spent < MODEL_STEPS; n++, m->spent += c->nr) {
		if (n % STEPS_FRESH == 0)
			begin(&s, c, n / STEPS_FRESH);
		for (i = nr = 0; i < c->nr; i++)
			if (!model__eval(m, c->cond[i]))
				wrong[nr++] = c->cond[i];
		if (!nr && model__fits(m, c))
			return ANSWER_MODEL;
		if (nr)
			push(&s, wrong[rnd(&s) % nr], 1, PUSH_DEPTH);
	}
	return ANSWER_NONE;
}

static bool part_of(const struct term *part, const struct term *t)
{
	return part == t || (part->op == T_EXTRACT && part->arg[0] == t);
}

/* A number of elements stands in memory, too. */
static void set_alike(struct model *m, const struct conds *c, const struct term *t, __u64 v)
{
	const struct term *a, *b, *other;
	unsigned int i;

	for (i = 0; i < c->nr; i++) {
		if (c->cond[i]->op != T_EQ)
			continue;
		a = c->cond[i]->arg[0];
		b = c->cond[i]->arg[1];
		other = part_of(b, t) ? a : part_of(a, t) ? b : NULL;
		if (other && other->op == T_CONCAT)
			other = other->arg[0];
		if (other && other->op == T_LOAD)
			model__set(m, other, v);
	}
	model__set(m, t, v);
}

static bool may_be(struct model *m, const struct conds *c, const struct term *t, __u64 v)
{
	__u64 was = model__eval(m, t);
	struct model_byte *bytes = NULL;
	size_t nr = m->nr_bytes;

	model__set(m, t, v);
	if (model__fits(m, c))
		return true;
	model__set(m, t, was);
	if (t->op != T_VAR || t->kind != V_ELEMS)
		return false;
	if (nr) {
		bytes = terms__alloc(m->ts, nr * sizeof(*bytes));
		memcpy(bytes, m->bytes, nr * sizeof(*bytes));
	}
	set_alike(m, c, t, v);
	if (model__fits(m, c))
		return true;
	if (nr)
		memcpy(m->bytes, bytes, nr * sizeof(*bytes));
	m->nr_bytes = nr;
	model__set(m, t, was);
	return false;
}

/* A reader wants zeros and small numbers where others say no more. */
void model__simplify(struct model *m, const struct conds *c)
{
	unsigned int i, k;
	__u64 low, mid;

	for (i = 0; i < c->nr_leaves && m->spent < MODEL_STEPS; i++) {
		const struct term *t = c->leaf[i];

		if (t->op == T_VAR && !model__is_free(t))
			continue;
		/* A container with something in it. */
		if (t->op == T_VAR && t->kind == V_ELEMS && may_be(m, c, t, 1))
			continue;
		for (low = 0; low < 3 && low < model__eval(m, t); low++)
			if (may_be(m, c, t, low))
				break;
		/* Half the way down, as often as that works. */
		for (k = 0; k < 64 && low + 1 < model__eval(m, t); k++) {
			mid = low + (model__eval(m, t) - low) / 2;
			if (!may_be(m, c, t, mid))
				low = mid;
		}
	}
}
