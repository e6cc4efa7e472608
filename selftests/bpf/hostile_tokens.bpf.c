// SPDX-License-Identifier: GPL-2.0-only
/* Calls with a token that was never given out. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) \
	(luob_ref(tx, 0xdeadbeefULL << 30, ioff) ? LUO_FAILED : 0)

#include "v1_to_v5_moved.h"
