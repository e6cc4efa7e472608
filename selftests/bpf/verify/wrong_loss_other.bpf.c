// SPDX-License-Identifier: GPL-2.0-only
/* The loss of the record is not that of its elements. */
#include "luo_bpf.h"

struct wide_head {
	__u64 count;
};

struct wide_item_old {
	__u64 id;
	__u64 note;
};

struct wide_item_new {
	__u64 id;
};

struct wide_old {
	char version[8] __luo_version;
	__u64 note;
	luo_phys_t items __luo_to_table(wide_head, wide_item_old, count);
};

struct wide_new {
	char version[8] __luo_version;
	luo_phys_t items __luo_to_table(wide_head, wide_item_new, count);
};

LUO_STEP("wide", "wide-1", struct wide_old, "wide-2", struct wide_new,
	 LUO_ALSO(struct wide_head) LUO_ALSO(struct wide_item_old) LUO_ALSO(struct wide_item_new),
	 LUO_LOSS("wide_old.note", "nobody reads it")
	 LUO_AUTHOR("test"));

#define OLD_AT(i)	(sizeof(struct wide_head) + (__u64)(i) * sizeof(struct wide_item_old))
#define NEW_AT(i)	(sizeof(struct wide_head) + (__u64)(i) * sizeof(struct wide_item_new))

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	__u64 t = luob_new(tx, sizeof(struct wide_new), LUOB_CONTIG), in, out, nr;
	struct wide_new *new = luo_out(tx, t, 0, struct wide_new);
	struct wide_head *head;
	__u32 i;

	in = luob_ref(tx, self, offsetof(struct wide_old, items));
	if (!new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "wide-2\0", sizeof(new->version));
	if (!in)
		return 0;
	nr = (luob_size(tx, in) - sizeof(*head)) / sizeof(struct wide_item_old);
	if (nr > 4096)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	out = luob_new(tx, sizeof(*head) + nr * sizeof(struct wide_item_new), LUOB_CONTIG);
	head = luo_out(tx, out, 0, struct wide_head);
	if (!head || luob_link(tx, t, offsetof(struct wide_new, items), out))
		return LUO_FAILED;
	head->count = nr;
	bpf_for(i, 0, nr) { /* refused: loss */
		const struct wide_item_old *old = luo_in(tx, in, OLD_AT(i), struct wide_item_old);
		struct wide_item_new *item = luo_out(tx, out, NEW_AT(i), struct wide_item_new);

		if (!old || !item)
			return LUO_FAILED;
		item->id = old->id;
	}
	return luob_drop(tx, self, offsetof(struct wide_old, items), LUOB_REPLACED);
}
LUO_TRANSLATOR(wrong_loss_other);
