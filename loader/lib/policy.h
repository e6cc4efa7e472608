/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What somebody promises about versions, and whether the objects keep it. */
#ifndef LUO_LIB_POLICY_H
#define LUO_LIB_POLICY_H

#include "lib/matrix.h"

/* Kernels, oldest first. */
struct luo_policy_kernel {
	char name[4096];
	bool stable;
};

enum luo_promise_kind {
	LUO_PROMISE_NEXT,	/* each kernel to the next @count */
	LUO_PROMISE_PREVIOUS,	/* each kernel to the @count before */
	LUO_PROMISE_PAIR,	/* @from to @to */
	LUO_PROMISE_ROLLBACK,	/* back, wherever another line promises a way */
};

/* One line; @stable: only stable kernels are counted and promised. */
struct luo_promise {
	enum luo_promise_kind kind;
	unsigned int count;
	bool stable;
	size_t from;
	size_t to;
	size_t line;
};

struct luo_policy_loss {
	char family[LUOB_FAMILY_MAX];
	char field[64];
	char why[200];
};

/**
 * struct luo_policy - a policy file
 * @kernels:	oldest first
 * @promises:	lines
 * @losses:	that are allowed, by name
 * @required:	mask of evidence that every promised pair needs
 * @tiers:	of objects that count, as a list, or ""
 */
struct luo_policy {
	struct luo_policy_kernel *kernels;
	size_t nr_kernels;
	size_t cap_kernels;
	struct luo_promise *promises;
	size_t nr_promises;
	size_t cap_promises;
	struct luo_policy_loss *losses;
	size_t nr_losses;
	size_t cap_losses;
	unsigned int required;
	char tiers[32];
};

int luo_policy__read(struct luo_policy *p, const char *path, char *msg, size_t msg_size);
void luo_policy__free(struct luo_policy *p);

/* Why a promised pair is not covered; @rule is "" behind the last. */
struct luo_policy_gap {
	char rule[32];
	char text[400];
};

/**
 * struct luo_promised - a pair of kernels that is promised
 * @from:	index of the kernel that writes
 * @to:		of the one that reads
 * @line:	of the policy that says so first
 * @gaps:	what is missing, @nr_gaps of it
 */
struct luo_promised {
	size_t from;
	size_t to;
	size_t line;
	struct luo_policy_gap *gaps;
	size_t nr_gaps;
	size_t cap_gaps;
};

/* A format that no promise needs any more. */
struct luo_retired {
	const char *family;
	const char *string;
	__u64 fingerprint;
};

/**
 * struct luo_policy_result - a policy against a matrix
 * @pairs:	all that are promised
 * @nr_open:	of them are not covered
 * @formats:	that may be retired
 * @objects:	indices of objects that no promise needs
 */
struct luo_policy_result {
	struct luo_promised *pairs;
	size_t nr_pairs;
	size_t cap_pairs;
	size_t nr_open;
	struct luo_retired *formats;
	size_t nr_formats;
	size_t cap_formats;
	size_t *objects;
	size_t nr_objects;
};

int luo_policy__check(struct luo_policy_result *r, const struct luo_policy *p,
		      const struct luo_matrix *m);
void luo_policy_result__free(struct luo_policy_result *r);

#endif /* LUO_LIB_POLICY_H */
