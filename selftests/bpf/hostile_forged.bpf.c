// SPDX-License-Identifier: GPL-2.0-only
/* Follows a number as if it were an address. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) forged(tx, out, ooff, in, ioff)

static __noinline int forged(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	volatile __u64 *p = (void *)(in << 12 | 0x400000);

	*p = 1;
	return (luob_move)(tx, out, ooff, in, ioff);
}

#include "v1_to_v5_moved.h"
