// SPDX-License-Identifier: GPL-2.0-only
/* Makes regions until there is no memory. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) hoards(tx, out, ooff, in, ioff)

static __noinline int hoards(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	__u32 i;

	bpf_for(i, 0, 65536)
		luob_new(tx, 4U << 20, LUOB_CONTIG);
	return (luob_move)(tx, out, ooff, in, ioff);
}

#include "v1_to_v5_moved.h"
