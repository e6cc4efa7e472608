// SPDX-License-Identifier: GPL-2.0-only
/* Writes another version than it says. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) wrong(tx, out, ooff, in, ioff)

static __noinline int wrong(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	char *p = (char *)luob_out(tx, out, 0, 8);

	if (!p)
		return LUO_FAILED;
	p[5] = '6';
	return (luob_move)(tx, out, ooff, in, ioff);
}

#include "v1_to_v5_moved.h"
