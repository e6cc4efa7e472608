/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reserve_mem= regions: FDT "memblock-v1", a child "reserve-mem-v1" per region.
 * Unchanged 6.19 to 7.3. Sources: mm/memblock.c of 6.19.11,
 * include/linux/kho/abi/memblock.h of 7.1.13 to 7.3.4.
 */
#ifndef LUO_ABI_MEMBLOCK_H
#define LUO_ABI_MEMBLOCK_H

#include "tags.h"

#define MEMBLOCK_SUBTREE	"memblock"

struct reserve_mem_ser___v1 {
	luo_phys_t start __luo_fdt("/*:start") __luo_to_range(size);
	__u64 size __luo_fdt("/*:size");
} __luo_packed __luo_fdt_string("/*:compatible", "reserve-mem-v1");
_Static_assert(sizeof(struct reserve_mem_ser___v1) == 16, "reserve_mem_ser");
_Static_assert(offsetof(struct reserve_mem_ser___v1, size) == 8, "reserve_mem_ser.size");

/* The flat view: how many children there are, then one element for each. */
struct memblock_ser___v1 {
	__u64 nr_regions;
} __luo_packed
	__luo_fdt_string("/:compatible", "memblock-v1")
	__luo_fdt_nodes(reserve_mem_ser___v1, nr_regions);
_Static_assert(sizeof(struct memblock_ser___v1) == 8, "memblock_ser");

#endif /* LUO_ABI_MEMBLOCK_H */
