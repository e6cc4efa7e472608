/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: The host kernel's verifier and JIT as an engine
 *
 * Without our module: an object's bytecode, static functions for the contract's calls
 * and a driver make one BPF_PROG_TYPE_SYSCALL program over one array. What a step reads
 * is copied there; calls that change the transaction are noted and repeated by
 * core/calls.c when the program has succeeded, so budget, ledger and refusals are those
 * of the other engines. A run that does not succeed has changed nothing: the caller
 * lets the interpreter do the step.
 *
 * In this form the host's verifier proves nothing about the contract: it accepts stores
 * into what luob_in() gave out, and reads past a window. So only objects that luo_verify()
 * proves may be run, which is the caller's to see to, and the copies of the input are
 * compared afterwards.
 */
#ifndef LUO_JIT_H
#define LUO_JIT_H

#include "core/tx.h"
#include "lib/object.h"

struct luo_jit;

int luo_jit__new(struct luo_jit **jit, char *why, size_t why_size);
void luo_jit__free(struct luo_jit *jit);
int luo_jit__run(struct luo_jit *jit, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		 __u64 arg, __s64 *ret, struct luob_fault *f);
const char *luo_jit__why(const struct luo_jit *jit);
__u64 luo_jit__runs(const struct luo_jit *jit);
bool luo_jit__pays(const struct luo_tx *tx);
int luo_jit__check(const struct luo_object *obj, char *log, size_t log_size, __u32 *first);

#endif /* LUO_JIT_H */
