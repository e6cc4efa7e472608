// SPDX-License-Identifier: GPL-2.0-only
/* The way up that all ways back of this directory belong to. */
#include "pair.h"

LUO_STEP("pair", "pair-1", struct pair_1, "pair-2", struct pair_2, PAIR_ALSO, LUO_AUTHOR("test"));

static __noinline int carry_item(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	const struct pair_item_1 *old = luo_in(tx, in, PAIR_AT(pair_item_1, i),
					       struct pair_item_1);
	struct pair_item_2 *new = luo_out(tx, out, PAIR_AT(pair_item_2, i), struct pair_item_2);

	if (!old || !new)
		return LUO_FAILED;
	new->tag = old->id;
	new->bytes = old->len;
	new->sort = old->kind;
	return 0;
}

static __noinline int carry_items(struct luo_tx *tx, __u64 t, __u64 self)
{
	struct pair_head *head;
	__u64 in, out, nr;
	__u32 i;

	in = luob_ref(tx, self, PAIR_1(items));
	if (!in)
		return 0;
	nr = (luob_size(tx, in) - sizeof(*head)) / sizeof(struct pair_item_1);
	if (nr > PAIR_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	out = luob_new(tx, PAIR_AT(pair_item_2, nr), LUOB_CONTIG);
	head = luo_out(tx, out, 0, struct pair_head);
	if (!head || luob_link(tx, t, PAIR_2(things), out))
		return LUO_FAILED;
	head->count = nr;
	bpf_for(i, 0, nr) {
		if (carry_item(tx, out, in, i))
			return LUO_FAILED;
	}
	return luob_drop(tx, self, PAIR_1(items), LUOB_REPLACED);
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pair_1 *old = luo_in(tx, self, 0, struct pair_1);
	struct pair_2 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pair_2);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "pair-2\0", sizeof(new->version));
	new->one = old->first;
	new->two = old->second;
	new->wide = old->small;
	new->broad = old->other;
	if (carry_items(tx, t, self) ||
	    luob_move(tx, t, PAIR_2(port), self, PAIR_1(left)))
		return LUO_FAILED;
	return luob_move(tx, t, PAIR_2(starboard), self, PAIR_1(right));
}
LUO_TRANSLATOR(up);
