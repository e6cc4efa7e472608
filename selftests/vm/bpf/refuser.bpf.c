// SPDX-License-Identifier: GPL-2.0-only
/* An acceptor of memfd-v2 that accepts nothing: if it ever runs, there is no jump. */
#include "luo_bpf.h"
#include "abi/memfd.h"

LUO_READS("memfd", "memfd-v2", struct memfd_luo_ser___v2,
	  LUO_ALSO(struct memfd_luo_folio_ser)
	  LUO_ALSO(enum memfd_luo_seals),
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), 0);
}
LUO_ACCEPTOR(refuser);
