/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * HugeTLB: file-lifecycle-bound data "hugetlb-v1" and files "huge-memfd-v1", as posted in
 * 2026. Not in any release up to 7.3.
 */
#ifndef LUO_ABI_HUGETLB_H
#define LUO_ABI_HUGETLB_H

#include "tags.h"
#include "kho.h"

struct hstate_ser___v1 {
	__u64 nr_pages;
	__u8 order;
} __luo_packed;
luo_abi_size(hstate_ser___v1, 9);
luo_abi_at(hstate_ser___v1, order, 8);

/* The array is HUGE_MAX_HSTATE long: 4 with the default configuration. */
struct hugetlb_ser___v1 {
	struct hstate_ser___v1 hstates[4];
	__u8 nr_hstates;
} __luo_packed;
luo_abi_size(hugetlb_ser___v1, 37);
luo_abi_at(hugetlb_ser___v1, nr_hstates, 36);

struct huge_memfd_folio_ser___v1 {
	__u64 pfn : 52 __luo_to_folio;
	__u64 reserved : 12 __luo_reserved;
	__u64 index;
} __luo_packed;
luo_abi_size(huge_memfd_folio_ser___v1, 16);
luo_abi_at(huge_memfd_folio_ser___v1, index, 8);

/* size precedes pos: the other way round than in memfd. */
struct huge_memfd_ser___v1 {
	__u64 size;
	__u64 pos;
	__u64 nr_folios;
	struct kho_vmalloc___v1 folios __luo_to_vmalloc(huge_memfd_folio_ser___v1, nr_folios);
	__u8 order;
} __luo_packed;
luo_abi_size(huge_memfd_ser___v1, 41);
luo_abi_at(huge_memfd_ser___v1, pos, 8);
luo_abi_at(huge_memfd_ser___v1, nr_folios, 16);
luo_abi_at(huge_memfd_ser___v1, folios, 24);
luo_abi_at(huge_memfd_ser___v1, order, 40);

struct luo_catalogue_hugetlb {
	struct hstate_ser___v1 hstate;
	struct hugetlb_ser___v1 flb;
	struct huge_memfd_folio_ser___v1 folio;
	struct huge_memfd_ser___v1 file;
};

#endif /* LUO_ABI_HUGETLB_H */
