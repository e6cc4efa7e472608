// SPDX-License-Identifier: GPL-2.0-only
/* Writes to what it may only read. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) writes(tx, out, ooff, in, ioff)

static __noinline int writes(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	__u64 *p = (__u64 *)luob_in(tx, in, 0, 8);

	if (p)
		*(volatile __u64 *)p = 0;
	return (luob_move)(tx, out, ooff, in, ioff);
}

#include "v1_to_v5_moved.h"
