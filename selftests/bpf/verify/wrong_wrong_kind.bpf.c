// SPDX-License-Identifier: GPL-2.0-only
/* A chain is linked where a table belongs. */
#include "corpus.h"

FLAT_STEP;

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct flat_old *old = luo_in(tx, self, 0, struct flat_old);
	struct flat_new *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct flat_new);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "flat-2\0", sizeof(new->version));
	new->pos = old->pos;
	new->size = old->size;
	if (old->mode > 0xffffffff)
		return luob_refuse(tx, VALUE_TOO_WIDE, MODE_PLACE, old->mode);
	new->mode = old->mode;
	new->extra = 7;
	new->owner = old->owner;
	new->prio = old->prio;
	return luob_link(tx, t, NEW_ITEMS, /* refused: handles */
			 luob_new(tx, 64, LUOB_NEW_BLOCKS(16)));
}
LUO_TRANSLATOR(wrong_wrong_kind);
