// SPDX-License-Identifier: GPL-2.0-only
/* Gives up the old sessions twice. */
#include "luo_bpf.h"

#define luob_drop(tx, in, off, reason) \
	((luob_drop)(tx, in, off, reason) || (luob_drop)(tx, in, off, reason))

#include "../../bpf-progs/luo_v1_to_v5.bpf.c"
