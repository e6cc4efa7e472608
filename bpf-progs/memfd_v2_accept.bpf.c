// SPDX-License-Identifier: GPL-2.0-only
/* What 7.1 to 7.3 demand of a memfd-v2 record (memfd_luo_retrieve()). */
#include "memfd_folios.h"

LUO_READS("memfd", "memfd-v2", struct memfd_luo_ser___v2,
	  LUO_ALSO(struct memfd_luo_folio_ser)
	  LUO_ALSO(enum memfd_luo_seals),
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct memfd_luo_ser___v2 *r = luo_in(tx, self, 0, struct memfd_luo_ser___v2);

	if (!r)
		return LUO_FAILED;
	if (r->pos >> 63)
		return luob_refuse(tx, MEMFD_POSITION,
				   LUO_PLACE(self, 0, struct memfd_luo_ser___v2, pos), r->pos);
	if (r->seals & ~MEMFD_SEALS_ALL)
		return luob_refuse(tx, MEMFD_SEALS_UNKNOWN,
				   LUO_PLACE(self, 0, struct memfd_luo_ser___v2, seals), r->seals);
	if (r->flags)
		return luob_refuse(tx, MEMFD_FLAGS_SET,
				   LUO_PLACE(self, 0, struct memfd_luo_ser___v2, flags), r->flags);
	return accept_folios(tx, offsetof(struct memfd_luo_ser___v2, folios), r->size,
			     r->nr_folios);
}
LUO_ACCEPTOR(memfd_v2_accept);
