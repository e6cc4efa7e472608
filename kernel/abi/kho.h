/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kexec HandOver: what 6.19 (kho-v1), 7.1 (kho-v3) and 7.2, 7.3 (kho-v4) write.
 *
 * Sources: kernel/liveupdate/kexec_handover.c of 6.19.11,
 * include/linux/kho/abi/{kexec_handover,block}.h of 7.1.13, 7.2.13 and 7.3.4.
 * Values are in CPU byte order; sizes hold for 64 bit and 4 KiB pages.
 */
#ifndef LUO_ABI_KHO_H
#define LUO_ABI_KHO_H

#include "tags.h"

#define KHO_PAGE_SHIFT		12
#define KHO_PAGE_SIZE		4096UL
/* fdt_size of the hand-over: the root must fit, kernel_kexec() fixes it. */
#define KHO_ROOT_SIZE		KHO_PAGE_SIZE

/* Root FDT: property and node names. kho-v1 subtrees have PROP_FDT only. */
#define KHO_PROP_COMPATIBLE	"compatible"
#define KHO_PROP_MAP		"preserved-memory-map"
#define KHO_PROP_FDT		"fdt"
#define KHO_PROP_DATA		"preserved-data"
#define KHO_PROP_SIZE		"blob-size"

/* Boot hand-over, x86 setup_data type 10; unchanged 6.19 to 7.3. */
struct kho_data___v1 {
	luo_phys_t fdt_addr;
	__u64 fdt_size;
	luo_phys_t scratch_addr;
	__u64 scratch_size;
} __luo_packed;
_Static_assert(sizeof(struct kho_data___v1) == 32, "kho_data");
_Static_assert(offsetof(struct kho_data___v1, fdt_size) == 8, "kho_data.fdt_size");
_Static_assert(offsetof(struct kho_data___v1, scratch_addr) == 16, "kho_data.scratch_addr");
_Static_assert(offsetof(struct kho_data___v1, scratch_size) == 24, "kho_data.scratch_size");

struct kho_scratch___v1 {
	luo_phys_t addr;
	__u64 size;
};
_Static_assert(sizeof(struct kho_scratch___v1) == 16, "kho_scratch");
_Static_assert(offsetof(struct kho_scratch___v1, size) == 8, "kho_scratch.size");

/* Memory map of kho-v1: a list of chunks, each one page. */
#define KHO_CHUNK_BITMAPS	255
#define KHO_BITMAP_BITS		(KHO_PAGE_SIZE * 8)

struct khoser_mem_bitmap_ptr___v1 {
	luo_phys_t phys_start;
	luo_phys_t bitmap;
};
_Static_assert(sizeof(struct khoser_mem_bitmap_ptr___v1) == 16, "khoser_mem_bitmap_ptr");
_Static_assert(offsetof(struct khoser_mem_bitmap_ptr___v1, bitmap) == 8,
	       "khoser_mem_bitmap_ptr.bitmap");

struct khoser_mem_chunk___v1 {
	luo_phys_t next;
	__u32 order;
	__u32 num_elms;
	struct khoser_mem_bitmap_ptr___v1 bitmaps[KHO_CHUNK_BITMAPS];
};
_Static_assert(sizeof(struct khoser_mem_chunk___v1) == KHO_PAGE_SIZE, "khoser_mem_chunk");
_Static_assert(offsetof(struct khoser_mem_chunk___v1, order) == 8, "khoser_mem_chunk.order");
_Static_assert(offsetof(struct khoser_mem_chunk___v1, num_elms) == 12, "khoser_mem_chunk.num_elms");
_Static_assert(offsetof(struct khoser_mem_chunk___v1, bitmaps) == 16, "khoser_mem_chunk.bitmaps");

/*
 * Memory map of kho-v2 to kho-v4: a radix tree of pages, six levels.
 * key = (1 << (52 - order)) | (pa >> (12 + order)); the low 15 bits select the
 * bit in a leaf, each level above takes 9.
 */
#define KHO_RADIX_LEVELS	6
#define KHO_RADIX_TABLE_BITS	9
#define KHO_RADIX_LEAF_BITS	15
#define KHO_RADIX_ORDER0_BIT	52
/* 7.1 and 6.19 compute an entry's size in an int: orders from 19 on break them. */
#define KHO_ORDER_MAX_INT	18
/* MAX_PAGE_ORDER of x86: 6.19 refuses larger entries, folios never exceed it. */
#define KHO_MAX_PAGE_ORDER	10

struct kho_radix_node___v3 {
	luo_phys_t table[1 << KHO_RADIX_TABLE_BITS];
};
_Static_assert(sizeof(struct kho_radix_node___v3) == KHO_PAGE_SIZE, "kho_radix_node");

struct kho_radix_leaf___v3 {
	__u64 bitmap[(1 << KHO_RADIX_LEAF_BITS) / 64];
};
_Static_assert(sizeof(struct kho_radix_leaf___v3) == KHO_PAGE_SIZE, "kho_radix_leaf");

/* Unchanged 6.19 to 7.3. */
struct kho_vmalloc___v1 {
	luo_phys_t first;
	__u32 total_pages;
	__u16 flags;
	__u16 order;
};
_Static_assert(sizeof(struct kho_vmalloc___v1) == 16, "kho_vmalloc");
_Static_assert(offsetof(struct kho_vmalloc___v1, total_pages) == 8, "kho_vmalloc.total_pages");
_Static_assert(offsetof(struct kho_vmalloc___v1, flags) == 12, "kho_vmalloc.flags");
_Static_assert(offsetof(struct kho_vmalloc___v1, order) == 14, "kho_vmalloc.order");

#define KHO_VMALLOC_PHYS	511
#define KHO_VMALLOC_FLAGS	0x3

/* One page of the list behind kho_vmalloc.first; a zero entry ends it. */
struct kho_vmalloc_chunk___v1 {
	luo_phys_t next;
	luo_phys_t phys[KHO_VMALLOC_PHYS];
};
_Static_assert(sizeof(struct kho_vmalloc_chunk___v1) == KHO_PAGE_SIZE, "kho_vmalloc_chunk");
_Static_assert(offsetof(struct kho_vmalloc_chunk___v1, phys) == 8, "kho_vmalloc_chunk.phys");

/* Block chains (7.2, 7.3; block.h): a page each, entries follow the header. */
#define KHO_MAX_BLOCKS		10000

struct kho_block_header_ser___v4 {
	luo_phys_t next;
	__u64 count;
} __luo_packed;
_Static_assert(sizeof(struct kho_block_header_ser___v4) == 16, "kho_block_header_ser");
_Static_assert(offsetof(struct kho_block_header_ser___v4, count) == 8,
	       "kho_block_header_ser.count");

#endif /* LUO_ABI_KHO_H */
