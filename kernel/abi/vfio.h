/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files of vfio-pci devices. No release up to 7.3 has them.
 *
 * Sources:
 *	v1	RFC "vfio: live update", 2025-10-17			"vfio-v1"
 *	a	"vfio/pci: base" v1, 2025-11-26				"vfio-pci-v1"
 *	b	a with the IOMMU series, 2026-01 and 2026-02		"vfio-pci-v1"
 *	c	v3, patch 07/24, 2026-03-23				"vfio-pci-v1"
 *	d	the end of v3, v4 of 2026-05-11				"vfio-pci-v1"
 *	v2	the fork of Anolis					"vfio-pci-v2"
 * "vfio-pci-v1" also stands in trees whose preserve() returns -EOPNOTSUPP: they write no
 * record. Between b and c bdf and domain change places while the string stays.
 *
 * token: of the iommufd file in the same session.
 */
#ifndef LUO_ABI_VFIO_H
#define LUO_ABI_VFIO_H

#include "tags.h"

/* Capabilities of any length follow; the RFC's own size of the record is not reliable. */
struct pci_saved_state_ser___v1 {
	__u32 config_space[16];
} __luo_packed;
luo_abi_size(pci_saved_state_ser___v1, 64);

struct vfio_pci_ser___v1 {
	__u16 bdf;
	__u32 cfg_size;
	__u8 pci_config_map[4096];
	__u8 vconfig[4096];
	__u32 rbar[7];
	__u8 reset_works;
	luo_phys_t pci_saved_state_phys __luo_to_record(pci_saved_state_ser___v1);
} __luo_packed;
luo_abi_size(vfio_pci_ser___v1, 8235);
luo_abi_at(vfio_pci_ser___v1, cfg_size, 2);
luo_abi_at(vfio_pci_ser___v1, pci_config_map, 6);
luo_abi_at(vfio_pci_ser___v1, vconfig, 4102);
luo_abi_at(vfio_pci_ser___v1, rbar, 8198);
luo_abi_at(vfio_pci_ser___v1, reset_works, 8226);
luo_abi_at(vfio_pci_ser___v1, pci_saved_state_phys, 8227);

struct vfio_pci_ser___a {
	__u16 bdf;
	__u16 domain;
	__u8 reset_works;
} __luo_packed;
luo_abi_size(vfio_pci_ser___a, 5);
luo_abi_at(vfio_pci_ser___a, domain, 2);
luo_abi_at(vfio_pci_ser___a, reset_works, 4);

struct vfio_pci_ser___b {
	__u16 bdf;
	__u16 domain;
	__u8 reset_works;
	__u32 token;
} __luo_packed;
luo_abi_size(vfio_pci_ser___b, 9);
luo_abi_at(vfio_pci_ser___b, domain, 2);
luo_abi_at(vfio_pci_ser___b, reset_works, 4);
luo_abi_at(vfio_pci_ser___b, token, 5);

struct vfio_pci_ser___c {
	__u32 domain;
	__u16 bdf;
} __luo_packed;
luo_abi_size(vfio_pci_ser___c, 6);
luo_abi_at(vfio_pci_ser___c, bdf, 4);

struct vfio_pci_ser___d {
	__u32 domain;
	__u16 bdf;
	__u8 reset_works;
} __luo_packed;
luo_abi_size(vfio_pci_ser___d, 7);
luo_abi_at(vfio_pci_ser___d, bdf, 4);
luo_abi_at(vfio_pci_ser___d, reset_works, 6);

struct vfio_pci_ser___v2 {
	__u32 domain;
	__u16 bdf;
	__u8 reset_works;
	__u32 token;
} __luo_packed;
luo_abi_size(vfio_pci_ser___v2, 11);
luo_abi_at(vfio_pci_ser___v2, bdf, 4);
luo_abi_at(vfio_pci_ser___v2, reset_works, 6);
luo_abi_at(vfio_pci_ser___v2, token, 7);

struct luo_catalogue_vfio {
	struct pci_saved_state_ser___v1 saved_state;
	struct vfio_pci_ser___v1 v1;
	struct vfio_pci_ser___a a;
	struct vfio_pci_ser___b b;
	struct vfio_pci_ser___c c;
	struct vfio_pci_ser___d d;
	struct vfio_pci_ser___v2 v2;
};

#endif /* LUO_ABI_VFIO_H */
