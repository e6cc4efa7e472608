/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files of iommufd, "iommufd-v1" of two shapes: a, the RFC of 2025-09, stores a pointer of
 * the running kernel, which means nothing to another one; b is the series of 2026. Only an
 * empty set could be carried between them. Not in any release up to 7.3.
 */
#ifndef LUO_ABI_IOMMUFD_H
#define LUO_ABI_IOMMUFD_H

#include "tags.h"

struct iommufd_ser___v1_a {
	__u64 folio_lu __luo_reserved;
} __luo_packed;
luo_abi_size(iommufd_ser___v1_a, 8);

struct iommufd_hwpt_ser___v1_b {
	luo_phys_t domain_data;	/* of an iommu_domain_ser, inside of its array */
	__u64 token __luo_unique;
	__u8 reclaimed;
	__u8 padding[7] __luo_reserved;
} __luo_packed;
luo_abi_size(iommufd_hwpt_ser___v1_b, 24);
luo_abi_at(iommufd_hwpt_ser___v1_b, token, 8);
luo_abi_at(iommufd_hwpt_ser___v1_b, reclaimed, 16);

struct iommufd_ser___v1_b {
	__u64 nr_hwpts;
} __luo_packed __luo_followed_by(iommufd_hwpt_ser___v1_b, nr_hwpts);
luo_abi_size(iommufd_ser___v1_b, 8);

struct luo_catalogue_iommufd {
	struct iommufd_ser___v1_a a;
	struct iommufd_hwpt_ser___v1_b hwpt_b;
	struct iommufd_ser___v1_b b;
};

#endif /* LUO_ABI_IOMMUFD_H */
