// SPDX-License-Identifier: GPL-2.0-only
/* In some elements the halves of the number change places: it may be that of another. */
#include "unique.h"

UNIQ_STEP();

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	struct uniq_head *head;
	struct uniq_new *new;
	__u64 t, in, out, nr;
	__u32 i;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct uniq_new);
	in = luob_ref(tx, self, UNIQ_ITEMS);
	if (!new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "uniq-2\0", sizeof(new->version));
	if (!in)
		return 0;
	nr = (luob_size(tx, in) - sizeof(*head)) / sizeof(struct uniq_item_old);
	if (nr > UNIQ_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	out = luob_new(tx, sizeof(*head) + nr * sizeof(struct uniq_item_new), LUOB_CONTIG);
	head = luo_out(tx, out, 0, struct uniq_head);
	if (!head || luob_link(tx, t, UNIQ_ITEMS, out))
		return LUO_FAILED;
	head->count = nr;
	bpf_for(i, 0, nr) { /* unknown: containers */
		const struct uniq_item_old *old = luo_in(tx, in, OLD_AT(i), struct uniq_item_old);
		struct uniq_item_new *item = luo_out(tx, out, NEW_AT(i), struct uniq_item_new);

		if (!old || !item)
			return LUO_FAILED;
		item->len = old->len;
		if (old->len & 1)
			item->key = old->token >> 32 | old->token << 32;
		else
			item->key = old->token;
	}
	return luob_drop(tx, self, UNIQ_ITEMS, LUOB_REPLACED);
}
LUO_TRANSLATOR(wrong_unique_turned);
