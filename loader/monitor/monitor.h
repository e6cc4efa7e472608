/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: The monitor
 *
 * Runs a step as the interpreter does, slower, and knows of every byte of registers, stack
 * and new regions whether it was written and where it came from. When the step succeeded,
 * the run is held against the properties that loader/verify proves: an object that is
 * proved and a run that the monitor complains of is a bug in one of the two, so that they
 * share no code but the names of the properties.
 *
 * What one run cannot show is found by running the step again with bits of the source
 * changed (the calls are answered from a log): a bit that changes neither path, calls nor
 * output is lost.
 */
#ifndef LUO_MONITOR_H
#define LUO_MONITOR_H

#include "core/tx.h"
#include "verify/verify.h"

#define MONITOR_SEEN_MAX	64

struct monitor;

/**
 * struct monitor_violation - something that a step did, and must not do
 * @rule:	the property
 * @prog:	whose step it was
 * @file:	source file, "" when the object has no line information
 * @line:	of @file
 * @insn:	instruction
 * @text:	one line, without the place
 * @record:	"LUO/sessions_pa[0] 'vm'", or ""
 * @field:	field of that record, or ""
 */
struct monitor_violation {
	enum verify_rule rule;
	const struct luob_prog *prog;
	const char *file;
	unsigned int line;
	__u32 insn;
	char text[200];
	char record[256];
	char field[64];
};

/**
 * struct monitor_result - what was seen, of all steps
 * @seen:	the first violations, MONITOR_SEEN_MAX at most
 * @nr:		all of them
 * @steps:	programs that were run
 * @judged:	of them, translators that succeeded
 * @replays:	runs with changed bits
 * @untried:	bits that were not changed, because it would have taken too long
 */
struct monitor_result {
	struct monitor_violation seen[MONITOR_SEEN_MAX];
	size_t nr;
	__u64 steps;
	__u64 judged;
	__u64 replays;
	__u64 untried;
};

/**
 * monitor__new - make a monitor
 * @insn_budget: instructions that one run may take
 *
 * Return: the monitor, to be released with monitor__free(), or NULL with errno set.
 */
struct monitor *monitor__new(__u64 insn_budget);
void monitor__free(struct monitor *m);

/**
 * monitor__run - run one program of a transaction, and judge it
 * @m: monitor
 * @prog: its priv is a struct luo_object, which has to outlive the monitor
 * @tx: transaction with a started step
 * @self: token of the record
 * @arg: for translators
 * @ret: what the program returned
 * @f: why it was stopped
 *
 * Return: as luo_engine__run(): 0, -EBADMSG with @f set, -ENOMEM.
 */
int monitor__run(struct monitor *m, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		 __u64 arg, __s64 *ret, struct luob_fault *f);

const struct monitor_result *monitor__result(const struct monitor *m);
void monitor__reset(struct monitor *m);

#endif /* LUO_MONITOR_H */
