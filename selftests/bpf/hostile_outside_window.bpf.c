// SPDX-License-Identifier: GPL-2.0-only
/* Reads behind a window that it was given. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) outside(tx, out, ooff, in, ioff)

static __noinline int outside(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	volatile const __u8 *p = luob_in(tx, in, 0, 8);

	return p && p[8] == 1 ? LUO_FAILED : (luob_move)(tx, out, ooff, in, ioff);
}

#include "v1_to_v5_moved.h"
