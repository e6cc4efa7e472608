// SPDX-License-Identifier: GPL-2.0-only
/* How the vendor's next driver reads; LIMIT as in sample_hw.bpf.c. */
#include "luo_bpf.h"
#include "sample_hw.h"

#ifndef LIMIT
#define LIMIT
#endif

LUO_READS("sample-hw", "sample-hw-2", struct sample_hw_ser___v2,
	  LUO_ALSO(struct sample_hw_ser___v1),
	  LUO_AUTHOR("sample vendor") LIMIT);

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct sample_hw_ser___v2 *r = luo_in(tx, self, 0, struct sample_hw_ser___v2);

	if (!r)
		return LUO_FAILED;
	if (r->reserved)
		return luob_refuse(tx, RESERVED_NOT_ZERO,
				   LUO_PLACE(self, 0, struct sample_hw_ser___v2, reserved),
				   r->reserved);
	return 0;
}
LUO_ACCEPTOR(sample_hw_accept);
