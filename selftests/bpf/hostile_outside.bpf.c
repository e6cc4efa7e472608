// SPDX-License-Identifier: GPL-2.0-only
/* Reads outside of a region. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) \
	(luob_in(tx, in, 20, 8) ? (luob_move)(tx, out, ooff, in, ioff) : LUO_FAILED)

#include "v1_to_v5_moved.h"
