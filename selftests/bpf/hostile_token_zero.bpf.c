// SPDX-License-Identifier: GPL-2.0-only
/* Calls with token 0. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) (luob_size(tx, 0) ? LUO_FAILED : 0)

#include "v1_to_v5_moved.h"
