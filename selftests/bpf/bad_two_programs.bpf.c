// SPDX-License-Identifier: GPL-2.0-only
/* Two programs in one object. */
#include "luo_bpf.h"
#include "../../bpf-progs/luo_v1_to_v5.bpf.c"

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	return 0;
}
