// SPDX-License-Identifier: GPL-2.0-only
/* The engine takes it, the monitor does not: pos gets the size, flags stay unwritten. */
#include "luo_bpf.h"
#include "abi/memfd.h"

LUO_STEP("memfd", "memfd-v1", struct memfd_luo_ser___v1, "memfd-v2", struct memfd_luo_ser___v2,
	 LUO_ALSO(struct memfd_luo_folio_ser___v1)
	 LUO_ALSO(struct memfd_luo_folio_ser)
	 LUO_ALSO(enum memfd_luo_seals),
	 LUO_MEANING("flags", "test") LUO_LOSS("seals", "test") LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct memfd_luo_ser___v1 *old = luo_in(tx, self, 0, struct memfd_luo_ser___v1);
	struct memfd_luo_ser___v2 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct memfd_luo_ser___v2);
	if (!old || !new)
		return LUO_FAILED;
	new->pos = old->size; /* seen: shared */
	new->size = old->size;
	new->seals = MEMFD_SEAL_SEAL;
	new->nr_folios = old->nr_folios;
	return luob_move(tx, t, offsetof(struct memfd_luo_ser___v2, folios),
			 self, offsetof(struct memfd_luo_ser___v1, folios));
}
LUO_TRANSLATOR(seen_memfd_v1_to_v2);
