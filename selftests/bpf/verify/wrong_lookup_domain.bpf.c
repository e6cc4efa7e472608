// SPDX-License-Identifier: GPL-2.0-only
/* A look-up about a vfio-pci file is asked by a field that is no token. */
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
	__u64 seals;

	if (luob_lookup(tx, LUOB_LOOKUP_VFIO_DOMAIN, old->pos, &seals)) /* refused: clean */
		seals = 1;
	if (seals >> 32)
		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(self, 0), seals);
	new->extra = seals;
	new->owner = old->owner;
	new->prio = old->prio;
	return luob_move(tx, t, NEW_ITEMS, self, OLD_ITEMS);
}
LUO_TRANSLATOR(wrong_lookup_domain);
