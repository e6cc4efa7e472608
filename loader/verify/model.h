/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: Models
 *
 * A model gives every byte of memory and every symbol a value: one concrete input. Terms
 * have a value under it. What a program cannot choose (tokens, errors, what lies on its
 * stack) has the value that the engine gives it.
 */
#ifndef LUO_VERIFY_MODEL_H
#define LUO_VERIFY_MODEL_H

#include "term.h"

struct model_byte {
	__u32 region;
	__u8 val;
	__u64 off;
};

struct model_var {
	const struct term *var;
	__u64 val;
};

struct model {
	struct terms *ts;
	struct model_byte *bytes;	/* those that are not here are zero */
	size_t nr_bytes;
	size_t cap_bytes;
	struct model_var *vars;		/* those that are not here are what they may be least */
	size_t nr_vars;
	size_t cap_vars;
	/* Values of terms, by id, as long as nothing changes. */
	__u64 *memo;
	__u32 *memo_of;
	__u32 nr_memo;
	__u32 round;
	__u64 spent;		/* steps that models took so far, of %MODEL_STEPS */
};

/* However often one is used: a second or less. */
#define MODEL_STEPS	(16U << 20)

void model__init(struct model *m, struct terms *ts);
void model__clear(struct model *m);
__u64 model__eval(struct model *m, const struct term *t);
void model__set(struct model *m, const struct term *leaf, __u64 val);
bool model__byte(const struct model *m, __u32 region, __u64 off, __u8 *val);
bool model__is_free(const struct term *var);

/* Conditions that have to hold together, and the symbols and memory that they speak of. */
#define CONDS_MAX	1024
#define LEAVES_MAX	512

struct conds {
	struct terms *ts;
	const struct term *cond[CONDS_MAX];
	unsigned int nr;
	const struct term *leaf[LEAVES_MAX];
	unsigned int nr_leaves;
	bool full;		/* some are missing: nothing can be said */
	__u8 *seen;		/* terms, by id */
	__u32 nr_seen;
};

void conds__init(struct conds *c, struct terms *ts);
void conds__add(struct conds *c, const struct term *cond);

enum answer {
	ANSWER_NONE,		/* no model was found, and nobody says that there is none */
	ANSWER_MODEL,
	ANSWER_IMPOSSIBLE,
};

/* search.c: by trying. Never says that there is none. */
enum answer search__model(struct model *m, const struct conds *c, __u64 seed);
bool model__fits(struct model *m, const struct conds *c);
void model__simplify(struct model *m, const struct conds *c);

/* z3.c: by asking Z3, which is loaded by the first question. */
/**
 * struct solver_use - what one verification may ask for, and did
 * @off:	not to be asked
 * @mib:	memory that Z3 may take, 0 for what it normally gets
 * @queries:	that were made
 * @undecided:	that it had no answer to
 * @ns:		of the processor, that they took
 * @why:	nobody can be asked, or NULL
 */
struct solver_use {
	bool off;
	unsigned int mib;
	unsigned int queries;
	unsigned int undecided;
	__u64 ns;
	const char *why;
};

/* Weak: a static program cannot load a library, and is linked without z3.c. */
#define __solver __attribute__((weak))
enum answer solver__ask(struct solver_use *use, struct model *m, const struct conds *c) __solver;

static inline enum answer solver__model(struct solver_use *use, struct model *m,
					const struct conds *c)
{
	if (use->off)
		use->why = "that was turned off";
	else if (!solver__ask)
		use->why = "this luo-load is linked statically";
	return use->off || !solver__ask || c->full ? ANSWER_NONE : solver__ask(use, m, c);
}

#endif /* LUO_VERIFY_MODEL_H */
