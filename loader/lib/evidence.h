/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Evidence files: what was found out about objects, by whom and when. JSON lines, described
 * in luo-bpf-policy(5). A fact counts only for objects that have its digests.
 */
#ifndef LUO_LIB_EVIDENCE_H
#define LUO_LIB_EVIDENCE_H

#include <stdbool.h>
#include "lib/digest.h"

#define LUO_EVIDENCE_STEPS	64

enum luo_evidence_kind {
	LUO_EVIDENCE_VERIFIED,		/* luo-load verify, one object */
	LUO_EVIDENCE_ROUND_TRIP,	/* luo-load verify --round-trip: there, and back */
	LUO_EVIDENCE_SNAPSHOT,		/* luo-load run carried the state of a snapshot */
	LUO_EVIDENCE_KERNELS,		/* a kernel took over what another one handed to it */
	LUO_NR_EVIDENCE,
};

struct luo_evidence_step {
	char object[64];
	char digest[2 * LUO_DIGEST_SIZE + 1];
};

/**
 * struct luo_evidence - one fact
 * @kind:	enum luo_evidence_kind
 * @passed:	it went well; facts that it did not are kept, too
 * @from:	kernel that wrote, "" for what is about objects alone
 * @to:		kernel that read
 * @steps:	objects that took part, in order
 * @nr_steps:	how many
 * @when:	"2026-11-23T08:00:00Z"
 * @by:		who says so: a program and its version
 * @note:	for people, or ""
 */
struct luo_evidence {
	enum luo_evidence_kind kind;
	bool passed;
	char from[80];
	char to[80];
	struct luo_evidence_step steps[LUO_EVIDENCE_STEPS];
	unsigned int nr_steps;
	char when[24];
	char by[64];
	char note[200];
};

struct luo_evidences {
	struct luo_evidence **list;
	size_t nr;
	size_t cap;
};

const char *luo_evidence__name(enum luo_evidence_kind kind);
int luo_evidence__kind(const char *name, enum luo_evidence_kind *kind);
void luo_evidence__now(struct luo_evidence *e);
int luo_evidence__add_step(struct luo_evidence *e, const char *object, const void *bytes,
			   size_t size);
struct json_object *luo_evidence__json(const struct luo_evidence *e, bool all);
int luo_evidence__append(const char *path, const struct luo_evidence *e, char *msg,
			 size_t msg_size);
int luo_evidences__read(struct luo_evidences *all, const char *path, char *msg, size_t msg_size);
int luo_evidences__read_installed(struct luo_evidences *all, char *where, size_t where_size,
				  char *msg, size_t msg_size);
void luo_evidences__free(struct luo_evidences *all);

#endif /* LUO_LIB_EVIDENCE_H */
