// SPDX-License-Identifier: GPL-2.0-only
/* Every other element twice. */
#include "corpus.h"

LIST_STEP;

static __noinline int carry(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	const struct list_item_old *old = luo_in(tx, in, OLD_AT((i / 2 * 2)),
						 struct list_item_old);
	struct list_item_new *new = luo_out(tx, out, NEW_AT(i), struct list_item_new);

	if (!old || !new)
		return LUO_FAILED;
	if (old->len > 0xffffffff)
		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(in, OLD_AT(i)), old->len);
	new->id = old->id;
	new->len = old->len;
	new->flags = 0;
	return luob_child(tx, out, NEW_DATA(i), in, OLD_DATA((i / 2 * 2)));
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	struct list_head *head;
	struct list_new *new;
	__u64 t, in, out, nr, bytes;
	__u32 i;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct list_new);
	in = luob_ref(tx, self, LIST_ITEMS);
	if (!new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "list-2\0", sizeof(new->version));
	if (!in)
		return 0;
	nr = (luob_size(tx, in) - sizeof(*head)) / sizeof(struct list_item_old);
	if (nr > LIST_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	bytes = sizeof(*head) + nr * sizeof(struct list_item_new);
	out = luob_new(tx, bytes, LUOB_CONTIG);
	head = luo_out(tx, out, 0, struct list_head);
	if (!head || luob_link(tx, t, LIST_ITEMS, out))
		return LUO_FAILED;
	head->count = nr;
	bpf_for(i, 0, nr) { /* refused: handles */
		if (carry(tx, out, in, i))
			return LUO_FAILED;
	}
	return luob_drop(tx, self, LIST_ITEMS, LUOB_REPLACED);
}
LUO_TRANSLATOR(wrong_list_half);
