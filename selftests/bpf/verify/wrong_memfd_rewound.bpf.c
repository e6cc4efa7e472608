// SPDX-License-Identifier: GPL-2.0-only
/* Every file is read from its beginning. */
#include "luo_bpf.h"
#include "abi/memfd.h"

LUO_STEP("memfd", "memfd-v2", struct memfd_luo_ser___v2, "memfd-v1", struct memfd_luo_ser___v1,
	 LUO_ALSO(struct memfd_luo_folio_ser___v1)
	 LUO_ALSO(struct memfd_luo_folio_ser)
	 LUO_ALSO(enum memfd_luo_seals),
	 LUO_MEANING("flags", "always both is one of the two things that 6.19 writes")
	 LUO_LOSS("seals", "implied by 6.19: F_SEAL_SEAL; all others are refused")
	 LUO_LOSS("flags", "always 0; others are refused")
	 LUO_AUTHOR("test"));

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
	new->pos = 0; /* refused: shared */
	new->size = old->size;
	new->nr_folios = old->nr_folios;
	return luob_move(tx, t, offsetof(struct memfd_luo_ser___v1, folios),
			 self, offsetof(struct memfd_luo_ser___v2, folios));
}
LUO_TRANSLATOR(wrong_memfd_rewound);
