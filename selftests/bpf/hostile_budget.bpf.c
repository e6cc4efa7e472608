// SPDX-License-Identifier: GPL-2.0-only
/* Makes more calls than its input justifies. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) budget(tx, out, ooff, in, ioff)

static __noinline int budget(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	__u64 sum = 0;
	__u32 i;

	bpf_for(i, 0, LUOB_MAX_ITER)
		sum += luob_size(tx, in);
	return sum ? (luob_move)(tx, out, ooff, in, ioff) : LUO_FAILED;
}

#include "v1_to_v5_moved.h"
