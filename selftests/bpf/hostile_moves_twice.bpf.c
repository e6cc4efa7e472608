// SPDX-License-Identifier: GPL-2.0-only
/* Moves the handle of the FLBs twice. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) \
	((luob_move)(tx, out, ooff, in, ioff) || (luob_move)(tx, out, ooff, in, ioff))

#include "v1_to_v5_moved.h"
