// SPDX-License-Identifier: GPL-2.0-only
/* Stores an address that it made up, where no handle was put. */
#include "luo_bpf.h"

/* The old handle may go: what is stored in the new one is the matter. */
#undef LUO_AUTHOR
#define LUO_AUTHOR(who) LUO_LOSS("flbs_pa", "a test") __luo_tag("author " who)
#define luob_move(tx, out, ooff, in, ioff) computes(tx, out, in, ioff)

static __noinline int computes(struct luo_tx *tx, __u64 out, __u64 in, __u64 ioff)
{
	__u64 *new = (__u64 *)luob_out(tx, out, 24, 8);

	if (!new)
		return LUO_FAILED;
	*new = 0x7000000;
	return (luob_drop)(tx, in, ioff, LUOB_LOST);
}

#include "v1_to_v5_moved.h"
