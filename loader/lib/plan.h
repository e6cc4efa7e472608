/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which installed objects lead from one kernel to another, before there is any state: for
 * each format that the one writes, the chain that the engine would take, what it loses, and
 * what blocks it. Contents are not judged: that is for run and check.
 */
#ifndef LUO_LIB_PLAN_H
#define LUO_LIB_PLAN_H

#include "lib/digest.h"
#include "lib/objects.h"

/* The worst of its formats is the verdict of a pair of kernels. */
enum luo_plan_verdict {
	LUO_PLAN_IDENTICAL,	/* read as it was written */
	LUO_PLAN_TRANSLATED,	/* by objects that are proved, without a declared loss */
	LUO_PLAN_LOSSY,		/* the same, and some declare losses */
	LUO_PLAN_UNTESTED,	/* the verifier cannot tell whether an object is right */
	LUO_PLAN_BLOCKED,	/* no chain of objects that may be used */
	LUO_NR_PLAN_VERDICTS,
};

/* One object: its digest as text, and what luo-load verify says of it. */
struct luo_plan_object {
	char digest[2 * LUO_DIGEST_SIZE + 1];
	bool verified;
	bool refused;
};

/**
 * struct luo_planner - the objects that plans are made of
 * @objects:	all of them, judged; not owned
 * @info:	of each
 * @safe:	programs that may be used: those that are proved, or all
 * @index:	of each of @safe in @objects
 * @nr_safe:	how many
 */
struct luo_planner {
	struct luo_objects *objects;
	struct luo_plan_object *info;
	struct luob_prog *safe;
	size_t *index;
	size_t nr_safe;
};

/**
 * struct luo_plan_row - what becomes of one format
 * @from:	as it is written
 * @to:	as it will be read, or NULL
 * @verdict:	of this format alone
 * @hardware:	the device that its records are about, or those of a variant; as in
 *		LUO_HARDWARE(), "" for records of any device, or of none
 * @records:	how many the state has, 0 when no state was looked at
 * @variant:	what becomes of records of such devices, because objects are for them
 * @by_engine:	it is the KHO root, which luo-load itself writes anew
 * @steps:	indices of objects, in order
 * @nr_steps:	how many
 */
struct luo_plan_row {
	const struct luob_format *from;
	const struct luob_format *to;
	enum luo_plan_verdict verdict;
	char hardware[LUOB_HW_TEXT];
	__u64 records;
	bool variant;
	bool by_engine;
	size_t steps[LUOB_STEPS_MAX];
	unsigned int nr_steps;
};

struct luo_plan_blocker {
	size_t row;
	char rule[32];
	char text[320];
};

struct luo_plan {
	const struct luo_planner *planner;
	const struct luo_profile *from;
	const struct luo_profile *to;
	enum luo_plan_verdict verdict;
	struct luo_plan_row *rows;
	size_t nr_rows;
	size_t cap_rows;
	struct luo_plan_blocker *blockers;
	size_t nr_blockers;
	size_t cap_blockers;
};

/* A loss on the way: which object, which field, and why. Zeroed to begin. */
struct luo_plan_loss {
	unsigned int step;
	const char *tag;
	const char *object;
	char field[64];
	const char *why;
};

int luo_planner__new(struct luo_planner *p, struct luo_objects *objects, bool no_verify);
void luo_planner__free(struct luo_planner *p);
int luo_plan__make(struct luo_plan *plan, const struct luo_planner *p,
		   const struct luo_profile *from, const struct luo_profile *to);
void luo_plan__free(struct luo_plan *plan);
bool luo_plan__next_loss(const struct luo_plan *plan, const struct luo_plan_row *row,
			 struct luo_plan_loss *loss);
bool luo_object__loss(const struct luo_object *obj, const char **tag, char *field, size_t size,
		      const char **why);
const char *luo_plan_verdict__name(enum luo_plan_verdict verdict);

#endif /* LUO_LIB_PLAN_H */
