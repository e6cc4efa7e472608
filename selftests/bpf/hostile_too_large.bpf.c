// SPDX-License-Identifier: GPL-2.0-only
/* Asks for a region that no kernel could allocate. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) (luob_new(tx, 1ULL << 40, LUOB_CONTIG) ? 0 : LUO_FAILED)

#include "v1_to_v5_moved.h"
