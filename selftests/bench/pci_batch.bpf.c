// SPDX-License-Identifier: GPL-2.0-only
/* Sixteen records without a loop or a call: bytecode that librte-bpf takes too. */
#include "records.h"

__attribute__((section(".batch"), used))
__u64 batch(struct bench_pci_batch *b)
{
	__u32 i;

#pragma clang loop unroll(full)
	for (i = 0; i < BENCH_BATCH; i++)
		bench_pci(&b->in[i], &b->out[i]);
	return 0;
}
