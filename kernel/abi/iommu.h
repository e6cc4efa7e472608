/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What IOMMUs keep over a live update, file-lifecycle-bound data. No release up to 7.3 has
 * it; four generations of one series, 2025-09 to 2026-07:
 *	g1	the fork of Anolis			"iommu-liveupdate-v1"
 *	g2	the series of 2026, Intel only		"iommu-liveupdate-v1"
 *	g3	g2 with SMMUv3				"iommu-liveupdate-v1"
 *	g4	a later state of g3			"iommu-liveupdate", version 1
 *
 * Objects stand in arrays of one page each. domain_phys and iommu_phys are addresses of
 * objects inside of such arrays, so that nothing can change its size without all of them;
 * no translators are shipped. next_array_phys leads to another page of the same objects.
 *
 * restored_domain is a pointer of the running kernel: nothing that may be carried.
 */
#ifndef LUO_ABI_IOMMU_H
#define LUO_ABI_IOMMU_H

#include "tags.h"

enum iommu_liveupdate_type {
	IOMMU_LIVEUPDATE_INVALID,
	IOMMU_LIVEUPDATE_INTEL,
	IOMMU_LIVEUPDATE_ARM_SMMUV3,	/* g3 on */
};

struct iommu_array_hdr_ser {
	luo_phys_t next_array_phys;
	__u64 nr_objects;
} __luo_packed;
luo_abi_size(iommu_array_hdr_ser, 16);
luo_abi_at(iommu_array_hdr_ser, nr_objects, 8);

struct iommu_dev_map_ser {
	__u64 attachment_id;
	luo_phys_t domain_phys;
	luo_phys_t iommu_phys;
} __luo_packed;
luo_abi_size(iommu_dev_map_ser, 24);
luo_abi_at(iommu_dev_map_ser, domain_phys, 8);
luo_abi_at(iommu_dev_map_ser, iommu_phys, 16);

/* ---- g1 -------------------------------------------------------------------------------- */

struct iommu_hdr_ser___g1 {
	__u32 ref_count;
	__u32 deleted : 1;
	__u32 incoming : 1;
} __luo_packed;
luo_abi_size(iommu_hdr_ser___g1, 5);

struct iommu_domain_ser___g1 {
	struct iommu_hdr_ser___g1 hdr;
	luo_phys_t top_table_phys;
	__u64 top_level;
	__u32 vasz;
	__u32 sign_extend : 1;
	__u64 restored_domain __luo_reserved;
} __luo_packed;
luo_abi_size(iommu_domain_ser___g1, 34);
luo_abi_at(iommu_domain_ser___g1, top_table_phys, 5);
luo_abi_at(iommu_domain_ser___g1, top_level, 13);
luo_abi_at(iommu_domain_ser___g1, vasz, 21);
luo_abi_at(iommu_domain_ser___g1, restored_domain, 26);

struct iommu_device_ser___g1 {
	struct iommu_hdr_ser___g1 hdr;
	__u32 devid;
	__u32 pci_domain_nr;
	struct iommu_dev_map_ser map;
} __luo_packed;
luo_abi_size(iommu_device_ser___g1, 37);
luo_abi_at(iommu_device_ser___g1, devid, 5);
luo_abi_at(iommu_device_ser___g1, pci_domain_nr, 9);
luo_abi_at(iommu_device_ser___g1, map, 13);

struct iommu_hw_ser___g1 {
	struct iommu_hdr_ser___g1 hdr;
	__u64 token;
	__u64 type;		/* enum iommu_liveupdate_type */
} __luo_packed;
luo_abi_size(iommu_hw_ser___g1, 21);
luo_abi_at(iommu_hw_ser___g1, token, 5);
luo_abi_at(iommu_hw_ser___g1, type, 13);

struct iommu_flb_ser___g1 {
	luo_phys_t iommu_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_hw_ser___g1, nr_objects);
	luo_phys_t iommu_domain_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_domain_ser___g1, nr_objects);
	luo_phys_t device_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_device_ser___g1, nr_objects);
} __luo_packed;
luo_abi_size(iommu_flb_ser___g1, 24);

/* ---- g2: the header grows, so that all that contains it does --------------------------- */

struct iommu_hdr_ser___g2 {
	__u32 ref_count;
	__u32 flags;		/* deleted | incoming << 1 */
} __luo_packed;
luo_abi_size(iommu_hdr_ser___g2, 8);
luo_abi_at(iommu_hdr_ser___g2, flags, 4);

struct iommu_domain_ser___g2 {
	struct iommu_hdr_ser___g2 hdr;
	luo_phys_t top_table_phys;
	__u64 top_level;
	__u32 vasz;
	__u32 sign_extend : 1;
	__u64 restored_domain __luo_reserved;
} __luo_packed;
luo_abi_size(iommu_domain_ser___g2, 37);
luo_abi_at(iommu_domain_ser___g2, top_level, 16);
luo_abi_at(iommu_domain_ser___g2, vasz, 24);
luo_abi_at(iommu_domain_ser___g2, restored_domain, 29);

struct iommu_device_intel_ser___g2 {
	luo_phys_t pasid_table;
	__u64 max_pasid;
};
luo_abi_size(iommu_device_intel_ser___g2, 16);

struct iommu_device_ser___g2 {
	struct iommu_hdr_ser___g2 hdr;
	__u32 devid;
	__u32 pci_domain_nr;
	struct iommu_dev_map_ser map;
	struct iommu_device_intel_ser___g2 intel;
} __luo_packed;
luo_abi_size(iommu_device_ser___g2, 56);
luo_abi_at(iommu_device_ser___g2, map, 16);
luo_abi_at(iommu_device_ser___g2, intel, 40);

struct iommu_hw_intel_ser___g2 {
	__u8 restored;
	__u8 padding[7] __luo_reserved;
	luo_phys_t phys_addr;
	luo_phys_t root_table;
	__u64 context_tables_bitmap[8];
};
luo_abi_size(iommu_hw_intel_ser___g2, 88);
luo_abi_at(iommu_hw_intel_ser___g2, phys_addr, 8);
luo_abi_at(iommu_hw_intel_ser___g2, root_table, 16);
luo_abi_at(iommu_hw_intel_ser___g2, context_tables_bitmap, 24);

struct iommu_hw_ser___g2 {
	struct iommu_hdr_ser___g2 hdr;
	__u64 token;
	__u64 type;		/* enum iommu_liveupdate_type */
	struct iommu_hw_intel_ser___g2 intel;
};
luo_abi_size(iommu_hw_ser___g2, 112);
luo_abi_at(iommu_hw_ser___g2, token, 8);
luo_abi_at(iommu_hw_ser___g2, type, 16);
luo_abi_at(iommu_hw_ser___g2, intel, 24);

struct iommu_flb_ser___g2 {
	luo_phys_t iommu_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_hw_ser___g2, nr_objects);
	luo_phys_t iommu_domain_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_domain_ser___g2, nr_objects);
	luo_phys_t device_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_device_ser___g2, nr_objects);
} __luo_packed;
luo_abi_size(iommu_flb_ser___g2, 24);

/* ---- g3: SMMUv3 beside Intel ----------------------------------------------------------- */

/* 24 bytes of SMMUv3, of which only the size is known. */
struct iommu_device_ser___g3 {
	struct iommu_hdr_ser___g2 hdr;
	__u32 devid;
	__u32 pci_domain_nr;
	struct iommu_dev_map_ser map;
	union {
		struct iommu_device_intel_ser___g2 intel;
		__u8 smmuv3[24];
	} arch;
} __luo_packed;
luo_abi_size(iommu_device_ser___g3, 64);
luo_abi_at(iommu_device_ser___g3, arch, 40);

struct iommu_hw_smmuv3_ser___g3 {
	luo_phys_t phys_addr;
	luo_phys_t strtab_base;
	__u64 strtab_base_cfg;
	__u64 l1_strtab_lu_state;
	__u32 num_l2_tables;
	__u32 padding __luo_reserved;
	luo_phys_t l2_strtab_lu_states_phys __luo_meaning("a compact list");
};
luo_abi_size(iommu_hw_smmuv3_ser___g3, 48);
luo_abi_at(iommu_hw_smmuv3_ser___g3, num_l2_tables, 32);
luo_abi_at(iommu_hw_smmuv3_ser___g3, l2_strtab_lu_states_phys, 40);

struct iommu_hw_ser___g3 {
	struct iommu_hdr_ser___g2 hdr;
	__u64 token;
	__u64 type;		/* enum iommu_liveupdate_type */
	union {
		struct iommu_hw_intel_ser___g2 intel;
		struct iommu_hw_smmuv3_ser___g3 smmuv3;
	} arch;
};
luo_abi_size(iommu_hw_ser___g3, 112);
luo_abi_at(iommu_hw_ser___g3, arch, 24);

struct iommu_flb_ser___g3 {
	luo_phys_t iommu_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_hw_ser___g3, nr_objects);
	luo_phys_t iommu_domain_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_domain_ser___g2, nr_objects);
	luo_phys_t device_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_device_ser___g3, nr_objects);
} __luo_packed;
luo_abi_size(iommu_flb_ser___g3, 24);

/* ---- g4 -------------------------------------------------------------------------------- */

struct iommu_domain_ser___g4 {
	struct iommu_hdr_ser___g2 hdr;
	luo_phys_t top_table_phys;
	__u64 top_level;
	__u32 vasz;
	__u8 sign_extend;
	__u8 padding[3] __luo_reserved;
	__u64 restored_domain __luo_reserved;
} __luo_packed;
luo_abi_size(iommu_domain_ser___g4, 40);
luo_abi_at(iommu_domain_ser___g4, sign_extend, 28);
luo_abi_at(iommu_domain_ser___g4, restored_domain, 32);

struct iommu_device_intel_ser___g4 {
	__u8 restored;
	__u8 padding[7] __luo_reserved;
	luo_phys_t pasid_table;
	__u64 max_pasid;
};
luo_abi_size(iommu_device_intel_ser___g4, 24);

struct iommu_device_ser___g4 {
	struct iommu_hdr_ser___g2 hdr;
	__u32 devid;
	__u32 pci_domain_nr;
	__u64 dma_owner_token;	/* of the iommufd file */
	struct iommu_dev_map_ser map;
	union {
		struct iommu_device_intel_ser___g4 intel;
		__u8 smmuv3[24];
	} arch;
} __luo_packed;
luo_abi_size(iommu_device_ser___g4, 72);
luo_abi_at(iommu_device_ser___g4, dma_owner_token, 16);
luo_abi_at(iommu_device_ser___g4, map, 24);
luo_abi_at(iommu_device_ser___g4, arch, 48);

struct iommu_hw_smmuv3_ser___g4 {
	luo_phys_t phys_addr;
	__u64 strtab_base_cfg;
	__u64 l1_strtab_lu_state;
	luo_phys_t l2_strtab_lu_states_phys __luo_meaning("by L1 index, 0 for gaps");
};
luo_abi_size(iommu_hw_smmuv3_ser___g4, 32);

struct iommu_hw_ser___g4 {
	struct iommu_hdr_ser___g2 hdr;
	__u64 token;
	__u64 type;		/* enum iommu_liveupdate_type */
	union {
		struct iommu_hw_intel_ser___g2 intel;
		struct iommu_hw_smmuv3_ser___g4 smmuv3;
	} arch;
};
luo_abi_size(iommu_hw_ser___g4, 112);
luo_abi_at(iommu_hw_ser___g4, arch, 24);

/* The reader that was seen does not compare the version. */
struct iommu_flb_ser___g4 {
	__u64 version __luo_version;
	luo_phys_t iommu_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_hw_ser___g4, nr_objects);
	luo_phys_t iommu_domain_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_domain_ser___g4, nr_objects);
	luo_phys_t device_array_phys
		__luo_to_page(iommu_array_hdr_ser, iommu_device_ser___g4, nr_objects);
} __luo_packed;
luo_abi_size(iommu_flb_ser___g4, 32);
luo_abi_at(iommu_flb_ser___g4, iommu_array_phys, 8);

struct luo_catalogue_iommu {
	enum iommu_liveupdate_type type;
	struct iommu_array_hdr_ser array;
	struct iommu_domain_ser___g1 domain_g1;
	struct iommu_device_ser___g1 device_g1;
	struct iommu_hw_ser___g1 hw_g1;
	struct iommu_flb_ser___g1 flb_g1;
	struct iommu_domain_ser___g2 domain_g2;
	struct iommu_device_ser___g2 device_g2;
	struct iommu_hw_ser___g2 hw_g2;
	struct iommu_flb_ser___g2 flb_g2;
	struct iommu_device_ser___g3 device_g3;
	struct iommu_hw_ser___g3 hw_g3;
	struct iommu_flb_ser___g3 flb_g3;
	struct iommu_domain_ser___g4 domain_g4;
	struct iommu_device_ser___g4 device_g4;
	struct iommu_hw_ser___g4 hw_g4;
	struct iommu_flb_ser___g4 flb_g4;
};

#endif /* LUO_ABI_IOMMU_H */
