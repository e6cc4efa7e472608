// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values of terms under a model, and what conditions speak of. */
#include <string.h>

#include "model.h"
#include "vm/insn.h"

/* Room for more terms than there are: what appears later is followed once, too. */
static __u32 with_room(const struct terms *ts)
{
	return ts->nr + ts->nr / 2 + 256;
}

static void make_room(struct model *m)
{
	__u32 nr = with_room(m->ts), *of = terms__alloc(m->ts, nr * sizeof(*of));
	__u64 *memo = terms__alloc(m->ts, nr * sizeof(*memo));

	if (m->nr_memo) {
		memcpy(memo, m->memo, m->nr_memo * sizeof(*memo));
		memcpy(of, m->memo_of, m->nr_memo * sizeof(*of));
	}
	m->memo = memo;
	m->memo_of = of;
	m->nr_memo = nr;
}

/* @m: zeroed, or to be used again */
void model__init(struct model *m, struct terms *ts)
{
	m->ts = ts;
	model__clear(m);
	if (m->nr_memo <= ts->nr)
		make_room(m);
}

void model__clear(struct model *m)
{
	m->nr_bytes = 0;
	m->nr_vars = 0;
	m->round++;
}

/* Symbols that an input decides. All others are the engine's. */
bool model__is_free(const struct term *var)
{
	switch (var->kind) {
	case V_INDEX:
	case V_ELEMS:
	case V_LOOKUP:
	case V_ARG:
	case V_CONFIG:
	case V_HAVOC:
		return true;
	default:
		return false;
	}
}

/* kernel/core/calls.c, loader/vm/: what they do with what is nobody's choice. */
static __u64 given(const struct term *t)
{
	__u64 val = t->min;

	switch (t->kind) {
	case V_ERRNO:
		val = (__u64)-2;	/* -ENOENT */
		break;
	case V_TOKEN:
		val = t->val + 1;
		break;
	case V_POINTER:
		val = 0x7e57000000010000ULL + 64 * t->val;
		break;
	case V_SIZE:
		val = 4096;
	}
	return val & term_mask(t->width);
}

static __u64 var_value(const struct model *m, const struct term *t)
{
	size_t i;

	if (!model__is_free(t))
		return given(t);
	for (i = 0; i < m->nr_vars; i++)
		if (m->vars[i].var == t)
			return m->vars[i].val;
	return t->min;
}

static struct model_byte *find_byte(const struct model *m, __u32 region, __u64 off)
{
	size_t i;

	for (i = 0; i < m->nr_bytes; i++)
		if (m->bytes[i].off == off && m->bytes[i].region == region)
			return &m->bytes[i];
	return NULL;
}

/* Return: whether the model says what the byte is. */
bool model__byte(const struct model *m, __u32 region, __u64 off, __u8 *val)
{
	const struct model_byte *b = find_byte(m, region, off);

	*val = b ? b->val : 0;
	return b;
}

static __u64 load_value(struct model *m, const struct term *t)
{
	__u64 off = model__eval(m, t->arg[0]), val = 0;
	unsigned int i;
	__u8 byte;

	for (i = 0; i < t->width / 8; i++) {
		model__byte(m, t->val, off + i, &byte);
		val |= (__u64)byte << 8 * i;
	}
	return val;
}

static __u64 sext(__u64 v, unsigned int width)
{
	return (__u64)((__s64)(v << (64 - width)) >> (64 - width));
}

/* As the instruction set has it: division by zero is zero, shifts are masked. */
static __u64 opaque_value(const struct term *t, __u64 a, __u64 b)
{
	unsigned int w = t->width;
	__s64 sa = sext(a, w), sb = sext(b, w);
	bool is_signed = t->kind & 1;

	switch (t->kind & ~1U) {
	case BPF_AND: return a & b;
	case BPF_OR: return a | b;
	case BPF_XOR: return a ^ b;
	case BPF_MUL: return a * b;
	case BPF_DIV:
		if (is_signed)
			return sb == -1 ? 0 - a : sb ? (__u64)(sa / sb) : 0;
		return b ? a / b : 0;
	case BPF_MOD:
		if (is_signed)
			return sb == -1 ? 0 : sb ? (__u64)(sa % sb) : a;
		return b ? a % b : a;
	case BPF_LSH: return a << (b & (w - 1));
	case BPF_RSH: return a >> (b & (w - 1));
	default: return (__u64)(sa >> (b & (w - 1)));
	}
}

static __u64 compute(struct model *m, const struct term *t)
{
	__u64 v = t->val, a, b;
	unsigned int i, at = 0;

	switch (t->op) {
	case T_CONST:
		return v;
	case T_VAR:
		return var_value(m, t);
	case T_LOAD:
		return load_value(m, t);
	case T_CONCAT:
		for (v = 0, i = 0; i < t->nr; at += t->arg[i++]->width)
			v |= model__eval(m, t->arg[i]) << at;
		return v;
	case T_SUM:
		for (i = 0; i < t->nr; i++)
			v += t->coef[i] * model__eval(m, t->arg[i]);
		return v;
	}
	a = model__eval(m, t->arg[0]);
	b = t->nr > 1 ? model__eval(m, t->arg[1]) : 0;
	switch (t->op) {
	case T_EXTRACT: return a >> t->val;
	case T_SEXT: return sext(a, t->arg[0]->width);
	case T_OPAQUE: return opaque_value(t, a, b);
	case T_EQ: return a == b;
	case T_ULT: return a < b;
	case T_SLT: return (__s64)sext(a, t->arg[0]->width) < (__s64)sext(b, t->arg[0]->width);
	default: return !a;
	}
}

__u64 model__eval(struct model *m, const struct term *t)
{
	__u64 v;

	if (t->id >= m->nr_memo)
		make_room(m);
	if (m->memo_of[t->id] == m->round)
		return m->memo[t->id];
	m->spent++;
	v = compute(m, t) & term_mask(t->width);
	m->memo[t->id] = v;
	m->memo_of[t->id] = m->round;
	return v;
}

static void *more(struct terms *ts, void *list, size_t nr, size_t *cap, size_t size)
{
	void *n;

	if (nr < *cap)
		return list;
	*cap = *cap ? 2 * *cap : 64;
	n = terms__alloc(ts, *cap * size);
	if (nr)
		memcpy(n, list, nr * size);
	return n;
}

static void set_byte(struct model *m, __u32 region, __u64 off, __u8 val)
{
	struct model_byte *b = find_byte(m, region, off);

	if (!b) {
		m->bytes = more(m->ts, m->bytes, m->nr_bytes, &m->cap_bytes, sizeof(*b));
		b = &m->bytes[m->nr_bytes++];
		b->region = region;
		b->off = off;
	}
	b->val = val;
}

/* @leaf is a load, or a symbol that is free. */
void model__set(struct model *m, const struct term *leaf, __u64 val)
{
	unsigned int i;
	__u64 off;

	if (leaf->op == T_LOAD) {
		off = model__eval(m, leaf->arg[0]);
		for (i = 0; i < leaf->width / 8; i++)
			set_byte(m, leaf->val, off + i, val >> 8 * i);
		m->round++;
		return;
	}
	m->round++;
	for (i = 0; i < m->nr_vars; i++)
		if (m->vars[i].var == leaf)
			break;
	if (i == m->nr_vars) {
		m->vars = more(m->ts, m->vars, m->nr_vars, &m->cap_vars, sizeof(*m->vars));
		m->vars[m->nr_vars++].var = leaf;
	}
	m->vars[i].val = val & term_mask(leaf->width);
}

/* @c: zeroed, or to be used again */
void conds__init(struct conds *c, struct terms *ts)
{
	c->ts = ts;
	c->nr = c->nr_leaves = 0;
	c->full = false;
	if (c->nr_seen > ts->nr) {
		memset(c->seen, 0, c->nr_seen);
		return;
	}
	c->nr_seen = with_room(ts);
	c->seen = terms__alloc(ts, c->nr_seen);
}

static void more_seen(struct conds *c)
{
	__u32 nr = with_room(c->ts);
	__u8 *seen = terms__alloc(c->ts, nr);

	memcpy(seen, c->seen, c->nr_seen);
	c->seen = seen;
	c->nr_seen = nr;
}

static void find_leaves(struct conds *c, const struct term *t)
{
	unsigned int i;

	if (t->id >= c->nr_seen)
		more_seen(c);
	if (c->seen[t->id])
		return;
	c->seen[t->id] = 1;
	terms__work(c->ts);
	for (i = 0; i < t->nr; i++)
		find_leaves(c, t->arg[i]);
	if (t->op != T_LOAD && t->op != T_VAR)
		return;
	for (i = 0; i < c->nr_leaves; i++)
		if (c->leaf[i] == t)
			return;
	if (c->nr_leaves == LEAVES_MAX)
		c->full = true;
	else
		c->leaf[c->nr_leaves++] = t;
}

void conds__add(struct conds *c, const struct term *cond)
{
	unsigned int i;

	terms__spend(c->ts, c->nr / 8);
	for (i = 0; i < c->nr; i++)
		if (c->cond[i] == cond)
			return;
	if (c->nr == CONDS_MAX) {
		c->full = true;
		return;
	}
	c->cond[c->nr++] = cond;
	find_leaves(c, cond);
}

/* All conditions hold, and symbols are in their ranges. */
bool model__fits(struct model *m, const struct conds *c)
{
	const struct term *t;
	unsigned int i;
	__u64 v;

	for (i = 0; i < c->nr; i++)
		if (!model__eval(m, c->cond[i]))
			return false;
	for (i = 0; i < c->nr_leaves; i++) {
		t = c->leaf[i];
		v = model__eval(m, t);
		if (t->op == T_VAR && model__is_free(t) && (v < t->min || v > t->max))
			return false;
	}
	return !c->full;
}
