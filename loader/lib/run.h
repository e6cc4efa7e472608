/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Carry the state of a snapshot to another release: plan, translate, accept, write. */
#ifndef LUO_LIB_RUN_H
#define LUO_LIB_RUN_H

#include <stdbool.h>
#include <linux/types.h>

#include "lib/provenance.h"

struct luo_objects;

/* How a run ended. */
enum luo_run_status {
	LUO_RUN_DONE = 0,
	LUO_RUN_SYSTEM,		/* a file or memory: nothing is said about the state */
	LUO_RUN_REFUSED,	/* the state can't be carried; blockers say why */
	LUO_RUN_OBJECT,		/* an object is not usable */
	LUO_RUN_USAGE,		/* an argument is not usable */
	LUO_RUN_UNPROVED,	/* an object is not proved right: @objects say which */
	LUO_RUN_WRONG,		/* the monitor saw a step break a property */
};

/* What runs the programs. All give the same result. */
enum luo_engine {
	LUO_ENGINE_AUTO,	/* the host kernel's JIT for large arrays of plain data */
	LUO_ENGINE_INTERPRETER,
	LUO_ENGINE_JIT,		/* wherever it can be used */
};

/**
 * struct luo_run_opts - what to do
 * @input:	snapshot
 * @output:	file to write, NULL for none (dry run)
 * @to:		target: a release, or a profile file
 * @from:	profile file of the old kernel, NULL: the snapshot tells
 * @objects:	files or directories, looked at before the installed ones
 * @nr_objects:	their number
 * @only:	no installed objects
 * @config:	what is known about the target: "thp", "no-thp", "deferred",
 *		"no-deferred", or a kernel configuration file, with commas; NULL
 * @no_verify:	use objects that are not proved, too
 * @losses:	that are accepted, see luo_objects__accept_losses()
 * @engine:	enum luo_engine
 * @lookups:	file of answers to look-ups, beside those of the snapshot; NULL
 * @records_only: leave content out of the output
 * @monitor:	watch every step of any object; one that breaks a property of the verifier is
 *		a refusal
 * @progress:	called now and then, may be NULL
 */
struct luo_run_opts {
	const char *input;
	const char *output;
	const char *to;
	const char *from;
	const char *const *objects;
	size_t nr_objects;
	bool only;
	const char *config;
	bool no_verify;
	const char *losses;
	enum luo_engine engine;
	const char *lookups;
	bool records_only;
	bool monitor;
	void (*progress)(const char *stage, __u64 done, __u64 total);
};

struct luo_run_blocker {
	char rule[48];
	char record[256];
	char field[64];
	char text[256];
	__u64 value;
	bool has_value;
};

/* What the monitor saw; see struct monitor_violation. */
struct luo_run_violation {
	char property[16];
	char object[64];
	char file[64];
	unsigned int line;
	__u32 insn;
	char text[200];
	char record[256];
	char field[64];
};

enum luo_run_verdict {
	LUO_RECORD_SAME,
	LUO_RECORD_TRANSLATED,
	LUO_RECORD_BLOCKED,
};

struct luo_run_record {
	char label[256];
	char family[16];
	char from[48];
	char to[48];
	char steps[256];
	enum luo_run_verdict verdict;
	__u64 added;
	__u64 added_bytes;
	__u64 dropped;
	__u64 ns;
};

enum luo_run_stage {
	LUO_STAGE_READ,
	LUO_STAGE_VERIFY,
	LUO_STAGE_PLAN,
	LUO_STAGE_TRANSLATE,
	LUO_STAGE_ACCEPT,
	LUO_STAGE_WRITE,
	LUO_NR_STAGES,
};

struct luo_run_result {
	enum luo_run_status status;
	char subject[256];	/* of @msg: a file, or "" */
	char msg[512];
	struct luo_run_blocker *blockers;
	size_t nr_blockers;
	struct luo_run_record *records;
	size_t nr_records;
	struct luo_run_violation *violations;
	size_t nr_violations;	/* in the list */
	__u64 violations_all;
	__u64 monitored;	/* steps that the monitor watched */
	__u64 replays;
	__u64 untried;		/* bits of the source that were not tried, for want of time */
	char (*warnings)[256];
	size_t nr_warnings;
	char from_release[80];
	char to_release[32];
	char from_kho[16];
	char to_kho[16];
	bool identical;
	__u64 stage_ns[LUO_NR_STAGES];
	__u64 ranges_before;
	__u64 bytes_before;
	__u64 ranges_after;
	__u64 bytes_after;
	__u64 ranges_added;
	__u64 ranges_dropped;
	__u64 written;
	__u64 sessions;
	__u64 files;
	struct luo_objects *objects;	/* that were used or refused, with verdicts; or NULL */
	struct luo_hop hop;	/* this run, once it is done: translators that had records */
	__u64 steps;		/* programs that ran */
	__u64 jit_steps;	/* of them in the host's kernel */
};

void luo_run(const struct luo_run_opts *opts, struct luo_run_result *res);
void luo_run_result__free(struct luo_run_result *res);
const char *luo_run_stage__name(enum luo_run_stage stage);

#endif /* LUO_LIB_RUN_H */
