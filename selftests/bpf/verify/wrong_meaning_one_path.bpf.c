// SPDX-License-Identifier: GPL-2.0-only
/* Computed on one path, copied on the other. */
#include "meaning.h"

MEAN_STEP(LUO_MEANING("refs", "a device alone counts itself")
	  LUO_LOSS("users", "counted anew"));

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
	if (old->pos) {
		new->users = old->users ? 2 : 0;
		asm volatile("" : : "r"(new) : "memory");
	} else {
		new->users = old->users; /* refused: meaning */
	}
	return luob_move(tx, t, MEAN_ITEMS, self, MEAN_ITEMS);
}
LUO_TRANSLATOR(wrong_meaning_one_path);
