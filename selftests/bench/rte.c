// SPDX-License-Identifier: GPL-2.0-only
/* DPDK's BPF machine, where libdpdk-dev is installed; the build says so. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

#ifdef HAVE_RTE_BPF

#include <rte_bpf.h>
#include <rte_errno.h>

int bench_rte_load(struct bench_batch *b, const struct bpf_insn *insns, size_t nr, char *msg,
		   size_t msg_size)
{
	struct rte_bpf_prm prm = {
		.ins = (const struct ebpf_insn *)insns,
		.nb_ins = nr,
		.prog_arg = { .type = RTE_BPF_ARG_PTR, .size = b->size },
	};
	struct rte_bpf_jit jit = {};

	b->rte = rte_bpf_load(&prm);
	if (!b->rte) {
		snprintf(msg, msg_size, "it refuses the program: %s", strerror(rte_errno));
		return -EINVAL;
	}
	if (!rte_bpf_get_jit(b->rte, &jit))
		b->rte_jit = (__u64 (*)(void *))jit.func;
	return 0;
}

void bench_rte_exec(struct bench_batch *b)
{
	rte_bpf_exec(b->rte, b->mem);
}

void bench_rte_jit(struct bench_batch *b)
{
	b->rte_jit(b->mem);
}

void bench_rte_free(struct bench_batch *b)
{
	rte_bpf_destroy(b->rte);
}

#else /* !HAVE_RTE_BPF */

int bench_rte_load(struct bench_batch *b, const struct bpf_insn *insns, size_t nr, char *msg,
		   size_t msg_size)
{
	(void)b;
	(void)insns;
	(void)nr;
	snprintf(msg, msg_size, "not installed (libdpdk-dev)");
	return -ENOENT;
}

void bench_rte_exec(struct bench_batch *b)
{
	(void)b;
}

void bench_rte_jit(struct bench_batch *b)
{
	(void)b;
}

void bench_rte_free(struct bench_batch *b)
{
	(void)b;
}

#endif
