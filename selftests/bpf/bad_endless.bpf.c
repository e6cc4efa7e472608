// SPDX-License-Identifier: GPL-2.0-only
/* Never returns, and makes no call either. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) bad_endless()

static __noinline int bad_endless(void)
{
	for (;;)
		asm volatile("");
	return 0;
}

#include "v1_to_v5_moved.h"
