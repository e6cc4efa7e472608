// SPDX-License-Identifier: GPL-2.0-only
/* Keeps something from one run to the next. */
#include "luo_bpf.h"

int bad_runs;
#define luob_move(tx, out, ooff, in, ioff) \
	(bad_runs++ ? LUO_FAILED : (luob_move)(tx, out, ooff, in, ioff))

#include "v1_to_v5_moved.h"
