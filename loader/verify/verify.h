/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: The verifier
 *
 * The kernel's verifier proves memory safety. This one proves what it cannot know: that
 * a translator is right about records. It executes the bytecode of an object on symbols,
 * on every path, with loops by induction over their index, and checks what was written
 * against both layouts. Whatever it does not understand is "unknown", never "proved".
 */
#ifndef LUO_VERIFY_H
#define LUO_VERIFY_H

#include "lib/object.h"
#include "lib/specimen.h"

enum verify_verdict {
	VERIFY_PROVED,
	VERIFY_UNKNOWN,
	VERIFY_REFUSED,
};

/* What a finding is about. */
enum verify_rule {
	VERIFY_COMPLETE,	/* every byte of the output is written */
	VERIFY_CLEAN,		/* it depends on input, constants and look-ups only */
	VERIFY_LOSS,		/* nothing is dropped silently */
	VERIFY_NARROWING,	/* a value that may not fit is tested */
	VERIFY_SHARED,		/* fields that both versions have keep their value */
	VERIFY_HANDLES,		/* moved, linked or dropped, once; never computed */
	VERIFY_CONTAINERS,	/* every element, and counts that say so */
	VERIFY_VERSION,		/* the new record says what it is */
	VERIFY_REFUSAL,		/* whoever refuses does not return success */
	VERIFY_WINDOW,		/* accesses lie inside of their windows */
	VERIFY_TERMINATES,
	VERIFY_CONTRACT,	/* forms outside of the contract */
	VERIFY_MEANING,		/* what says something else is not copied unseen */
	VERIFY_WAIVER,		/* statements of the source that are about nothing */
	/* Rules inside of these classes: rule.c has their names. */
	VERIFY_COMPLETE_FIELD,
	VERIFY_COMPLETE_PADDING,
	VERIFY_COMPLETE_RESERVED,
	VERIFY_CLEAN_TURNS,
	VERIFY_CLEAN_KEY,
	VERIFY_LOSS_FIELD,
	VERIFY_LOSS_ARITHMETIC,
	VERIFY_LOSS_MERGED,
	VERIFY_LOSS_WIDE,
	VERIFY_NARROWING_FIELD,
	VERIFY_NARROWING_STORE,
	VERIFY_HANDLES_CONTENT,
	VERIFY_CONTAINERS_COUNT,
	VERIFY_CONTAINERS_TURNS,
	VERIFY_CONTAINERS_INDEX,
	VERIFY_CONTAINERS_NODES,
	VERIFY_CONTAINERS_UNIQUE,
	VERIFY_WINDOW_END,
	VERIFY_VERSION_STRING,
	VERIFY_NR_RULES,
};

/* One thing that matters in an input: a field, a number of elements, an answer. */
struct verify_value {
	char name[112];
	__u64 val;
	bool null;		/* a handle that leads nowhere */
};

/**
 * struct verify_input - an input on which a finding can be seen
 * @values:	what matters in it
 * @specimen:	the record and what hangs below it; its types belong to the object
 * @arg:	translate()'s third argument
 * @config:	luo_config_thp: enum luob_known, if @has_config
 * @odd_config:	another luo_config_ name has to have a value, which no option gives it
 * @core:	file that it was written to, or NULL; malloc()ed
 * @command:	that runs it, or NULL; malloc()ed
 */
struct verify_input {
	struct verify_value *values;
	size_t nr_values;
	size_t cap_values;
	struct luo_specimen specimen;
	__u64 arg;
	bool has_config;
	bool odd_config;
	__u32 config;
	char *core;
	char *command;
};

/* What @file, @type and @waived point to lives as long as the object. */
struct verify_finding {
	struct verify_input *input;	/* NULL: every input shows it, or none was found */
	enum verify_rule rule;
	enum verify_verdict verdict;
	const char *file;	/* base name, "" when the object has no line information */
	unsigned int line;
	__u32 insn;
	const char *type;	/* the structure and field that it is about, or "" */
	char field[96];
	const char *waived;	/* the reason that LUO_WAIVE() gives, or NULL */
	char text[512];
};

/* What a flow is. */
enum verify_flow_kind {
	/* Of a field of the output: what it is made of. */
	FLOW_COPIED,		/* one field, as it was */
	FLOW_CONVERTED,		/* fields, computed with */
	FLOW_CONSTANT,
	FLOW_OUTSIDE,		/* look-ups, configuration */
	FLOW_COUNT,		/* a number of elements */
	FLOW_MOVED,		/* a handle, with all that is behind it */
	FLOW_CHILD,		/* a record of another family, carried by the engine */
	FLOW_REGION,		/* a region that the step makes */
	FLOW_NULL,
	/* Of a field of the source: what becomes of it. */
	FLOW_TO,		/* it reaches fields of the output */
	FLOW_REPLACED,		/* a handle: the records behind it are carried */
	FLOW_DROPPED,		/* as LUO_LOSS() declares */
	FLOW_TESTED,		/* only tested */
	FLOW_ALONG,		/* carried by what is done with a handle */
	FLOW_RESERVED,
	FLOW_VERSION,
	FLOW_NOTHING,
};

/* A structure of the source or of the output, and the way to it: "", "files[i].". */
struct verify_record {
	bool input;
	char path[96];
	char type[64];
	__u32 size;
	__u32 first;		/* of its slots */
	__u32 nr;
};

/* A field of a record, in the order of offsets; padding at its end. */
struct verify_slot {
	__u32 record;
	char name[96];
	char type[64];
	__u32 bit;
	__u32 bits;
	bool padding;
	bool reserved;
	bool version;
	bool handle;
	bool seen;		/* an acceptor has looked at it */
};

#define VERIFY_SOURCES_MAX 8

/* One line of the lineage: where a field comes from, or goes to. */
struct verify_flow {
	bool input;		/* a field of the source, and where it goes */
	enum verify_flow_kind kind;
	char field[128];
	char from[256];		/* in words */
	char when[256];		/* the condition, "" for always */
	__u32 slot;
	__u32 src[VERIFY_SOURCES_MAX];	/* slots of the source */
	__u32 nr_src;
};

struct verify_check {
	char rule[64];		/* what an acceptor refuses by */
	unsigned int line;
	char when[256];
};

struct verify_result {
	enum verify_verdict verdict;
	struct verify_finding *findings;
	size_t nr_findings;
	size_t cap_findings;
	size_t nr_waived;	/* of them do not count */
	struct verify_record *records;
	size_t nr_records;
	size_t cap_records;
	struct verify_slot *slots;
	size_t nr_slots;
	size_t cap_slots;
	struct verify_flow *flows;
	size_t nr_flows;
	size_t cap_flows;
	struct verify_check *checks;
	size_t nr_checks;
	size_t cap_checks;
	char (*unread)[128];	/* fields that an acceptor never looks at */
	size_t nr_unread;
	size_t cap_unread;
	char (*notes)[384];	/* what no property says: see note.c */
	size_t nr_notes;
	size_t cap_notes;
	__u64 insns;		/* executed on symbols */
	__u32 paths;
	__u32 terms;
	__u32 queries;		/* that Z3 was asked */
	__u64 ns;
};

struct verify_opts {
	bool no_solver;		/* do without Z3 */
};

int luo_verify(const struct luo_object *obj, struct verify_result *res);
int luo_verify_with(const struct luo_object *obj, const struct verify_opts *opts,
		    struct verify_result *res);
void verify_result__free(struct verify_result *res);
enum verify_rule verify_rule__class(enum verify_rule rule);
const char *verify_rule__property(enum verify_rule rule);
const char *verify_flow__name(enum verify_flow_kind kind);
const char *verify_rule__name(enum verify_rule rule);
const char *verify_rule__what(enum verify_rule rule);
bool verify_rule__waivable(enum verify_rule rule);
const char *verify_verdict__name(enum verify_verdict verdict);

#endif /* LUO_VERIFY_H */
