// SPDX-License-Identifier: GPL-2.0-only
/* The unit of a whole structure has changed. */
#include "meaning.h"

LUO_STEP("unit", "unit-1", struct mean_unit_old, "unit-2", struct mean_unit_new, ,
	 LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct mean_unit_old *old = luo_in(tx, self, 0, struct mean_unit_old);
	struct mean_unit_new *new;

	new = luo_out(tx, luob_new(tx, sizeof(*new), LUOB_CONTIG), 0, struct mean_unit_new);
	if (!old || !new)
		return LUO_FAILED;
	if (old->from >> 52 || old->to >> 52)
		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(self, 0), old->to);
	__builtin_memcpy(new->version, "unit-2\0", sizeof(new->version));
	new->from = old->from << 12;
	new->to = old->to; /* refused: meaning */
	return 0;
}
LUO_TRANSLATOR(wrong_meaning_structure);
