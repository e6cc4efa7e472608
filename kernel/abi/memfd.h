/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memfd files: "memfd-v1" of 6.19 and "memfd-v2" of 7.1 to 7.3.
 *
 * Sources: include/linux/kho/abi/memfd.h and mm/memfd_luo.c of 6.19.11, 7.1.13,
 * 7.2.13 and 7.3.4.
 *
 * Meaning drifted inside memfd-v1: 6.19.6 stores the true DIRTY and UPTODATE
 * bits of a folio, 6.19.10 and later zero what is not up to date and always store
 * both. A folio without UPTODATE has undefined content; nobody may set the bit. One
 * layout, two meanings: hence the tags.
 */
#ifndef LUO_ABI_MEMFD_H
#define LUO_ABI_MEMFD_H

#include "tags.h"
#include "kho.h"

enum memfd_luo_seals {
	MEMFD_SEAL_SEAL = 0x01,
	MEMFD_SEAL_SHRINK = 0x02,
	MEMFD_SEAL_GROW = 0x04,
	MEMFD_SEAL_WRITE = 0x08,
	MEMFD_SEAL_FUTURE_WRITE = 0x10,
	MEMFD_SEAL_EXEC = 0x20,
};
#define MEMFD_SEALS_ALL		0x3f

enum memfd_luo_folio_flags {
	MEMFD_FOLIO_DIRTY = 0x1,
	MEMFD_FOLIO_UPTODATE = 0x2,
};
#define MEMFD_FOLIO_FLAGS_ALL	0x3

struct memfd_luo_folio_ser___v1 {
	__u64 pfn : 52 __luo_to_folio;
	__u64 flags : 12 __luo_flags(memfd_luo_folio_flags)
		__luo_meaning("as found; without UPTODATE content is undefined");
	__u64 index;
} __luo_packed;
_Static_assert(sizeof(struct memfd_luo_folio_ser___v1) == 16, "memfd_luo_folio_ser");
_Static_assert(offsetof(struct memfd_luo_folio_ser___v1, index) == 8,
	       "memfd_luo_folio_ser.index");

struct memfd_luo_folio_ser {
	__u64 pfn : 52 __luo_to_folio;
	__u64 flags : 12 __luo_flags(memfd_luo_folio_flags)
		__luo_meaning("always both; what was not up to date was zeroed");
	__u64 index;
} __luo_packed;
_Static_assert(sizeof(struct memfd_luo_folio_ser) == 16, "memfd_luo_folio_ser");
_Static_assert(offsetof(struct memfd_luo_folio_ser, index) == 8, "memfd_luo_folio_ser.index");

struct memfd_luo_ser___v1 {
	__u64 pos;
	__u64 size;
	__u64 nr_folios;
	struct kho_vmalloc___v1 folios __luo_to_vmalloc(memfd_luo_folio_ser___v1, nr_folios);
} __luo_packed;
_Static_assert(sizeof(struct memfd_luo_ser___v1) == 40, "memfd_luo_ser");
_Static_assert(offsetof(struct memfd_luo_ser___v1, size) == 8, "memfd_luo_ser.size");
_Static_assert(offsetof(struct memfd_luo_ser___v1, nr_folios) == 16, "memfd_luo_ser.nr_folios");
_Static_assert(offsetof(struct memfd_luo_ser___v1, folios) == 24, "memfd_luo_ser.folios");

struct memfd_luo_ser___v2 {
	__u64 pos;
	__u64 size;
	__u32 seals __luo_flags(memfd_luo_seals);
	__u32 flags __luo_reserved;
	__u64 nr_folios;
	struct kho_vmalloc___v1 folios __luo_to_vmalloc(memfd_luo_folio_ser, nr_folios);
} __luo_packed;
_Static_assert(sizeof(struct memfd_luo_ser___v2) == 48, "memfd_luo_ser");
_Static_assert(offsetof(struct memfd_luo_ser___v2, size) == 8, "memfd_luo_ser.size");
_Static_assert(offsetof(struct memfd_luo_ser___v2, seals) == 16, "memfd_luo_ser.seals");
_Static_assert(offsetof(struct memfd_luo_ser___v2, flags) == 20, "memfd_luo_ser.flags");
_Static_assert(offsetof(struct memfd_luo_ser___v2, nr_folios) == 24, "memfd_luo_ser.nr_folios");
_Static_assert(offsetof(struct memfd_luo_ser___v2, folios) == 32, "memfd_luo_ser.folios");

#endif /* LUO_ABI_MEMFD_H */
