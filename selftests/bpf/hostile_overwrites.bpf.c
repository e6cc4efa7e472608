// SPDX-License-Identifier: GPL-2.0-only
/* Moves a handle, then writes what it read elsewhere over it. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) overwrites(tx, out, ooff, in, ioff)

static __noinline int overwrites(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	const __u64 *other = (const __u64 *)luob_in(tx, in, 8, 8);
	__u64 *new = (__u64 *)luob_out(tx, out, ooff, 8);

	if (!other || !new || (luob_move)(tx, out, ooff, in, ioff))
		return LUO_FAILED;
	*new = *other;
	return 0;
}

#include "v1_to_v5_moved.h"
