// SPDX-License-Identifier: GPL-2.0-only
/* A file without contents gets no seals. */
#include "luo_bpf.h"
#include "abi/memfd.h"

LUO_STEP("memfd", "memfd-v1", struct memfd_luo_ser___v1, "memfd-v2", struct memfd_luo_ser___v2,
	 LUO_ALSO(struct memfd_luo_folio_ser___v1)
	 LUO_ALSO(struct memfd_luo_folio_ser)
	 LUO_ALSO(enum memfd_luo_seals),
	 LUO_MEANING("flags", "bits are kept: without UPTODATE a reader zeroes on first use")
	 LUO_LOSS("seals", "not recorded by 6.19: F_SEAL_SEAL unless a look-up answers")
	 LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct memfd_luo_ser___v1 *old = luo_in(tx, self, 0, struct memfd_luo_ser___v1);
	struct memfd_luo_ser___v2 *new;
	__u64 seals, t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG); /* refused: complete */
	new = luo_out(tx, t, 0, struct memfd_luo_ser___v2);
	if (!old || !new)
		return LUO_FAILED;
	if (luob_lookup(tx, LUOB_LOOKUP_MEMFD_SEALS, arg, &seals))
		seals = MEMFD_SEAL_SEAL;
	if (seals & ~(__u64)MEMFD_SEALS_ALL)
		return luob_refuse(tx, MEMFD_SEALS_UNKNOWN, LUOB_AT(self, 0), seals);
	new->pos = old->pos;
	new->size = old->size;
	if (old->size)
		new->seals = seals;
	new->flags = 0;
	new->nr_folios = old->nr_folios;
	return luob_move(tx, t, offsetof(struct memfd_luo_ser___v2, folios),
			 self, offsetof(struct memfd_luo_ser___v1, folios));
}
LUO_TRANSLATOR(wrong_memfd_seals);
