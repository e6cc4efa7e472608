// SPDX-License-Identifier: GPL-2.0-only
/* Makes an array where the reader follows a chain. */
#include "luo_bpf.h"

#include "core/contract.h"
#undef LUOB_NEW_BLOCKS
#define LUOB_NEW_BLOCKS(size) LUOB_CONTIG

#include "v1_to_v5_moved.h"
