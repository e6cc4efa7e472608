// SPDX-License-Identifier: GPL-2.0-only
/* Writable data that is not zero at first. */
#include "luo_bpf.h"

int bad_runs = 1;
#define luob_move(tx, out, ooff, in, ioff) \
	(bad_runs++ ? (luob_move)(tx, out, ooff, in, ioff) : LUO_FAILED)

#include "v1_to_v5_moved.h"
