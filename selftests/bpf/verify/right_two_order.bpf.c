// SPDX-License-Identifier: GPL-2.0-only
/* The second table first. */
#include "two.h"

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	__u64 t = luob_new(tx, sizeof(struct two_new), LUOB_CONTIG), a, b, to, n = 0, m = 0;
	struct two_new *new = luo_out(tx, t, 0, struct two_new);
	__u32 i;

	a = luob_ref(tx, self, FIRST);
	b = luob_ref(tx, self, SECOND);
	if (!new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "two-2\0\0", sizeof(new->version));
	if (!a || !b)
		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(self, 0), 0);
	n = two_count(tx, a);
	m = two_count(tx, b);
	if (n > TWO_MAX || m > TWO_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), n);
	to = two_table(tx, t, SECOND, m);
	bpf_for(i, 0, m) {
		if (two_carry(tx, to, i, b, i))
			return LUO_FAILED;
	}
	to = two_table(tx, t, FIRST, n);
	bpf_for(i, 0, n) {
		if (two_carry(tx, to, i, a, i))
			return LUO_FAILED;
	}
	if (luob_drop(tx, self, FIRST, LUOB_REPLACED))
		return LUO_FAILED;
	return luob_drop(tx, self, SECOND, LUOB_REPLACED);
}
LUO_TRANSLATOR(right_two_order);
