/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Translators one behind the other: a chain of steps, or there and back again. */
#ifndef LUO_VERIFY_CHAIN_H
#define LUO_VERIFY_CHAIN_H

#include "verify.h"

/* What becomes of a field of the first record, worst last. */
enum verify_fate_kind {
	FATE_KEPT,	/* it arrives with the value that it had */
	FATE_NEW,	/* only the last record has it */
	FATE_FORM,	/* null where an empty container was, or the other way round */
	FATE_MOVED,	/* only the first record has it, and it reaches another field */
	FATE_TESTED,	/* only the first record has it; one value is let through */
	FATE_LOST,	/* as some object declares */
	FATE_UNKNOWN,
	FATE_CHANGED,
};

/* A record on which it shows: values in words, @back is what the field becomes. */
struct verify_said {
	char field[112];
	char value[72];
};

struct verify_example {
	struct verify_said *values;
	size_t nr;
	size_t cap;
	char was[72];
	char back[72];
};

struct verify_fate {
	enum verify_fate_kind kind;
	char field[128];
	char text[320];		/* a reason, or what it becomes */
	char by[64];		/* which object declares the loss */
	char when[256];
	struct verify_example example;
};

/* The last object refuses what the others made. */
struct verify_refuses {
	char object[64];
	char rule[64];		/* "" for an error that no rule explains */
	char when[256];
	const char *file;
	unsigned int line;
	struct verify_example example;
};

struct verify_chain {
	enum verify_verdict verdict;
	bool round_trip;
	struct verify_result *objects;	/* one for each */
	size_t nr_objects;
	struct verify_result whole;	/* lineage from the first record to the last */
	struct verify_fate *fates;
	size_t nr_fates;
	size_t cap_fates;
	struct verify_refuses *refuses;
	size_t nr_refuses;
	size_t cap_refuses;
	char why[256];			/* what could not be followed, "" for nothing */
	__u32 pairs;			/* of paths that are possible together */
	__u64 ns;
};

int luo_verify_chain(const struct luo_object *const *objs, size_t nr,
		     const struct verify_opts *opts, bool round_trip, struct verify_chain *res);
int luo_chain__fits(const struct luo_object *const *objs, size_t nr, bool round_trip, char *msg,
		    size_t msg_size);
void verify_chain__free(struct verify_chain *res);
const char *verify_fate__name(enum verify_fate_kind kind);

#endif /* LUO_VERIFY_CHAIN_H */
