// SPDX-License-Identifier: GPL-2.0-only
/*
 * memfd-v2 (7.1 to 7.3) to memfd-v1 (6.19): there is no room for seals.
 *
 * Dropping a seal changes what a file promises, so any is refused but F_SEAL_SEAL,
 * which every file restored by 6.19 has anyway.
 */
#include "luo_bpf.h"
#include "abi/memfd.h"

LUO_STEP("memfd", "memfd-v2", struct memfd_luo_ser___v2, "memfd-v1", struct memfd_luo_ser___v1,
	 LUO_ALSO(struct memfd_luo_folio_ser___v1)
	 LUO_ALSO(struct memfd_luo_folio_ser)
	 LUO_ALSO(enum memfd_luo_seals),
	 LUO_MEANING("flags", "always both is one of the two things that 6.19 writes")
	 LUO_LOSS("seals", "implied by 6.19: F_SEAL_SEAL; all others are refused")
	 LUO_LOSS("flags", "always 0; others are refused")
	 LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct memfd_luo_ser___v2 *old = luo_in(tx, self, 0, struct memfd_luo_ser___v2);
	struct memfd_luo_ser___v1 *new;
	__u64 t;

	if (!old)
		return LUO_FAILED;
	if (old->seals & ~MEMFD_SEAL_SEAL)
		return luob_refuse(tx, MEMFD_SEALS_LOST,
				   LUO_PLACE(self, 0, struct memfd_luo_ser___v2,
					     seals), old->seals);
	if (old->flags)
		return luob_refuse(tx, MEMFD_FLAGS_SET,
				   LUO_PLACE(self, 0, struct memfd_luo_ser___v2,
					     flags), old->flags);
	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct memfd_luo_ser___v1);
	if (!new)
		return LUO_FAILED;
	new->pos = old->pos;
	new->size = old->size;
	new->nr_folios = old->nr_folios;
	return luob_move(tx, t, offsetof(struct memfd_luo_ser___v1, folios),
			 self, offsetof(struct memfd_luo_ser___v2, folios));
}
LUO_TRANSLATOR(memfd_v2_to_v1);
