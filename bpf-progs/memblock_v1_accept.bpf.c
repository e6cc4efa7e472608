// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all releases demand of reserve_mem regions. Whether size and alignment are
 * those of the next command line only that kernel can tell: it warns and allocates
 * the region afresh.
 */
#include "luo_bpf.h"
#include "abi/memblock.h"

LUO_READS("memblock", "memblock-v1", struct memblock_ser___v1,
	  LUO_ALSO(struct reserve_mem_ser___v1),
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct memblock_ser___v1 *m = luo_in(tx, self, 0, struct memblock_ser___v1);
	const struct reserve_mem_ser___v1 *r;
	__u64 nr, off;
	__u32 i;

	if (!m)
		return LUO_FAILED;
	nr = m->nr_regions;
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	bpf_for(i, 0, nr) {
		off = sizeof(*m) + (__u64)i * sizeof(*r);
		r = luo_in(tx, self, off, struct reserve_mem_ser___v1);
		if (!r)
			return LUO_FAILED;
		if (!r->size)
			return luob_refuse(tx, RANGE_EMPTY,
					   LUO_PLACE(self, off, struct reserve_mem_ser___v1, size),
					   0);
	}
	return 0;
}
LUO_ACCEPTOR(memblock_v1_accept);
