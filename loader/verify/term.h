/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: Terms
 *
 * Bit-vector terms of 1 to 64 bits, hash-consed: equal terms are one pointer. The
 * constructors simplify into one form for what translators do: memory is a run of bits,
 * however many loads it was read with, shifts and masks are concatenations, and
 * arithmetic is a sum of atoms with coefficients. Ranges that a term carries hold on
 * every path; what only one path knows is in path.h.
 */
#ifndef LUO_VERIFY_TERM_H
#define LUO_VERIFY_TERM_H

#include <linux/types.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

enum term_op {
	T_CONST,
	T_LOAD,		/* @nr_bytes of region @val at arg[0] */
	T_VAR,		/* @kind, number @val */
	T_CONCAT,	/* arguments from the lowest bits up */
	T_EXTRACT,	/* bits from @val of arg[0] */
	T_SEXT,
	T_SUM,		/* @val + sum of coef[i] * arg[i] */
	T_OPAQUE,	/* an operation without rules: @kind is a BPF_OP */
	T_EQ,
	T_ULT,
	T_SLT,
	T_NOT,
};

/* What a variable stands for. */
enum term_var {
	V_INDEX,	/* of a loop: 0 to its bound */
	V_ELEMS,	/* elements of a region */
	V_SIZE,		/* bytes of a region whose elements are not known */
	V_TOKEN,
	V_LOOKUP,	/* an answer */
	V_NO_ANSWER,	/* what a look-up leaves when it fails */
	V_ERRNO,
	V_GATHERED,	/* elements that luob_gather() left */
	V_ARG,		/* translate()'s third argument */
	V_CONFIG,	/* read-only data that the loader sets */
	V_HAVOC,	/* whatever former turns of a loop left */
	V_UNINIT,	/* a byte of the stack that nobody wrote */
	V_POINTER,	/* a pointer taken as a number */
};

struct term {
	__u8 op;
	__u8 width;
	__u8 kind;
	__u8 nr;
	__u32 id;
	bool exact;		/* a sum that does not wrap */
	__u16 depth;		/* of the deepest argument, and one more */
	__u64 val;
	__u64 min;
	__u64 max;
	const struct term *next;
	const __u64 *coef;
	const struct term *arg[];
};

struct arena_chunk;

/* All memory of one verification; whoever runs out of it goes to @bail. */
struct terms {
	struct arena_chunk *chunks;
	size_t left;
	__u8 *at;
	const struct term **buckets;
	size_t nr_buckets;
	__u32 nr;
	size_t bytes;		/* of all chunks, and what is charged */
	size_t bytes_max;
	__u64 work;		/* steps that grow with the program: see terms__work() */
	/* Who was met on the walk of that number, by id. */
	__u32 *met;
	__u32 nr_met;
	__u32 walks;
	jmp_buf *bail;
};

#define BAIL_MEMORY	1
#define BAIL_LIMIT	2

int terms__init(struct terms *ts, jmp_buf *bail);
void terms__free(struct terms *ts);
void *terms__alloc(struct terms *ts, size_t size);
void terms__refill(struct terms *ts);
/* Memory that is not theirs, in the same limit. Return: whether there is as much. */
bool terms__charge(struct terms *ts, size_t bytes);
void terms__uncharge(struct terms *ts, size_t bytes);

/*
 * About a second. Steps are counted, not time, so that a verdict does not depend on the
 * machine: whatever loops over lists, terms or findings that a program can make longer
 * counts its turns, and what takes too many ends as "unknown".
 */
#define WORK_MAX	(32ULL << 20)
#define WORK_TERM	8U	/* to make one */

static inline void terms__spend(struct terms *ts, __u64 steps)
{
	ts->work += steps;
	if (ts->work > WORK_MAX)
		longjmp(*ts->bail, BAIL_LIMIT);
}

static inline void terms__work(struct terms *ts)
{
	terms__spend(ts, 1);
}

static inline __u64 term_mask(unsigned int width)
{
	return width >= 64 ? ~0ULL : (1ULL << width) - 1;
}

const struct term *term__const(struct terms *ts, unsigned int width, __u64 val);
const struct term *term__var(struct terms *ts, enum term_var kind, __u64 nr, unsigned int width,
			     __u64 min, __u64 max);
const struct term *term__load(struct terms *ts, __u32 region, const struct term *off,
			      unsigned int bytes);
/* At most 64 bits of memory, from bit @lo of the byte at @off on. */
const struct term *term__memory(struct terms *ts, __u32 region, const struct term *off,
				unsigned int lo, unsigned int width);
const struct term *term__extract(struct terms *ts, const struct term *t, unsigned int lo,
				 unsigned int width);
const struct term *term__concat(struct terms *ts, const struct term **parts, unsigned int nr);
const struct term *term__zext(struct terms *ts, const struct term *t, unsigned int width);
const struct term *term__sext(struct terms *ts, const struct term *t, unsigned int width);
const struct term *term__alu(struct terms *ts, unsigned int op, bool is_signed,
			     const struct term *a, const struct term *b);
const struct term *term__swap(struct terms *ts, const struct term *t, unsigned int bits);
const struct term *term__add(struct terms *ts, const struct term *a, const struct term *b);
const struct term *term__sub(struct terms *ts, const struct term *a, const struct term *b);
const struct term *term__add_const(struct terms *ts, const struct term *a, __u64 c);
const struct term *term__scale(struct terms *ts, const struct term *a, __u64 c);
const struct term *term__eq(struct terms *ts, const struct term *a, const struct term *b);
const struct term *term__ult(struct terms *ts, const struct term *a, const struct term *b);
const struct term *term__slt(struct terms *ts, const struct term *a, const struct term *b);
const struct term *term__not(struct terms *ts, const struct term *a);
const struct term *term__subst(struct terms *ts, const struct term *t, const struct term *from,
			       const struct term *to);
/* @t with what @fn says in place of its parts; where that says NULL, their parts are asked. */
typedef const struct term *(*term_map_fn)(const struct term *t, void *priv);
const struct term *term__map(struct terms *ts, const struct term *t, term_map_fn fn, void *priv);

/* A sum taken apart. */
#define LIN_MAX 6
struct lin {
	unsigned int nr;
	unsigned int width;
	__u64 val;
	const struct term *atom[LIN_MAX];
	__u64 coef[LIN_MAX];
};
void lin__of(struct terms *ts, struct lin *l, const struct term *t);
const struct term *lin__term(struct terms *ts, const struct lin *l);
/* All of a sum by @by, if each part is a multiple: large ones are subtractions. */
bool lin__divide(struct lin *l, __u64 by);

/* A run of bits of a region: true if @t is nothing else. */
struct term_bits {
	__u32 region;
	const struct term *off;
	unsigned int lo;
	unsigned int width;
};
bool term__bits(const struct term *t, struct term_bits *b);

/*
 * Terms share their parts: whoever follows all arguments may need 2^depth steps. A walk
 * meets each part once. @walk is what term__walk_new() gave; another walk that begins
 * meanwhile may make this one meet a part again.
 */
__u32 term__walk_new(struct terms *ts);
bool term__met(struct terms *ts, __u32 walk, const struct term *t);

/* Calls @fn for @t and everything in it, once each, until that says false. */
bool term__walk(struct terms *ts, const struct term *t,
		bool (*fn)(const struct term *t, void *priv), void *priv);

static inline bool term_is(const struct term *t, __u64 val)
{
	return t->op == T_CONST && t->val == (val & term_mask(t->width));
}

#endif /* LUO_VERIFY_TERM_H */
