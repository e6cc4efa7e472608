// SPDX-License-Identifier: GPL-2.0-only
/* Carries each file twice. */
#include "luo_bpf.h"

#define luob_child(tx, out, ooff, in, ioff) \
	((luob_child)(tx, out, ooff, in, ioff) || (luob_child)(tx, out, ooff, in, ioff))

#include "v1_to_v5_moved.h"
