// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Terms of the verifier against plain arithmetic: whatever the simplifier makes of an
 * expression has the value of that expression, and lies in the range that it claims.
 */
#include <stdlib.h>

#include "../test.h"
#include "verify/model.h"
#include "verify/path.h"
#include "vm/insn.h"

#define ROUNDS	4000
#define OPS	14
#define POOL	16

static jmp_buf bail;
static __u64 memory[8];		/* region 1; bytes */
static __u64 vars[4];
static __u64 seed = 0x9e3779b97f4a7c15ULL;

static __u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static __u64 sext(__u64 v, unsigned int width)
{
	return (__u64)((__s64)(v << (64 - width)) >> (64 - width));
}

static __u64 eval(const struct term *t);

static __u64 eval_op(const struct term *t, __u64 a, __u64 b)
{
	unsigned int w = t->width;

	switch (t->kind & ~1U) {
	case BPF_AND: return a & b;
	case BPF_OR: return a | b;
	case BPF_XOR: return a ^ b;
	case BPF_MUL: return a * b;
	case BPF_DIV:
		if (t->kind & 1)
			return b == term_mask(w) ? -a : b ? (__u64)((__s64)sext(a, w) /
								    (__s64)sext(b, w)) : 0;
		return b ? a / b : 0;
	case BPF_MOD:
		if (t->kind & 1)
			return b == term_mask(w) ? 0 : b ? (__u64)((__s64)sext(a, w) %
								   (__s64)sext(b, w)) : a;
		return b ? a % b : a;
	case BPF_LSH: return a << (b & (w - 1));
	case BPF_RSH: return a >> (b & (w - 1));
	default: return (__u64)((__s64)sext(a, w) >> (b & (w - 1)));
	}
}

static __u64 eval_memory(const struct term *t)
{
	__u64 v = 0, off = eval(t->arg[0]);

	memcpy(&v, (__u8 *)memory + off, t->width / 8);
	return v;
}

static __u64 eval(const struct term *t)
{
	__u64 v = 0, a = t->nr ? eval(t->arg[0]) : 0, b = t->nr > 1 ? eval(t->arg[1]) : 0;
	unsigned int i, at = 0;

	switch (t->op) {
	case T_CONST: v = t->val; break;
	case T_VAR: v = vars[t->val]; break;
	case T_LOAD: v = eval_memory(t); break;
	case T_CONCAT:
		for (i = 0; i < t->nr; at += t->arg[i++]->width)
			v |= eval(t->arg[i]) << at;
		break;
	case T_EXTRACT: v = a >> t->val; break;
	case T_SEXT: v = sext(a, t->arg[0]->width); break;
	case T_SUM:
		v = t->val;
		for (i = 0; i < t->nr; i++)
			v += t->coef[i] * eval(t->arg[i]);
		break;
	case T_OPAQUE: v = eval_op(t, a, b); break;
	case T_EQ: v = a == b; break;
	case T_ULT: v = a < b; break;
	case T_SLT:
		v = (__s64)sext(a, t->arg[0]->width) < (__s64)sext(b, t->arg[0]->width);
		break;
	case T_NOT: v = !a; break;
	}
	return v & term_mask(t->width);
}

struct pair {
	const struct term *t;
	__u64 v;
};

/* Constants as programs have them: small, masks, single bits. */
static __u64 constant(void)
{
	switch (rnd() % 4) {
	case 0: return rnd() % 100;
	case 1: return term_mask(1 + rnd() % 64) << rnd() % 32;
	case 2: return 1ULL << rnd() % 64;
	default: return -(rnd() % 5000);
	}
}

static struct pair leaf(struct terms *ts)
{
	unsigned int i = rnd() % 4, bytes = 1U << rnd() % 4;
	const struct term *off;

	if (rnd() % 3 == 0) {
		__u64 c = constant();

		return (struct pair){ term__const(ts, 64, c), c };
	}
	if (rnd() % 2)
		return (struct pair){ term__var(ts, V_ARG, i, 64, 0, i == 3 ? ~0ULL : 1 << 20),
				      vars[i] };
	i = rnd() % 32;
	off = term__const(ts, 64, i);
	off = term__zext(ts, term__load(ts, 1, off, bytes), 64);
	return (struct pair){ off, eval(off) };
}

static struct pair combine(struct terms *ts, struct pair a, struct pair b)
{
	static const unsigned int ops[] = {
		BPF_ADD, BPF_SUB, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH, BPF_RSH, BPF_ARSH,
		BPF_MUL, BPF_DIV, BPF_MOD,
	};
	unsigned int op = ops[rnd() % 11], w = rnd() % 3 ? 64 : 32;
	bool is_signed = (op == BPF_DIV || op == BPF_MOD) && rnd() % 2;
	struct term like = { .op = T_OPAQUE, .kind = op | is_signed, .width = w };
	__u64 x = a.v & term_mask(w), y = b.v & term_mask(w), v;

	if ((op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH) && rnd() % 4) {
		y = rnd() % w;
		b.t = term__const(ts, 64, y);
	}
	v = op == BPF_ADD ? x + y : op == BPF_SUB ? x - y : eval_op(&like, x, y);
	a.t = term__alu(ts, op, is_signed, term__extract(ts, a.t, 0, w),
			term__extract(ts, b.t, 0, w));
	if (rnd() % 4 == 0)
		return (struct pair){ term__sext(ts, a.t, 64), sext(v & term_mask(w), w) };
	return (struct pair){ term__zext(ts, a.t, 64), v & term_mask(w) };
}

static bool compare(struct terms *ts, struct pair a, struct pair b)
{
	const struct term *c[3] = { term__eq(ts, a.t, b.t), term__ult(ts, a.t, b.t),
				    term__slt(ts, a.t, b.t) };
	bool want[3] = { a.v == b.v, a.v < b.v, (__s64)a.v < (__s64)b.v };
	const struct fact *f = NULL;
	const struct term *holds;
	struct term_range r;
	int i, d;

	for (i = 0; i < 3; i++) {
		if (eval(c[i]) != want[i])
			return false;
		/* What holds is assumed; then all that is concluded has to hold, too. */
		holds = want[i] ? c[i] : term__not(ts, c[i]);
		f = path__assume(ts, f, holds, 0);
		r = path__range(ts, f, a.t);
		if (a.v < r.min || a.v > r.max || eval(path__norm(ts, f, a.t)) != a.v)
			return false;
		r = path__range(ts, f, b.t);
		if (b.v < r.min || b.v > r.max)
			return false;
		d = path__decide(ts, f, c[(i + 1) % 3]);
		if (d >= 0 && d != want[(i + 1) % 3])
			return false;
	}
	return true;
}

static bool good(struct pair p)
{
	return eval(p.t) == p.v && p.v >= p.t->min && p.v <= p.t->max;
}

static bool one_round(void)
{
	struct pair pool[POOL];
	struct terms ts;
	bool ok = true;
	unsigned int i, nr = 4;

	if (terms__init(&ts, &bail))
		return false;
	for (i = 0; i < 8; i++)
		memory[i] = rnd() % 3 ? rnd() : rnd() % 256;
	for (i = 0; i < 4; i++)
		vars[i] = i == 3 ? rnd() : rnd() % ((1 << 20) + 1);
	if (setjmp(bail)) {	/* too large is an answer */
		terms__free(&ts);
		return true;
	}
	for (i = 0; i < nr; i++)
		pool[i] = leaf(&ts);
	for (i = 0; i < OPS && ok; i++) {
		unsigned int a = rnd() % 4, b = rnd() % 4;

		pool[a] = combine(&ts, pool[a], pool[b]);
		ok = good(pool[a]) && compare(&ts, pool[a], pool[b]);
		if (rnd() % 3 == 0)
			pool[b] = leaf(&ts);
	}
	terms__free(&ts);
	return ok;
}

static void random_terms(void)
{
	unsigned int i;
	__u64 was = 0;
	bool ok = true;

	for (i = 0; i < ROUNDS && ok; i++) {
		was = seed;
		ok = one_round();
	}
	CHECK(ok, "%u rounds; the last began with seed 0x%llx", i, (unsigned long long)was);
}

static bool count(const struct term *t, void *priv)
{
	unsigned int *nr = priv;

	(void)t;
	return ++*nr < 100000;
}

static const struct term *keep(const struct term *t, void *priv)
{
	count(t, priv);
	return NULL;
}

/* x ^ (x >> y) again and again: 60 steps that share what 2^60 would be written out. */
static void shared_terms(void)
{
	const struct term *x, *y;
	unsigned int nr = 0, i;
	struct terms ts;

	if (terms__init(&ts, &bail))
		return;
	if (setjmp(bail)) {
		CHECK(false, "60 steps are too large");
		terms__free(&ts);
		return;
	}
	x = term__var(&ts, V_ARG, 0, 64, 0, ~0ULL);
	y = term__var(&ts, V_ARG, 1, 64, 0, ~0ULL);
	for (i = 0; i < 60; i++)
		x = term__alu(&ts, BPF_XOR, false, x, term__alu(&ts, BPF_RSH, false, x, y));
	term__walk(&ts, x, count, &nr);
	CHECK(nr > 60 && nr < 1000, "%u calls for 60 steps", nr);
	nr = 0;
	CHECK(term__map(&ts, x, keep, &nr) == x && nr < 1000, "%u calls for 60 steps", nr);
	terms__free(&ts);
}

/* Memory is one run of bits, also where no load has all of it: from bit 3 to bit 67, say. */
static void memory_runs(void)
{
	const struct term *whole, *parts[3], *off;
	volatile unsigned int wrong = 0, other = 0;
	unsigned int lo, width, k;
	struct terms ts;

	if (terms__init(&ts, &bail))
		return;
	if (setjmp(bail)) {
		CHECK(false, "64 bits are too large");
		terms__free(&ts);
		return;
	}
	memory[0] = rnd();
	memory[1] = rnd();
	off = term__const(&ts, 64, 0);
	for (lo = 0; lo < 8; lo++)
		for (width = 2; width <= 64; width++)
			for (k = 1; k < width; k++) {
				__u64 v = memory[0] >> lo;

				if (lo)
					v |= memory[1] << (64 - lo);
				whole = term__memory(&ts, 1, off, lo, width);
				parts[0] = term__memory(&ts, 1, off, lo, k);
				parts[1] = term__memory(&ts, 1, off, lo + k, width - k);
				other += term__concat(&ts, parts, 2) != whole;
				wrong += eval(whole) != (v & term_mask(width));
				wrong += eval(parts[1]) != (v & term_mask(width)) >> k;
				other += term__extract(&ts, whole, k, width - k) != parts[1];
			}
	CHECK(!wrong, "%u runs have another value", wrong);
	CHECK(!other, "%u runs have another form when they are put together", other);
	terms__free(&ts);
}

/* x * y ^ y again and again: deeper than anybody can follow by recursion. */
static void deep_terms(void)
{
	const struct term *volatile x = NULL;
	const struct term *y;
	volatile unsigned int i = 0;
	struct terms ts;
	int why;

	if (terms__init(&ts, &bail))
		return;
	why = setjmp(bail);
	if (!why) {
		x = term__var(&ts, V_ARG, 0, 64, 0, ~0ULL);
		y = term__var(&ts, V_ARG, 1, 64, 0, ~0ULL);
		for (i = 0; i < 1000000; i++)
			x = term__alu(&ts, BPF_XOR, false, term__alu(&ts, BPF_MUL, false, x, y),
				      y);
	}
	CHECK(why == BAIL_LIMIT && i > 100 && i < 10000, "%u steps are too many (%d)", i, why);
	terms__free(&ts);
}

/* What takes too long ends, whatever it is. */
static void too_much(void)
{
	volatile unsigned int n = 0;
	struct terms ts;
	int why;

	if (terms__init(&ts, &bail))
		return;
	why = setjmp(bail);
	while (!why && n < 1U << 30) {
		terms__work(&ts);
		n++;
	}
	CHECK(why == BAIL_LIMIT && n >= 1 << 20, "work ends after %u steps", n);
	terms__free(&ts);
	n = 0;
	if (terms__init(&ts, &bail))
		return;
	why = setjmp(bail);
	while (!why && n < 4096) {
		terms__alloc(&ts, 1 << 20);
		n++;
	}
	CHECK(why == BAIL_LIMIT && n >= 64 && n < 512, "memory ends after %u MiB", n);
	terms__free(&ts);
}

/* Conditions that hold for what @memory and @vars are: so there is a model. */
static void true_conditions(struct terms *ts, struct conds *c)
{
	const struct term *t;
	struct pair pool[4];
	unsigned int i, k;

	for (i = 0; i < 4; i++)
		pool[i] = leaf(ts);
	for (i = 0; i < 4; i++) {
		pool[rnd() % 4] = combine(ts, pool[rnd() % 4], pool[rnd() % 4]);
		k = rnd() % 4;
		t = rnd() % 2 ? term__eq(ts, pool[k].t, term__const(ts, 64, pool[k].v)) :
				term__ult(ts, pool[k].t, pool[rnd() % 4].t);
		conds__add(c, eval(t) ? t : term__not(ts, t));
	}
}

#define QUERIES	12

static struct {
	struct conds conds;
	struct solver_use use;
	unsigned int tried;
	unsigned int asked;
	unsigned int wrong;
} found;

static void one_query(unsigned int i)
{
	struct conds *c = &found.conds;
	struct model m = { 0 };
	struct terms ts;
	enum answer a;

	if (terms__init(&ts, &bail))
		return;
	if (setjmp(bail)) {
		terms__free(&ts);
		return;
	}
	memset(c, 0, sizeof(*c));
	vars[3] = rnd();
	memory[rnd() % 8] = rnd();
	conds__init(c, &ts);
	true_conditions(&ts, c);
	model__init(&m, &ts);
	a = search__model(&m, c, i + 1);
	found.tried += a == ANSWER_MODEL;
	found.wrong += a == ANSWER_MODEL && !model__fits(&m, c);
	a = solver__model(&found.use, &m, c);
	found.asked += a == ANSWER_MODEL;
	found.wrong += a == ANSWER_IMPOSSIBLE || (a == ANSWER_MODEL && !model__fits(&m, c));
	terms__free(&ts);
}

/* Who looks for models finds what fits, and never says that there is none when there is. */
static void models(void)
{
	unsigned int i;

	for (i = 0; i < QUERIES; i++) {
		found.use.undecided = 0;
		found.use.ns = 0;
		found.use.why = NULL;
		one_query(i);
	}
	CHECK(!found.wrong, "%u answers of %u are wrong", found.wrong, 2 * QUERIES);
	CHECK(found.tried > QUERIES / 2, "trying finds %u of %u models", found.tried, QUERIES);
	if (found.use.why)
		SKIP("%s", found.use.why);
	else
		CHECK(found.asked > QUERIES * 3 / 4, "Z3 finds %u of %u models", found.asked,
		      QUERIES);
}

static const struct term *field(struct terms *ts, unsigned int off)
{
	return term__load(ts, 1, term__const(ts, 64, off), 8);
}

/* What cannot be: only Z3 says so, and without it nobody does. */
static void no_models(void)
{
	struct conds *c = calloc(1, sizeof(*c));
	struct solver_use use = { 0 }, off = { .off = true };
	const struct term *a, *b, *or, *two;
	struct model m = { 0 };
	struct terms ts;

	if (!CHECK(c && !terms__init(&ts, &bail) && !setjmp(bail), "starts"))
		return;
	conds__init(c, &ts);
	a = field(&ts, 0);
	b = field(&ts, 8);
	or = term__alu(&ts, BPF_OR, false, a, b);
	two = term__const(&ts, 64, 1ULL << 32);
	conds__add(c, term__ult(&ts, or, two));
	conds__add(c, term__not(&ts, term__ult(&ts, a, two)));
	model__init(&m, &ts);
	CHECK(search__model(&m, c, 1) == ANSWER_NONE, "trying does not find it");
	CHECK(solver__model(&off, &m, c) == ANSWER_NONE && off.why && !off.queries,
	      "nor does Z3 if it is not to be asked");
	if (solver__model(&use, &m, c) == ANSWER_NONE && use.why)
		SKIP("%s", use.why);
	else
		CHECK(use.queries == 1 && solver__model(&use, &m, c) == ANSWER_IMPOSSIBLE,
		      "Z3 knows that it is not there");
	while (!use.why && use.queries < 1000)
		solver__model(&use, &m, c);
	CHECK(use.why && use.queries < 1000, "there is a budget: %u, then: %s", use.queries,
	      use.why);
	terms__free(&ts);
	free(c);
}

/* A question that Z3 does not survive, or does not understand, has no answer. */
static void no_answers(void)
{
	struct conds *c = calloc(1, sizeof(*c));
	struct solver_use use = { .mib = 1 }, odd = { 0 };
	const struct term *x, *y;
	struct model m = { 0 };
	struct terms ts;
	unsigned int i;

	if (!CHECK(c && !terms__init(&ts, &bail) && !setjmp(bail), "starts"))
		return;
	conds__init(c, &ts);
	x = field(&ts, 0);
	y = field(&ts, 8);
	for (i = 0; i < 12; i++)
		x = term__alu(&ts, BPF_MUL, false, x, term__alu(&ts, BPF_XOR, false, x, y));
	conds__add(c, term__eq(&ts, x, term__const(&ts, 64, 0x123456789abcdefULL)));
	model__init(&m, &ts);
	if (solver__model(&use, &m, c) == ANSWER_NONE && use.why)
		SKIP("%s", use.why);
	else
		CHECK(use.queries == 1 && use.undecided == 1, "1 MiB is not enough for Z3");
	/* Terms of other widths are not to be compared: nobody does, hopefully. */
	conds__init(c, &ts);
	conds__add(c, term__eq(&ts, field(&ts, 0),
			       term__load(&ts, 2, term__const(&ts, 64, 0), 4)));
	CHECK(solver__model(&odd, &m, c) == ANSWER_NONE, "nor does it compare 8 bytes with 4");
	terms__free(&ts);
	free(c);
}

/* The forms that the verifier relies on: equal meaning is one pointer. */
static void one_form(void)
{
	const struct term *parts[8], *x, *i, *t;
	struct terms ts;
	unsigned int k;

	if (!CHECK(!terms__init(&ts, &bail), "starts"))
		return;
	if (!CHECK(!setjmp(bail), "does not run out of memory"))
		return;
	for (k = 0; k < 8; k++)
		parts[k] = term__load(&ts, 1, term__const(&ts, 64, 16 + k), 1);
	x = term__load(&ts, 1, term__const(&ts, 64, 16), 8);
	CHECK(term__concat(&ts, parts, 8) == x, "eight bytes are a word");
	t = term__alu(&ts, BPF_LSH, false, term__zext(&ts, parts[1], 64), term__const(&ts, 64, 8));
	t = term__alu(&ts, BPF_OR, false, t, term__zext(&ts, parts[0], 64));
	CHECK(t == term__zext(&ts, term__extract(&ts, x, 0, 16), 64), "shifted and or-ed, too");
	i = term__var(&ts, V_INDEX, 1, 64, 0, 1 << 23);
	t = term__add_const(&ts, term__scale(&ts, i, 80), 8);
	t = term__alu(&ts, BPF_SUB, false, t, term__const(&ts, 64, 8));
	CHECK(term__alu(&ts, BPF_DIV, false, t, term__const(&ts, 64, 80)) == i,
	      "(8 + 80 * i - 8) / 80 is i");
	t = term__extract(&ts, i, 0, 32);
	CHECK(term__zext(&ts, t, 64) == i, "what fits loses nothing");
	terms__free(&ts);
}

int main(void)
{
	RUN(one_form);
	RUN(shared_terms);
	RUN(memory_runs);
	RUN(deep_terms);
	RUN(too_much);
	RUN(random_terms);
	RUN(models);
	RUN(no_models);
	RUN(no_answers);
	return test_end();
}
