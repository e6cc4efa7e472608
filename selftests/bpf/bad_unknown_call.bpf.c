// SPDX-License-Identifier: GPL-2.0-only
/* A call that is not in the contract. */
#include "luo_bpf.h"

extern __u64 luob_frobnicate(struct luo_tx *tx, __u64 in) __ksym;
#define luob_move(tx, out, ooff, in, ioff) ((int)luob_frobnicate(tx, in))

#include "v1_to_v5_moved.h"
