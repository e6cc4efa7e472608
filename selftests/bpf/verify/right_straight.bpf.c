// SPDX-License-Identifier: GPL-2.0-only
/* 4,400 instructions in a row: verify.sh looks how long that takes. */
#include "luo_bpf.h"

#define BYTES 2200

struct straight_old {
	char version[8] __luo_version;
	__u8 data[BYTES];
} __luo_packed;

struct straight_new {
	char version[8] __luo_version;
	__u8 more;
	__u8 data[BYTES];
} __luo_packed;

LUO_STEP("straight", "line-1", struct straight_old, "line-2", struct straight_new, ,
	 LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const volatile struct straight_old *old = luo_in(tx, self, 0, struct straight_old);
	volatile struct straight_new *new;
	__u64 t;
	int i;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct straight_new);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy((char *)new->version, "line-2\0", sizeof(new->version));
	new->more = 0;
	_Pragma("clang loop unroll(full)")
	for (i = 0; i < BYTES; i++)
		new->data[i] = old->data[i];
	return 0;
}
LUO_TRANSLATOR(right_straight);
