/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the benchmark and librte-bpf, whose headers want a file of their own. */
#ifndef LUO_BENCH_H
#define LUO_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct bpf_insn;
struct vm;
struct vm_prog;

/* One program of straight code and its memory: sixteen records, and sixteen new ones. */
struct bench_batch {
	__u8 *mem;
	__u32 size;
	void *priv;
	struct vm *vm;
	struct vm_prog *prog;
	void *rte;
	__u64 (*rte_jit)(void *mem);
};

int bench_rte_load(struct bench_batch *b, const struct bpf_insn *insns, size_t nr, char *msg,
		   size_t msg_size);
void bench_rte_exec(struct bench_batch *b);
void bench_rte_jit(struct bench_batch *b);
void bench_rte_free(struct bench_batch *b);
void bench_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif /* LUO_BENCH_H */
