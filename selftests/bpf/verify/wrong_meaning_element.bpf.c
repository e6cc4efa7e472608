// SPDX-License-Identifier: GPL-2.0-only
/* Elements are copied one by one, as they are. */
#include "meaning.h"

MEAN_STEP(LUO_MEANING("users", "a device alone counts itself"));

static __noinline int carry_items(struct luo_tx *tx, __u64 out, __u64 self)
{
	const struct mean_item_old *old;
	struct mean_item_new *new;
	struct mean_head *head;
	__u64 in, t, nr;
	__u32 i;

	in = luob_ref(tx, self, MEAN_ITEMS);
	if (!in)
		return luob_refuse(tx, HANDLE_MISSING, LUOB_AT(self, MEAN_ITEMS), 0);
	nr = (luob_size(tx, in) - sizeof(*head)) / sizeof(*old);
	if (nr > MEAN_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	t = luob_new(tx, sizeof(*head) + nr * sizeof(*new), LUOB_CONTIG);
	head = luo_out(tx, t, 0, struct mean_head);
	if (!head || luob_link(tx, out, MEAN_ITEMS, t))
		return LUO_FAILED;
	head->count = nr;
	bpf_for(i, 0, nr) {
		old = luo_in(tx, in, MEAN_AT(i), struct mean_item_old);
		new = luo_out(tx, t, MEAN_AT(i), struct mean_item_new);
		if (!old || !new)
			return LUO_FAILED;
		new->id = old->id;
		new->refs = old->refs; /* refused: meaning */
	}
	return luob_drop(tx, self, MEAN_ITEMS, LUOB_REPLACED);
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct mean_old *old = luo_in(tx, self, 0, struct mean_old);
	struct mean_new *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct mean_new);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "mean-2\0", sizeof(new->version));
	new->pos = old->pos;
	new->users = old->users;
	return carry_items(tx, t, self);
}
LUO_TRANSLATOR(wrong_meaning_element);
