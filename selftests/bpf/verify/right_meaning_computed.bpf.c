// SPDX-License-Identifier: GPL-2.0-only
/* A flag becomes a count. */
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
	if (old->users > 1)
		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(self, 0), old->users);
	new->users = old->users ? 3 : 0;
	return luob_move(tx, t, MEAN_ITEMS, self, MEAN_ITEMS);
}
LUO_TRANSLATOR(right_meaning_computed);
