// SPDX-License-Identifier: GPL-2.0-only
/* Two handles of one kind change places, and their counts with them. */
#include "luo_bpf.h"

struct swap_item {
	__u64 id;
};

struct swap_old {
	char version[8] __luo_version;
	__u64 nr_a;
	luo_phys_t a __luo_to_array(swap_item, nr_a);
	__u64 nr_b;
	luo_phys_t b __luo_to_array(swap_item, nr_b);
};

struct swap_new {
	char version[8] __luo_version;
	luo_phys_t a __luo_to_array(swap_item, nr_a);
	luo_phys_t b __luo_to_array(swap_item, nr_b);
	__u64 nr_a;
	__u64 nr_b;
};

LUO_STEP("swap", "swap-1", struct swap_old, "swap-2", struct swap_new,
	 LUO_ALSO(struct swap_item), LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct swap_old *old = luo_in(tx, self, 0, struct swap_old);
	struct swap_new *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct swap_new);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "swap-2\0", sizeof(new->version));
	new->nr_a = old->nr_b;
	new->nr_b = old->nr_a;
	if (luob_move(tx, t, offsetof(struct swap_new, a), self, /* refused: shared */
		      offsetof(struct swap_old, b)))
		return LUO_FAILED;
	return luob_move(tx, t, offsetof(struct swap_new, b), self,
			 offsetof(struct swap_old, a));
}
LUO_TRANSLATOR(wrong_handles_swapped);
