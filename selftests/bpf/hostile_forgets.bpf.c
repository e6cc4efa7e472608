// SPDX-License-Identifier: GPL-2.0-only
/* Forgets the handle of the FLBs. */
#include "luo_bpf.h"

#define luob_move(tx, out, ooff, in, ioff) 0

#include "v1_to_v5_moved.h"
