/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* luo_v1_to_v5 with its FLBs moved as a whole: a call in whose place tests do other things. */
#define FLB_CARRY_H
#define carry_flbs(tx, out, ooff, in, ioff) luob_move(tx, out, ooff, in, ioff)
#include "../../bpf-progs/luo_v1_to_v5.bpf.c"
