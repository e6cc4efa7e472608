/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The catalogue: every structure of kernel/abi/, by value. */
#ifndef LUO_ABI_CATALOGUE_H
#define LUO_ABI_CATALOGUE_H

#include "driver_records.h"
#include "hugetlb.h"
#include "iommu.h"
#include "iommufd.h"
#include "kexec_metadata.h"
#include "kho.h"
#include "kvm.h"
#include "luo.h"
#include "memblock.h"
#include "memfd.h"
#include "pci.h"
#include "pci_records.h"
#include "report.h"
#include "vfio.h"

struct luo_catalogue {
	struct kho_data___v1 kho_data;
	struct kho_scratch___v1 kho_scratch;
	struct khoser_mem_chunk___v1 khoser_mem_chunk;
	struct kho_radix_node___v3 kho_radix_node;
	struct kho_radix_leaf___v3 kho_radix_leaf;
	struct kho_vmalloc___v1 kho_vmalloc;
	struct kho_vmalloc_chunk___v1 kho_vmalloc_chunk;
	struct kho_block_header_ser___v4 kho_block_header;
	struct luo_file_ser luo_file;
	struct luo_session_ser___v1 luo_session_v1;
	struct luo_session_ser___v5 luo_session_v5;
	struct luo_session_header_ser___v1 luo_session_header;
	struct luo_flb_header_ser luo_flb_header;
	struct luo_flb_ser luo_flb;
	struct luo_root___v1_6_19 luo_root_6_19;
	struct luo_root___v1_7_1 luo_root_7_1;
	struct luo_ser___v5 luo_ser_v5;
	struct liveupdate_test_flb___v1 liveupdate_test_flb;
	struct memfd_luo_folio_ser___v1 memfd_folio_v1;
	struct memfd_luo_folio_ser memfd_folio;
	struct memfd_luo_ser___v1 memfd_v1;
	struct memfd_luo_ser___v2 memfd_v2;
	enum memfd_luo_seals memfd_seals;
	enum memfd_luo_folio_flags memfd_folio_flags;
	struct reserve_mem_ser___v1 reserve_mem;
	struct memblock_ser___v1 memblock;
	struct kho_kexec_metadata___v1 kexec_metadata;
	struct luo_bpf_report___v3 report;
	enum luo_bpf_stage report_stages;
	enum luo_bpf_object_flags report_flags;
	struct luo_bpf_pci___v1 pci_records_v1;
	struct luo_bpf_pci_dev___v1 pci_records_dev_v1;
	struct luo_bpf_pci___v2 pci_records;
	struct luo_bpf_pci_dev___v2 pci_records_dev;
	struct luo_bpf_hw hw;
	struct luo_bpf_drivers___v1 drivers;
	struct luo_bpf_driver_ser___v1 driver;
	/* Posted, not released: */
	struct luo_catalogue_pci pci;
	struct luo_catalogue_vfio vfio;
	struct luo_catalogue_iommu iommu;
	struct luo_catalogue_iommufd iommufd;
	struct luo_catalogue_kvm kvm;
	struct luo_catalogue_hugetlb hugetlb;
};

#endif /* LUO_ABI_CATALOGUE_H */
