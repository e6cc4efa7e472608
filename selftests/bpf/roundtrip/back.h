/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way back. Each object of this directory says by these macros in what it differs:
 * PAIR_TEST may leave, the others are values, handles and numbers.
 */
#ifndef TEST_ROUNDTRIP_BACK_H
#define TEST_ROUNDTRIP_BACK_H

#include "pair.h"

#ifndef PAIR_LOSSES
#define PAIR_LOSSES
#endif
#ifndef PAIR_TEST
#define PAIR_TEST
#endif
#ifndef PAIR_FIRST
#define PAIR_FIRST	old->one
#endif
#ifndef PAIR_SECOND
#define PAIR_SECOND	old->two
#endif
#ifndef PAIR_SMALL
#define PAIR_SMALL	old->wide
#endif
#ifndef PAIR_OTHER
#define PAIR_OTHER	old->broad
#endif
#ifndef PAIR_LEFT
#define PAIR_LEFT	luob_move(tx, t, PAIR_1(left), self, PAIR_2(port))
#endif
#ifndef PAIR_RIGHT
#define PAIR_RIGHT	luob_move(tx, t, PAIR_1(right), self, PAIR_2(starboard))
#endif
#ifndef PAIR_ITEMS
#define PAIR_ITEMS	luob_drop(tx, self, PAIR_2(things), LUOB_REPLACED)
#endif
#ifndef PAIR_NR
#define PAIR_NR		nr
#endif
#ifndef PAIR_FROM
#define PAIR_FROM	i
#endif
#ifndef PAIR_ID
#define PAIR_ID		old->tag
#endif
#ifndef PAIR_LEN
#define PAIR_LEN	old->bytes
#endif
#ifndef PAIR_KIND
#define PAIR_KIND	old->sort
#endif

LUO_STEP("pair", "pair-2", struct pair_2, "pair-1", struct pair_1, PAIR_ALSO,
	 PAIR_LOSSES LUO_AUTHOR("test"));

static __noinline int carry_item(struct luo_tx *tx, __u64 out, __u64 in, __u64 i, __u64 nr)
{
	const struct pair_item_2 *old = luo_in(tx, in, PAIR_AT(pair_item_2, PAIR_FROM),
					       struct pair_item_2);
	struct pair_item_1 *new = luo_out(tx, out, PAIR_AT(pair_item_1, i), struct pair_item_1);

	if (!old || !new)
		return LUO_FAILED;
	if (old->bytes > 0xffffffff || old->sort > 0xffffffff)
		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(in, 0), old->bytes);
	new->id = PAIR_ID;
	new->len = PAIR_LEN;
	new->kind = PAIR_KIND;
	return 0;
}

static __noinline int carry_items(struct luo_tx *tx, __u64 t, __u64 self)
{
	struct pair_head *head;
	__u64 in, out, nr;
	__u32 i;

	in = luob_ref(tx, self, PAIR_2(things));
	if (!in)
		return 0;
	nr = (luob_size(tx, in) - sizeof(*head)) / sizeof(struct pair_item_2);
	if (nr > PAIR_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	out = luob_new(tx, PAIR_AT(pair_item_1, PAIR_NR), LUOB_CONTIG);
	head = luo_out(tx, out, 0, struct pair_head);
	if (!head || luob_link(tx, t, PAIR_1(items), out))
		return LUO_FAILED;
	head->count = PAIR_NR;
	bpf_for(i, 0, PAIR_NR) {
		if (carry_item(tx, out, in, i, nr))
			return LUO_FAILED;
	}
	return PAIR_ITEMS;
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pair_2 *old = luo_in(tx, self, 0, struct pair_2);
	struct pair_1 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pair_1);
	if (!old || !new)
		return LUO_FAILED;
	PAIR_TEST
	if (old->wide > 0xffffffff || old->broad > 0xffffffff)
		return luob_refuse(tx, VALUE_TOO_WIDE, LUO_PLACE(self, 0, struct pair_2, wide),
				   old->wide);
	__builtin_memcpy(new->version, "pair-1\0", sizeof(new->version));
	new->first = PAIR_FIRST;
	new->second = PAIR_SECOND;
	new->small = PAIR_SMALL;
	new->other = PAIR_OTHER;
	if (carry_items(tx, t, self) || PAIR_LEFT)
		return LUO_FAILED;
	return PAIR_RIGHT;
}

#endif /* TEST_ROUNDTRIP_BACK_H */
