// SPDX-License-Identifier: GPL-2.0-only
/* Two programs in one object. */
#include "luo_bpf.h"
#include "v1_to_v5_moved.h"

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	return 0;
}
