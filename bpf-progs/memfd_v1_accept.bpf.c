// SPDX-License-Identifier: GPL-2.0-only
/* What 6.19 demands of a memfd-v1 record. */
#include "memfd_folios.h"

LUO_READS("memfd", "memfd-v1", struct memfd_luo_ser___v1,
	  LUO_ALSO(struct memfd_luo_folio_ser___v1),
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct memfd_luo_ser___v1 *r = luo_in(tx, self, 0, struct memfd_luo_ser___v1);

	if (!r)
		return LUO_FAILED;
	if (r->pos >> 63)
		return luob_refuse(tx, MEMFD_POSITION,
				   LUO_PLACE(self, 0, struct memfd_luo_ser___v1, pos), r->pos);
	return accept_folios(tx, offsetof(struct memfd_luo_ser___v1, folios), r->size,
			     r->nr_folios);
}
LUO_ACCEPTOR(memfd_v1_accept);
