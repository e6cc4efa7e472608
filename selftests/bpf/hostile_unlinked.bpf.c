// SPDX-License-Identifier: GPL-2.0-only
/* Makes a region and leaves it lying about. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) \
	(luob_new(tx, 64, LUOB_CONTIG) ? (luob_move)(tx, out, ooff, in, ioff) : LUO_FAILED)

#include "v1_to_v5_moved.h"
