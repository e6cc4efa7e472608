// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Terms: memory, hash-consing, memory bits, concatenations. Arithmetic is in sum.c. */
#include <stdlib.h>
#include <string.h>

#include "term_int.h"

#define CHUNK	(256 << 10)
/* No translator comes near; a run away analysis ends as "unknown". */
#define TERMS_MAX	(2U << 20)
#define BYTES_MAX	(256U << 20)
#define BYTES_MORE	(96U << 20)
/* Terms are followed by recursion. */
#define DEPTH_MAX	1000

struct arena_chunk {
	struct arena_chunk *next;
};

int terms__init(struct terms *ts, jmp_buf *bail)
{
	memset(ts, 0, sizeof(*ts));
	ts->bail = bail;
	ts->nr_buckets = 1 << 12;
	ts->bytes_max = BYTES_MAX;
	ts->buckets = calloc(ts->nr_buckets, sizeof(*ts->buckets));
	return ts->buckets ? 0 : -1;
}

void terms__free(struct terms *ts)
{
	struct arena_chunk *c;

	while ((c = ts->chunks)) {
		ts->chunks = c->next;
		free(c);
	}
	free(ts->buckets);
	free(ts->met);
	memset(ts, 0, sizeof(*ts));
}

bool terms__charge(struct terms *ts, size_t bytes)
{
	if (bytes > ts->bytes_max - ts->bytes)
		return false;
	ts->bytes += bytes;
	return true;
}

void terms__uncharge(struct terms *ts, size_t bytes)
{
	ts->bytes -= bytes;
}

/* Another part of the verification begins, with as much work to be done, and more room. */
void terms__refill(struct terms *ts)
{
	ts->work = 0;
	ts->bytes_max = ts->bytes + BYTES_MORE;
}

/* Zeroed, and never given back before the end. */
void *terms__alloc(struct terms *ts, size_t size)
{
	struct arena_chunk *c;
	size_t want;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (size > ts->left) {
		want = size + sizeof(*c) + 16 > CHUNK ? size + sizeof(*c) + 16 : CHUNK;
		if (!terms__charge(ts, want))
			longjmp(*ts->bail, BAIL_LIMIT);
		c = calloc(1, want);
		if (!c)
			longjmp(*ts->bail, BAIL_MEMORY);
		c->next = ts->chunks;
		ts->chunks = c;
		ts->at = (__u8 *)c + 16;
		ts->left = want - 16;
	}
	p = ts->at;
	ts->at += size;
	ts->left -= size;
	return p;
}

static __u64 mix(__u64 h, __u64 v)
{
	return (h ^ v) * 0x9e3779b97f4a7c15ULL ^ h >> 29;
}

static __u64 hash(const struct term *t)
{
	__u64 h = mix(mix(t->op, t->width | t->kind << 8 | t->nr << 16), t->val);
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		h = mix(h, t->arg[i]->id + (t->coef ? t->coef[i] * 31 : 0));
	return h;
}

static bool same(const struct term *a, const struct term *b)
{
	unsigned int i;

	if (a->op != b->op || a->width != b->width || a->kind != b->kind || a->nr != b->nr ||
	    a->val != b->val)
		return false;
	for (i = 0; i < a->nr; i++)
		if (a->arg[i] != b->arg[i] || (a->coef && a->coef[i] != b->coef[i]))
			return false;
	return true;
}

static void rehash(struct terms *ts)
{
	size_t nr = ts->nr_buckets * 4, i;
	const struct term **b = calloc(nr, sizeof(*b)), *t, *next;

	if (!b)
		longjmp(*ts->bail, BAIL_MEMORY);
	for (i = 0; i < ts->nr_buckets; i++) {
		for (t = ts->buckets[i]; t; t = next) {
			next = t->next;
			((struct term *)t)->next = b[hash(t) % nr];
			b[hash(t) % nr] = t;
		}
	}
	free(ts->buckets);
	ts->buckets = b;
	ts->nr_buckets = nr;
}

/* The one term that equals @like, whose arguments are in @args. */
const struct term *term__intern(struct terms *ts, const struct term *like,
				const struct term **args, const __u64 *coef)
{
	size_t size = sizeof(struct term) + like->nr * sizeof(*args);
	__u8 room[sizeof(struct term) + TERM_ARGS * sizeof(void *)]
		__attribute__((aligned(16)));
	struct term *t = (struct term *)room;
	const struct term *old;
	unsigned int i;
	__u64 h, *c;

	terms__spend(ts, WORK_TERM);
	*t = *like;
	t->depth = 0;
	for (i = 0; i < like->nr; i++) {
		t->arg[i] = args[i];
		if (args[i]->depth >= t->depth)
			t->depth = args[i]->depth + 1;
	}
	if (t->depth > DEPTH_MAX)
		longjmp(*ts->bail, BAIL_LIMIT);
	t->coef = coef;
	h = hash(t);
	for (old = ts->buckets[h % ts->nr_buckets]; old; old = old->next)
		if (same(old, t))
			return old;
	if (ts->nr >= TERMS_MAX)
		longjmp(*ts->bail, BAIL_LIMIT);
	if (ts->nr > ts->nr_buckets)
		rehash(ts);
	t = terms__alloc(ts, size);
	memcpy(t, room, size);
	if (coef) {
		c = terms__alloc(ts, like->nr * sizeof(*c));
		memcpy(c, coef, like->nr * sizeof(*c));
		t->coef = c;
	}
	t->id = ++ts->nr;
	t->next = ts->buckets[h % ts->nr_buckets];
	ts->buckets[h % ts->nr_buckets] = t;
	return t;
}

const struct term *term__const(struct terms *ts, unsigned int width, __u64 val)
{
	struct term t = { .op = T_CONST, .width = width };

	t.val = t.min = t.max = val & term_mask(width);
	return term__intern(ts, &t, NULL, NULL);
}

const struct term *term__var(struct terms *ts, enum term_var kind, __u64 nr, unsigned int width,
			     __u64 min, __u64 max)
{
	struct term t = { .op = T_VAR, .width = width, .kind = kind, .val = nr,
			  .min = min, .max = max };

	return term__intern(ts, &t, NULL, NULL);
}

const struct term *term__load(struct terms *ts, __u32 region, const struct term *off,
			      unsigned int bytes)
{
	struct term t = { .op = T_LOAD, .width = bytes * 8, .val = region, .nr = 1,
			  .max = term_mask(bytes * 8) };

	return term__intern(ts, &t, &off, NULL);
}

bool term__bits(const struct term *t, struct term_bits *b)
{
	b->lo = 0;
	b->width = t->width;
	if (t->op == T_EXTRACT) {
		b->lo = t->val;
		t = t->arg[0];
	}
	if (t->op != T_LOAD)
		return false;
	b->region = t->val;
	b->off = t->arg[0];
	return true;
}

/*
 * Bits of memory, read by the smallest load that has them all. What begins inside of a byte
 * and ends in the ninth has two parts, and the first is as long as it can be.
 */
static const struct term *make_bits(struct terms *ts, struct term_bits b)
{
	struct term t = { .op = T_EXTRACT, .width = b.width, .max = term_mask(b.width), .nr = 1 };
	const struct term *load, *parts[2];
	unsigned int bytes;

	if (b.lo / 8) {
		b.off = term__add_const(ts, b.off, b.lo / 8);
		b.lo %= 8;
	}
	if (b.lo + b.width > 64) {
		parts[0] = term__memory(ts, b.region, b.off, b.lo, 64 - b.lo);
		parts[1] = term__memory(ts, b.region, term__add_const(ts, b.off, 8), 0,
					b.lo + b.width - 64);
		return term__concat(ts, parts, 2);
	}
	bytes = (b.lo + b.width + 7) / 8;
	load = term__load(ts, b.region, b.off, bytes);
	if (!b.lo && bytes * 8 == b.width)
		return load;
	t.val = b.lo;
	return term__intern(ts, &t, &load, NULL);
}

const struct term *term__memory(struct terms *ts, __u32 region, const struct term *off,
				unsigned int lo, unsigned int width)
{
	return make_bits(ts, (struct term_bits){ region, off, lo, width });
}

static const struct term *extract_concat(struct terms *ts, const struct term *t, unsigned int lo,
					 unsigned int width)
{
	const struct term *parts[TERM_ARGS];
	unsigned int at = 0, nr = 0, i, from, to;

	for (i = 0; i < t->nr; at += t->arg[i++]->width) {
		from = lo > at ? lo - at : 0;
		to = lo + width < at + t->arg[i]->width ? lo + width - at : t->arg[i]->width;
		if (lo + width > at && from < to)
			parts[nr++] = term__extract(ts, t->arg[i], from, to - from);
	}
	return term__concat(ts, parts, nr);
}

const struct term *term__extract(struct terms *ts, const struct term *t, unsigned int lo,
				 unsigned int width)
{
	struct term e = { .op = T_EXTRACT, .width = width, .val = lo, .nr = 1,
			  .max = term_mask(width) };
	struct term_bits b;

	if (!lo && width == t->width)
		return t;
	if (t->op == T_CONST)
		return term__const(ts, width, t->val >> lo);
	if (lo < 64 && t->max >> lo == 0)
		return term__const(ts, width, 0);
	if (t->op == T_CONCAT)
		return extract_concat(ts, t, lo, width);
	if (t->op == T_SEXT && lo + width <= t->arg[0]->width)
		return term__extract(ts, t->arg[0], lo, width);
	if (t->op == T_SEXT && !lo && width > t->arg[0]->width)
		return term__sext(ts, t->arg[0], width);
	if (term__bits(t, &b)) {
		b.lo += lo;
		b.width = width;
		return make_bits(ts, b);
	}
	if (t->op == T_EXTRACT)
		return term__extract(ts, t->arg[0], t->val + lo, width);
	if (!lo && t->max <= term_mask(width)) {
		e.min = t->min;
		e.max = t->max;
	} else if (t->max >> lo < e.max) {
		e.max = t->max >> lo;
	}
	return term__intern(ts, &e, &t, NULL);
}

/* Two neighbours as one part, or NULL. */
static const struct term *join(struct terms *ts, const struct term *a, const struct term *b)
{
	unsigned int width = a->width + b->width;
	const struct term *ax = a->op == T_EXTRACT ? a->arg[0] : a, *d;
	const struct term *bx = b->op == T_EXTRACT ? b->arg[0] : b;
	unsigned int alo = a->op == T_EXTRACT ? a->val : 0, blo = b->op == T_EXTRACT ? b->val : 0;
	struct term_bits m, n;

	if (a->op == T_CONST && b->op == T_CONST)
		return term__const(ts, width, a->val | b->val << a->width);
	if (term__bits(a, &m) && term__bits(b, &n)) {
		if (m.region != n.region)
			return NULL;
		d = term__sub(ts, n.off, m.off);
		if (d->op != T_CONST || d->val > 8 || m.lo + m.width != d->val * 8 + n.lo ||
		    m.lo + width > 64)
			return NULL;
		m.width = width;
		return make_bits(ts, m);
	}
	/* A number and copies of its sign. */
	if (bx->op == T_SEXT && blo == a->width &&
	    (bx->arg[0] == a || (a->op == T_SEXT && a->arg[0] == bx->arg[0])))
		return term__extract(ts, bx, 0, width);
	if (ax == bx && blo == alo + a->width && (a->op == T_EXTRACT || b->op == T_EXTRACT))
		return term__extract(ts, ax, alo, width);
	return NULL;
}

/*
 * Two neighbours in memory that no load has: the first part takes what it can from the
 * second.
 */
static void shift_down(struct terms *ts, const struct term **a, const struct term **b)
{
	struct term_bits m, n;
	const struct term *d;
	unsigned int bits;

	if (!term__bits(*a, &m) || !term__bits(*b, &n) || m.region != n.region ||
	    m.lo + m.width >= 64 || m.lo + m.width + n.width <= 64)
		return;
	d = term__sub(ts, n.off, m.off);
	if (d->op != T_CONST || d->val > 8 || m.lo + m.width != d->val * 8 + n.lo)
		return;
	bits = 64 - m.lo - m.width;
	m.width += bits;
	n.lo += bits;
	n.width -= bits;
	*a = make_bits(ts, m);
	*b = make_bits(ts, n);
}

/* Zeros above a part that has the room anyway. */
static const struct term *widen(struct terms *ts, const struct term **parts, unsigned int nr,
				unsigned int width)
{
	const struct term *x = parts[0];
	struct lin l;
	unsigned int i;

	if (nr != 2 || !term_is(parts[1], 0) || parts[1]->op != T_CONST)
		return NULL;
	if (x->op == T_EXTRACT && !x->val && x->arg[0]->width == width &&
	    x->arg[0]->max <= term_mask(x->width))
		return x->arg[0];
	if (x->op == T_SUM && x->exact) {
		lin__of(ts, &l, x);
		l.width = width;
		if (l.val >> (x->width - 1))
			l.val |= ~term_mask(x->width) & term_mask(width);
		for (i = 0; i < l.nr; i++)
			l.atom[i] = term__zext(ts, l.atom[i], width);
		x = lin__term(ts, &l);
		return x->op == T_SUM && !x->exact ? NULL : x;
	}
	return NULL;
}

const struct term *term__concat(struct terms *ts, const struct term **parts, unsigned int nr)
{
	struct term t = { .op = T_CONCAT };
	const struct term *list[TERM_ARGS], *j;
	unsigned int i, k, n = 0, shift = 0;

	for (i = 0; i < nr; i++) {
		const struct term *p = parts[i];
		unsigned int sub = p->op == T_CONCAT ? p->nr : 1;

		for (k = 0; k < sub; k++) {
			const struct term *q = p->op == T_CONCAT ? p->arg[k] : p;

			j = n ? join(ts, list[n - 1], q) : NULL;
			if (n && !j)
				shift_down(ts, &list[n - 1], &q);
			if (j && j->op != T_CONCAT)
				list[n - 1] = j;
			else if (n < TERM_ARGS)
				list[n++] = q;
			else
				longjmp(*ts->bail, BAIL_LIMIT);
		}
	}
	if (n == 1)
		return list[0];
	for (i = 0; i < n; i++)
		t.width += list[i]->width;
	j = widen(ts, list, n, t.width);
	if (j)
		return j;
	for (i = 0; i < n; shift += list[i++]->width) {
		t.min |= list[i]->min << shift;
		t.max |= list[i]->max << shift;
	}
	t.nr = n;
	return term__intern(ts, &t, list, NULL);
}

const struct term *term__zext(struct terms *ts, const struct term *t, unsigned int width)
{
	const struct term *parts[2];

	if (width <= t->width)
		return term__extract(ts, t, 0, width);
	parts[0] = t;
	parts[1] = term__const(ts, width - t->width, 0);
	return term__concat(ts, parts, 2);
}

const struct term *term__sext(struct terms *ts, const struct term *t, unsigned int width)
{
	struct term s = { .op = T_SEXT, .width = width, .nr = 1, .max = term_mask(width) };
	unsigned int up = 64 - t->width;

	if (width <= t->width)
		return term__extract(ts, t, 0, width);
	if (t->op == T_CONST)
		return term__const(ts, width, (__u64)((__s64)(t->val << up) >> up));
	if (t->max >> (t->width - 1) == 0)
		return term__zext(ts, t, width);
	if (t->op == T_SEXT)
		return term__sext(ts, t->arg[0], width);
	if (t->min >> (t->width - 1)) {
		s.min = (__u64)((__s64)(t->min << up) >> up) & term_mask(width);
		s.max = (__u64)((__s64)(t->max << up) >> up) & term_mask(width);
	}
	return term__intern(ts, &s, &t, NULL);
}

const struct term *term__swap(struct terms *ts, const struct term *t, unsigned int bits)
{
	const struct term *parts[8];
	unsigned int i, nr = bits / 8;

	for (i = 0; i < nr; i++)
		parts[i] = term__extract(ts, t, bits - 8 * (i + 1), 8);
	return term__zext(ts, term__concat(ts, parts, nr), t->width);
}

/* Marks are by id, in memory of the terms' own: a walk may end by terms__work(). */
__u32 term__walk_new(struct terms *ts)
{
	return ++ts->walks;
}

bool term__met(struct terms *ts, __u32 walk, const struct term *t)
{
	__u32 nr, *met;

	terms__work(ts);
	if (t->id >= ts->nr_met) {
		nr = ts->nr + ts->nr / 2 + 1024;
		met = realloc(ts->met, nr * sizeof(*met));
		if (!met)
			longjmp(*ts->bail, BAIL_MEMORY);
		memset(met + ts->nr_met, 0, (nr - ts->nr_met) * sizeof(*met));
		ts->met = met;
		ts->nr_met = nr;
	}
	if (ts->met[t->id] == walk)
		return true;
	ts->met[t->id] = walk;
	return false;
}

struct walk {
	struct terms *ts;
	__u32 nr;
	bool (*fn)(const struct term *t, void *priv);
	void *priv;
};

static bool walk(const struct walk *w, const struct term *t)
{
	unsigned int i;

	if (term__met(w->ts, w->nr, t))
		return true;
	if (!w->fn(t, w->priv))
		return false;
	for (i = 0; i < t->nr; i++)
		if (!walk(w, t->arg[i]))
			return false;
	return true;
}

bool term__walk(struct terms *ts, const struct term *t,
		bool (*fn)(const struct term *t, void *priv), void *priv)
{
	struct walk w = { .ts = ts, .nr = term__walk_new(ts), .fn = fn, .priv = priv };

	return walk(&w, t);
}
