// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Arithmetic and conditions on terms. */
#include <string.h>

#include "term_int.h"
#include "vm/insn.h"

typedef unsigned __int128 u128;

static unsigned int log2_of(__u64 v)
{
	return 63 - __builtin_clzll(v);
}

static bool is_power(__u64 v)
{
	return v && !(v & (v - 1));
}

static void lin_add(struct terms *ts, struct lin *l, const struct term *atom, __u64 coef)
{
	unsigned int i;

	coef &= term_mask(l->width);
	for (i = 0; i < l->nr; i++) {
		if (l->atom[i] != atom)
			continue;
		l->coef[i] = (l->coef[i] + coef) & term_mask(l->width);
		if (!l->coef[i]) {
			l->nr--;
			l->atom[i] = l->atom[l->nr];
			l->coef[i] = l->coef[l->nr];
		}
		return;
	}
	if (!coef)
		return;
	if (l->nr == LIN_MAX)
		longjmp(*ts->bail, BAIL_LIMIT);
	l->atom[l->nr] = atom;
	l->coef[l->nr++] = coef;
}

/* 2^k times something, with a constant below it and zeros above. */
static const struct term *shifted(struct terms *ts, const struct term *t, unsigned int *k)
{
	if (t->op != T_CONCAT || t->nr > 3 || t->arg[0]->op != T_CONST ||
	    t->arg[1]->op == T_CONST)
		return NULL;
	if (t->nr == 3 && (t->arg[2]->op != T_CONST || t->arg[2]->val))
		return NULL;
	*k = t->arg[0]->width;
	return term__zext(ts, t->arg[1], t->width);
}

/* Bits at the lower end that are certainly zero. */
static unsigned int low_zeros(const struct term *t)
{
	unsigned int i, n = t->val ? __builtin_ctzll(t->val) : 63, k;

	if (t->op != T_SUM)
		return 0;
	for (i = 0; i < t->nr; i++) {
		k = __builtin_ctzll(t->coef[i]);
		n = k < n ? k : n;
	}
	return n;
}

void lin__of(struct terms *ts, struct lin *l, const struct term *t)
{
	unsigned int i, k;
	const struct term *x;

	memset(l, 0, sizeof(*l));
	l->width = t->width;
	if (t->op == T_CONST) {
		l->val = t->val;
	} else if (t->op == T_SUM) {
		l->val = t->val;
		for (i = 0; i < t->nr; i++)
			lin_add(ts, l, t->arg[i], t->coef[i]);
	} else if ((x = shifted(ts, t, &k))) {
		l->val = t->arg[0]->val;
		lin_add(ts, l, x, 1ULL << k);
	} else {
		lin_add(ts, l, t, 1);
	}
}

static void sort_atoms(struct lin *l)
{
	const struct term *t;
	unsigned int i, k;
	__u64 c;

	for (i = 1; i < l->nr; i++) {
		for (k = i; k && l->atom[k - 1]->id > l->atom[k]->id; k--) {
			t = l->atom[k];
			l->atom[k] = l->atom[k - 1];
			l->atom[k - 1] = t;
			c = l->coef[k];
			l->coef[k] = l->coef[k - 1];
			l->coef[k - 1] = c;
		}
	}
}

/* The range, if the sum cannot wrap. A large constant is a subtraction. */
static void range_of(struct term *t, const struct lin *l)
{
	__u64 mask = term_mask(l->width), minus = 0;
	u128 min = 0, max = 0;
	unsigned int i;

	t->max = mask;
	if (l->val >> (l->width - 1))
		minus = -l->val & mask;
	else
		min = max = l->val;
	for (i = 0; i < l->nr; i++) {
		if (l->coef[i] >> 62)
			return;
		min += (u128)l->coef[i] * l->atom[i]->min;
		max += (u128)l->coef[i] * l->atom[i]->max;
	}
	if (max > (u128)mask + minus || min < minus)
		return;
	t->exact = true;
	t->min = min - minus;
	t->max = max - minus;
}

const struct term *lin__term(struct terms *ts, const struct lin *from)
{
	struct term t = { .op = T_SUM, .width = from->width };
	const struct term *parts[2];
	struct lin l = *from;
	unsigned int k;

	l.val &= term_mask(l.width);
	if (!l.nr)
		return term__const(ts, l.width, l.val);
	if (l.nr == 1 && !l.val && is_power(l.coef[0])) {
		k = log2_of(l.coef[0]);
		if (!k)
			return l.atom[0];
		if ((u128)l.atom[0]->max << k <= term_mask(l.width)) {
			parts[0] = term__const(ts, k, 0);
			parts[1] = term__extract(ts, l.atom[0], 0, l.width - k);
			return term__concat(ts, parts, 2);
		}
	}
	sort_atoms(&l);
	t.nr = l.nr;
	t.val = l.val;
	range_of(&t, &l);
	return term__intern(ts, &t, l.atom, l.coef);
}

static bool divide_signed(__u64 *val, unsigned int width, __u64 by)
{
	bool minus = *val >> (width - 1) & 1;
	__u64 v = minus ? -*val & term_mask(width) : *val;

	if (v % by)
		return false;
	*val = (minus ? -(v / by) : v / by) & term_mask(width);
	return true;
}

bool lin__divide(struct lin *l, __u64 by)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (!divide_signed(&l->coef[i], l->width, by))
			return false;
	return divide_signed(&l->val, l->width, by);
}

const struct term *term__scale(struct terms *ts, const struct term *a, __u64 c)
{
	struct lin l, r = { .width = a->width };
	unsigned int i;

	lin__of(ts, &l, a);
	r.val = l.val * c;
	for (i = 0; i < l.nr; i++)
		lin_add(ts, &r, l.atom[i], l.coef[i] * c);
	return lin__term(ts, &r);
}

static const struct term *sum(struct terms *ts, const struct term *a, const struct term *b,
			      __u64 times)
{
	struct lin l, r;
	unsigned int i;

	lin__of(ts, &l, a);
	lin__of(ts, &r, b);
	l.val += r.val * times;
	for (i = 0; i < r.nr; i++)
		lin_add(ts, &l, r.atom[i], r.coef[i] * times);
	return lin__term(ts, &l);
}

const struct term *term__add(struct terms *ts, const struct term *a, const struct term *b)
{
	return sum(ts, a, b, 1);
}

const struct term *term__sub(struct terms *ts, const struct term *a, const struct term *b)
{
	return sum(ts, a, b, -1ULL);
}

const struct term *term__add_const(struct terms *ts, const struct term *a, __u64 c)
{
	return sum(ts, a, term__const(ts, a->width, c), 1);
}

static const struct term *opaque(struct terms *ts, unsigned int op, bool is_signed,
				 const struct term *a, const struct term *b, __u64 max)
{
	struct term t = { .op = T_OPAQUE, .kind = op | is_signed, .width = a->width, .nr = 2,
			  .max = max & term_mask(a->width) };
	const struct term *args[2] = { a, b };

	return term__intern(ts, &t, args, NULL);
}

/* All of a sum divided, when nothing wraps and only the constant leaves a rest. */
static const struct term *divide(struct terms *ts, const struct term *a, __u64 by)
{
	struct lin l;
	unsigned int i;

	lin__of(ts, &l, a);
	if ((a->op == T_SUM && !a->exact) || l.val >> (l.width - 1))
		return NULL;
	for (i = 0; i < l.nr; i++) {
		if (l.coef[i] % by)
			return NULL;
		l.coef[i] /= by;
	}
	l.val /= by;
	return lin__term(ts, &l);
}

static const struct term *shift_right(struct terms *ts, const struct term *a, unsigned int k)
{
	const struct term *parts[2], *q;

	if (!k)
		return a;
	q = k < 63 ? divide(ts, a, 1ULL << k) : NULL;
	if (q && a->op == T_SUM)
		return q;
	parts[0] = term__extract(ts, a, k, a->width - k);
	parts[1] = term__const(ts, k, 0);
	return term__concat(ts, parts, 2);
}

static const struct term *shift_left(struct terms *ts, const struct term *a, unsigned int k)
{
	const struct term *parts[2];

	if (!k)
		return a;
	if (a->op == T_SUM)
		return term__scale(ts, a, 1ULL << k);
	parts[0] = term__const(ts, k, 0);
	parts[1] = term__extract(ts, a, 0, a->width - k);
	return term__concat(ts, parts, 2);
}

static const struct term *bit_op(struct terms *ts, unsigned int op, const struct term *a,
				 const struct term *b)
{
	__u64 ones = term_mask(a->width);

	if (a->op == T_CONST && b->op == T_CONST)
		return term__const(ts, a->width, op == BPF_AND ? a->val & b->val :
				   op == BPF_OR ? a->val | b->val : a->val ^ b->val);
	if (a == b)
		return op == BPF_XOR ? term__const(ts, a->width, 0) : a;
	if (a->op == T_CONST || (b->op != T_CONST && a->id > b->id)) {
		const struct term *x = a;

		a = b;
		b = x;
	}
	if (term_is(b, 0))
		return op == BPF_AND ? b : a;
	if (term_is(b, ones) && op != BPF_XOR)
		return op == BPF_AND ? a : b;
	return opaque(ts, op, false, a, b, op == BPF_AND ? (a->max < b->max ? a->max : b->max) :
		      ~0ULL);
}

/* The next bit from @at up where @t may be of another kind. */
static unsigned int next_edge(const struct term *t, unsigned int at)
{
	unsigned int pos = 0, i;

	if (t->op == T_CONST) {
		for (i = at + 1; i < t->width; i++)
			if ((t->val >> i & 1) != (t->val >> at & 1))
				break;
		return i;
	}
	if (t->op != T_CONCAT) {
		/* Zeros that only the range knows of. */
		i = t->max ? log2_of(t->max) + 1 : 0;
		return at < i && i < t->width ? i : t->width;
	}
	for (i = 0; i < t->nr; i++) {
		pos += t->arg[i]->width;
		if (pos > at)
			break;
	}
	return pos;
}

/* Bit operations part by part, so that masks and shifted pieces become concatenations. */
static const struct term *bitwise(struct terms *ts, unsigned int op, const struct term *a,
				  const struct term *b)
{
	const struct term *parts[TERM_ARGS];
	unsigned int at = 0, nr = 0, i, k, end;
	__u64 can;

	/* A mask that takes nothing away. */
	if (op == BPF_AND && b->op == T_CONST && a->op != T_CONST) {
		can = a->max ? term_mask(log2_of(a->max) + 1) : 0;
		if (low_zeros(a))
			can &= ~term_mask(low_zeros(a));
		if (!(can & ~b->val))
			return a;
	}
	/* An "or" into zeros is an addition. */
	if (op != BPF_AND && b->op == T_CONST && a->op == T_SUM && b->val >> low_zeros(a) == 0)
		return term__add(ts, a, b);
	if (a == b || (a->op != T_CONST && b->op != T_CONST && a->op != T_CONCAT &&
		       b->op != T_CONCAT && op == BPF_AND))
		return bit_op(ts, op, a, b);
	while (at < a->width) {
		i = next_edge(a, at);
		k = next_edge(b, at);
		end = i < k ? i : k;
		parts[nr++] = bit_op(ts, op, term__extract(ts, a, at, end - at),
				     term__extract(ts, b, at, end - at));
		at = end;
	}
	return term__concat(ts, parts, nr);
}

static __u64 fold(unsigned int op, bool is_signed, unsigned int width, __u64 a, __u64 b)
{
	unsigned int up = 64 - width;
	__s64 sa = (__s64)(a << up) >> up, sb = (__s64)(b << up) >> up;

	switch (op) {
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		if (is_signed)
			return sb == -1 ? 0 - a : (__u64)(sb ? sa / sb : 0);
		return b ? a / b : 0;
	case BPF_MOD:
		if (is_signed)
			return sb == -1 ? 0 : (__u64)(sb ? sa % sb : sa);
		return b ? a % b : a;
	case BPF_LSH:
		return a << (b & (width - 1));
	case BPF_RSH:
		return a >> (b & (width - 1));
	default:
		return (__u64)(sa >> (b & (width - 1)));
	}
}

static const struct term *divided(struct terms *ts, unsigned int op, const struct term *a, __u64 c)
{
	const struct term *q;

	if (!c)
		return op == BPF_DIV ? term__const(ts, a->width, 0) : a;
	if (op == BPF_MOD) {
		if (is_power(c))
			return bitwise(ts, BPF_AND, a, term__const(ts, a->width, c - 1));
		return opaque(ts, op, false, a, term__const(ts, a->width, c),
			      a->max < c ? a->max : c - 1);
	}
	q = divide(ts, a, c);
	if (q)
		return q;
	if (is_power(c))
		return shift_right(ts, a, log2_of(c));
	return opaque(ts, op, false, a, term__const(ts, a->width, c), a->max / c);
}

const struct term *term__alu(struct terms *ts, unsigned int op, bool is_signed,
			     const struct term *a, const struct term *b)
{
	unsigned int k = b->val & (a->width - 1);

	switch (op) {
	case BPF_ADD:
		return term__add(ts, a, b);
	case BPF_SUB:
		return term__sub(ts, a, b);
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return bitwise(ts, op, a, b);
	}
	if (a->op == T_CONST && b->op == T_CONST)
		return term__const(ts, a->width, fold(op, is_signed, a->width, a->val, b->val));
	if (op == BPF_MUL && (a->op == T_CONST || b->op == T_CONST))
		return a->op == T_CONST ? term__scale(ts, b, a->val) : term__scale(ts, a, b->val);
	if (b->op != T_CONST)
		return opaque(ts, op, is_signed, a, b, ~0ULL);
	if (op == BPF_LSH)
		return shift_left(ts, a, k);
	if (op == BPF_RSH)
		return shift_right(ts, a, k);
	if (op == BPF_ARSH)
		return term__sext(ts, term__extract(ts, a, k, a->width - k), a->width);
	if (!is_signed || a->max >> (a->width - 1) == 0)
		if (!is_signed || b->val >> (b->width - 1) == 0)
			return divided(ts, op, a, b->val);
	return opaque(ts, op, is_signed, a, b, ~0ULL);
}

static const struct term *truth(struct terms *ts, bool v)
{
	return term__const(ts, 1, v);
}

const struct term *term__not(struct terms *ts, const struct term *a)
{
	struct term t = { .op = T_NOT, .width = 1, .nr = 1, .max = 1 };

	if (a->op == T_CONST)
		return truth(ts, !a->val);
	if (a->op == T_NOT)
		return a->arg[0];
	return term__intern(ts, &t, &a, NULL);
}

static const struct term *relation(struct terms *ts, enum term_op op, const struct term *a,
				   const struct term *b)
{
	struct term t = { .op = op, .width = 1, .nr = 2, .max = 1 };
	const struct term *args[2] = { a, b };

	return term__intern(ts, &t, args, NULL);
}

/* Zeros above are the same on both sides: compare what is below. */
static unsigned int used_width(const struct term *t)
{
	const struct term *top;

	if (t->op == T_CONST)
		return t->val ? log2_of(t->val) + 1 : 1;
	if (t->op != T_CONCAT)
		return t->width;
	top = t->arg[t->nr - 1];
	return top->op == T_CONST && !top->val ? t->width - top->width : t->width;
}

static void narrow(struct terms *ts, const struct term **a, const struct term **b)
{
	unsigned int x = used_width(*a), y = used_width(*b), w = x > y ? x : y;

	if (w < (*a)->width) {
		*a = term__extract(ts, *a, 0, w);
		*b = term__extract(ts, *b, 0, w);
	}
}

const struct term *term__eq(struct terms *ts, const struct term *a, const struct term *b)
{
	const struct term *d;
	unsigned int i, at;

	narrow(ts, &a, &b);
	if (a == b)
		return truth(ts, true);
	if (a->max < b->min || b->max < a->min)
		return truth(ts, false);
	if (a->op == T_CONST) {
		d = a;
		a = b;
		b = d;
	}
	if (b->op == T_CONST && a->op == T_CONCAT) {
		/* Known bits that differ decide; known bits that agree say nothing. */
		for (i = at = 0; i < a->nr; at += a->arg[i++]->width)
			if (a->arg[i]->op == T_CONST &&
			    a->arg[i]->val != (b->val >> at & term_mask(a->arg[i]->width)))
				return truth(ts, false);
		for (i = at = 0; i < a->nr && a->arg[i]->op == T_CONST; i++)
			at += a->arg[i]->width;
		if (at)
			return term__eq(ts, term__extract(ts, a, at, a->width - at),
					term__const(ts, a->width - at, b->val >> at));
	}
	d = term__sub(ts, a, b);
	if (d->op == T_CONST)
		return truth(ts, !d->val);
	if (b->op == T_CONST && a->op == T_SUM && a->nr == 1 && a->coef[0] == 1)
		return term__eq(ts, a->arg[0], term__const(ts, a->width, b->val - a->val));
	if (b->op != T_CONST && a->id > b->id)
		return relation(ts, T_EQ, b, a);
	return relation(ts, T_EQ, a, b);
}

const struct term *term__ult(struct terms *ts, const struct term *a, const struct term *b)
{
	narrow(ts, &a, &b);
	if (a->max < b->min)
		return truth(ts, true);
	if (a == b || a->min >= b->max)
		return truth(ts, false);
	/* Less than one is zero. */
	if (term_is(b, 1))
		return term__eq(ts, a, term__const(ts, a->width, 0));
	return relation(ts, T_ULT, a, b);
}

const struct term *term__slt(struct terms *ts, const struct term *a, const struct term *b)
{
	unsigned int top = a->width - 1;

	if (a->max >> top == 0 && b->max >> top == 0)
		return term__ult(ts, a, b);
	if (a == b)
		return truth(ts, false);
	if (a->op == T_CONST && b->op == T_CONST)
		return truth(ts, (__s64)(a->val << (63 - top)) < (__s64)(b->val << (63 - top)));
	/* Negative or not is the top bit. */
	if (term_is(b, 0))
		return term__eq(ts, term__extract(ts, a, top, 1), term__const(ts, 1, 1));
	if (a->op == T_CONST && a->val == term_mask(a->width))
		return term__eq(ts, term__extract(ts, b, top, 1), term__const(ts, 1, 0));
	return relation(ts, T_SLT, a, b);
}

/* A map under way, and what became of the parts that it met last. */
#define SEEN	256
struct mapping {
	struct terms *ts;
	term_map_fn fn;
	void *priv;
	const struct term *seen[SEEN];
	const struct term *to[SEEN];
};

static const struct term *map_once(struct mapping *m, const struct term *t);

static const struct term *map(struct mapping *m, const struct term *t)
{
	const struct term *to;

	terms__work(m->ts);
	if (m->seen[t->id % SEEN] == t)
		return m->to[t->id % SEEN];
	to = map_once(m, t);
	m->seen[t->id % SEEN] = t;
	m->to[t->id % SEEN] = to;
	return to;
}

static const struct term *map_once(struct mapping *m, const struct term *t)
{
	const struct term *args[TERM_ARGS], *to = m->fn(t, m->priv);
	struct terms *ts = m->ts;
	struct lin l = { .width = t->width, .val = t->val };
	unsigned int i;
	bool same = true;

	if (to)
		return to;
	for (i = 0; i < t->nr; i++) {
		args[i] = map(m, t->arg[i]);
		same &= args[i] == t->arg[i];
	}
	if (same)
		return t;
	switch (t->op) {
	case T_LOAD:
		return term__load(ts, t->val, args[0], t->width / 8);
	case T_CONCAT:
		return term__concat(ts, args, t->nr);
	case T_EXTRACT:
		return term__extract(ts, args[0], t->val, t->width);
	case T_SEXT:
		return term__sext(ts, args[0], t->width);
	case T_OPAQUE:
		return term__alu(ts, t->kind & ~1U, t->kind & 1, args[0], args[1]);
	case T_EQ:
		return term__eq(ts, args[0], args[1]);
	case T_ULT:
		return term__ult(ts, args[0], args[1]);
	case T_SLT:
		return term__slt(ts, args[0], args[1]);
	case T_NOT:
		return term__not(ts, args[0]);
	}
	for (i = 0; i < t->nr; i++) {
		struct lin part;
		unsigned int k;

		lin__of(ts, &part, args[i]);
		l.val += part.val * t->coef[i];
		for (k = 0; k < part.nr; k++)
			lin_add(ts, &l, part.atom[k], part.coef[k] * t->coef[i]);
	}
	return lin__term(ts, &l);
}

const struct term *term__map(struct terms *ts, const struct term *t, term_map_fn fn, void *priv)
{
	struct mapping m = { .ts = ts, .fn = fn, .priv = priv };

	return map(&m, t);
}

struct replacement {
	const struct term *from;
	const struct term *to;
};

static const struct term *replace(const struct term *t, void *priv)
{
	const struct replacement *r = priv;

	return t == r->from ? r->to : NULL;
}

/* @t with @to in place of @from. */
const struct term *term__subst(struct terms *ts, const struct term *t, const struct term *from,
			       const struct term *to)
{
	struct replacement r = { from, to };

	return term__map(ts, t, replace, &r);
}
