// SPDX-License-Identifier: GPL-2.0-only
/* Gives up the old sessions twice. */
#include "luo_bpf.h"

#define luob_drop(tx, in, off, reason) \
	((luob_drop)(tx, in, off, reason) || (luob_drop)(tx, in, off, reason))

#include "v1_to_v5_moved.h"
