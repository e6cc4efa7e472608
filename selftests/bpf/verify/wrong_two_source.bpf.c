// SPDX-License-Identifier: GPL-2.0-only
/* Elements of the first table come twice. */
#include "two.h"

/* Elements of a region of the source. */
static __always_inline __u64 two_count(struct luo_tx *tx, __u64 in)
{
	return (luob_size(tx, in) - sizeof(struct two_head)) / sizeof(struct two_item);
}

/* A table for @nr elements, in the handle at @off of @t; 0 when that fails. */
static __always_inline __u64 two_table(struct luo_tx *tx, __u64 t, __u64 off, __u64 nr)
{
	__u64 bytes = sizeof(struct two_head) + nr * sizeof(struct two_wide);
	__u64 out = luob_new(tx, bytes, LUOB_CONTIG);
	struct two_head *head = luo_out(tx, out, 0, struct two_head);

	if (!head || luob_link(tx, t, off, out)) /* refused: shared */
		return 0;
	head->count = nr;
	return out;
}

static __always_inline int two_carry(struct luo_tx *tx, __u64 out, __u64 to, __u64 in,
				     __u64 from)
{
	const struct two_item *old = luo_in(tx, in, OLD_AT(from), struct two_item);
	struct two_wide *new = luo_out(tx, out, NEW_AT(to), struct two_wide);

	if (!old || !new)
		return LUO_FAILED;
	new->id = old->id;
	new->len = old->len;
	new->flags = 0;
	return 0;
}

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
	to = two_table(tx, t, FIRST, n);
	bpf_for(i, 0, n) {
		if (two_carry(tx, to, i, a, i))
			return LUO_FAILED;
	}
	to = two_table(tx, t, SECOND, m);
	bpf_for(i, 0, m) {
		if (two_carry(tx, to, i, a, i))
			return LUO_FAILED;
	}
	if (luob_drop(tx, self, FIRST, LUOB_REPLACED))
		return LUO_FAILED;
	return luob_drop(tx, self, SECOND, LUOB_REPLACED);
}
LUO_TRANSLATOR(wrong_two_source);
