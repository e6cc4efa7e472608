/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lineage while it is collected: lineage.c asks the paths, lineage_say.c makes results. */
#ifndef LUO_VERIFY_LINEAGE_H
#define LUO_VERIFY_LINEAGE_H

#include "int.h"

#define LIN_SOURCES	16
#define LIN_COND	176

/* Conditions in words: the ones that hold on all paths that were asked. */
struct lin_conds {
	bool set;
	char (*text)[LIN_COND];
	unsigned int nr;
	unsigned int cap;
};

struct lin_slot;

struct lin_sources {
	struct lin_slot *slot[LIN_SOURCES];
	unsigned int nr;
	bool outside;		/* look-ups, configuration, arg */
};

struct lin_flow {
	struct lin_flow *next;
	enum verify_flow_kind kind;
	char from[256];
	struct lin_sources src;
	struct lin_conds conds;
};

struct lin_record;

/* A field of a record. */
struct lin_slot {
	const struct lin_record *record;
	const struct field *field;
	struct lin_flow *flows;	/* of the output: where it comes from */
	bool tested;		/* of the source: some condition speaks of it */
	bool lost;		/* a handle that is given up */
	bool replaced;		/* a handle whose records are carried */
	bool written;		/* of the output: a store writes it, at @insn */
	__u32 insn;
	__u32 nr;		/* in the result */
};

struct lin_record {
	bool input;
	bool lost;		/* given up, with the handle that leads here */
	char path[96];
	const struct luob_type *type;
	const struct fields *fields;
	struct lin_slot *slots;
	struct lin_slot *up;	/* of the source: the handle that leads here */
	struct lin_conds conds;
};

struct lineage {
	struct lin_record **records;
	unsigned int nr;
	unsigned int cap;
};

struct lineage *lineage__of(struct vfy *v);
struct lin_record *lineage__record(struct vfy *v, bool input, const char *path,
				   const struct luob_type *type);

#endif /* LUO_VERIFY_LINEAGE_H */
