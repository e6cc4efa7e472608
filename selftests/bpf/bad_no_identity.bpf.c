// SPDX-License-Identifier: GPL-2.0-only
/* Does not say what it translates. */
#include "luo_bpf.h"

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	return luob_refuse(tx, WRONG_STRING, LUOB_AT(self, 0), 0);
}
LUO_TRANSLATOR(bad_no_identity);
