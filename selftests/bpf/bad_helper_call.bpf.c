// SPDX-License-Identifier: GPL-2.0-only
/* Calls a BPF helper, which is none of the contract's calls. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) \
	(bpf_ktime_get_ns() ? (luob_move)(tx, out, ooff, in, ioff) : LUO_FAILED)

#include "v1_to_v5_moved.h"
