// SPDX-License-Identifier: GPL-2.0-only
/* Calls itself, and not at its end: that would become a loop. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) bad_recursion(tx, in)

static __noinline int bad_recursion(struct luo_tx *tx, __u64 in)
{
	int deeper;

	if (!luob_size(tx, LUOB_SELF))
		return 0;
	deeper = bad_recursion(tx, in + 1);
	asm volatile("" : "+r"(deeper));
	return deeper + 1;
}

#include "v1_to_v5_moved.h"
