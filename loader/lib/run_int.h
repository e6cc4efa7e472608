/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the parts of a run: run.c, run_host.c, run_write.c. */
#ifndef LUO_LIB_RUN_INT_H
#define LUO_LIB_RUN_INT_H

#include "jit/jit.h"
#include "lib/answers.h"
#include "lib/objects.h"
#include "lib/run.h"
#include "lib/state.h"
#include "monitor/monitor.h"

/* Memory made by the run, by physical address. */
struct luo_overlay {
	__u64 pa;
	__u64 len;
	const void *va;
};

struct luo_run {
	const struct luo_run_opts *opts;
	struct luo_run_result *res;
	struct luo_objects objects;
	struct luo_profile *to;
	struct luo_state st;
	struct luo_physmem *pm;
	struct luob_mem mem;
	struct luob_host host;
	struct luo_tx tx;
	struct vm *vm;
	struct monitor *monitor;	/* NULL: nobody watches */
	struct luo_jit *jit;
	bool no_jit;		/* the host's kernel cannot be used */
	struct luo_answers answers;
	__u64 insn_budget;
	const struct luob_prog *stuck;	/* ran out of instructions once */
	enum luob_known thp;
	enum luob_known deferred;
	size_t cap_blockers;
	size_t cap_records;
	size_t cap_warnings;
	int err;		/* no memory to report something */
};

enum luo_run_status luo_run__fail(struct luo_run *run, enum luo_run_status status,
				  const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
enum luo_run_status luo_run__no_memory(struct luo_run *run);
void luo_run__warn(struct luo_run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void luo_run__block(struct luo_run *run, const char *rule, const char *record,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
__u64 luo_run__now(void *priv);
int luo_run__host(struct luo_run *run);
enum luo_run_status luo_run__config(struct luo_run *run);
void luo_run__set_config(struct luo_run *run);
enum luo_run_status luo_run__write(struct luo_run *run);
int luo_run__hop(struct luo_run *run);

#endif /* LUO_LIB_RUN_INT_H */
