/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PCI devices that are kept over a live update. No release up to 7.3 has them; these are
 * the layouts of the series as posted, which vendors and test trees run.
 *
 * Sources, all from linux-pci:
 *	rfc1	"PCI/LUO" RFC v1, 2025-07-28, as at its end
 *	rfc2	"PCI/LUO" v2, phase I, 2025-09-16; rfc2_05: before its patch 06/10, which
 *		added driver_name
 *	p1_d1	"vfio/pci: base" v1, 2025-11-26				"pci-v1"
 *	p2_d2	v2, 2026-01-29, and v3					"pci-v1"
 *	p2_d3	a tree between v3 and v4				"pci-v2"
 *	p3_d2	patch 01 of v4 to v6, 2026-04-23 to 2026-05-22		"pci-v1"
 *	p3_d3	patch 02 of v6						"pci-v2"
 *	p3_d4	patch 06 of v6						"pci-v3"
 *	p4_d3	patch 01 of v7, 2026-07-10				"pci-v1"
 *	p4_d4	the end of v7						"pci-v2"
 *	p5_d3	v8 and v9, 2026-09, first patches			"pci", version 1
 *	p5_d4	the end of v9						"pci", version 2
 *
 * Strings lie: "pci-v1" is four layouts, "pci-v2" three. The fingerprint tells. p is the
 * record, d the entry of a device; v5 calls "reserved" of d2 "padding", the bytes are
 * the same.
 *
 * Configuration space, BARs, bus numbers and the bound driver are in none since p1: the
 * kernels keep them by not touching the device.
 */
#ifndef LUO_ABI_PCI_H
#define LUO_ABI_PCI_H

#include "tags.h"

/* path of rfc1 and rfc2 is domain << 16 | bdf. */
#define LUO_PCI_DRIVER_NAME		63

/* ---- rfc1 ------------------------------------------------------------------------------ */

struct pci_resource_ser___rfc1 {
	__u64 start;
	__u64 end;
	char name[64] __luo_string;
	__u64 flags;
	__u64 desc;
} __luo_packed;
luo_abi_size(pci_resource_ser___rfc1, 96);
luo_abi_at(pci_resource_ser___rfc1, flags, 80);

/* Without resources: their number follows CONFIG_PCI_IOV. */
struct pci_dev_state___rfc1 {
	__u32 path __luo_unique;
	__u8 requested;		/* bool: by a user; else a bridge above one */
	__u16 num_vfs;
	char driver_name[LUO_PCI_DRIVER_NAME] __luo_string;
	__u64 driver_data;
	__u32 devfn;
	__u32 current_state;
	__u8 pm_cap;
	__u32 broken_intx_masking : 1;
	__u32 pme_poll : 1;
	__u32 no_d3cold : 1;
	__u32 wakeup_prepared : 1;
	__u32 skip_bus_pm : 1;
	__u32 ignore_hotplug : 1;
	__u32 hotplug_user_indicators : 1;
	__u32 pref_window : 1;
	__u32 pref_64_window : 1;
} __luo_packed;
luo_abi_size(pci_dev_state___rfc1, 89);
luo_abi_at(pci_dev_state___rfc1, num_vfs, 5);
luo_abi_at(pci_dev_state___rfc1, driver_name, 7);
luo_abi_at(pci_dev_state___rfc1, driver_data, 70);
luo_abi_at(pci_dev_state___rfc1, devfn, 78);
luo_abi_at(pci_dev_state___rfc1, current_state, 82);
luo_abi_at(pci_dev_state___rfc1, pm_cap, 86);

struct pci_dev_ser___rfc1_iov {
	struct pci_dev_state___rfc1 state;
	struct pci_resource_ser___rfc1 resource[17];
} __luo_packed;
luo_abi_size(pci_dev_ser___rfc1_iov, 1721);
luo_abi_at(pci_dev_ser___rfc1_iov, resource, 89);

struct pci_dev_ser___rfc1 {
	struct pci_dev_state___rfc1 state;
	struct pci_resource_ser___rfc1 resource[11];
} __luo_packed;
luo_abi_size(pci_dev_ser___rfc1, 1145);
luo_abi_at(pci_dev_ser___rfc1, resource, 89);

enum pci_bridge_type___rfc1 {
	PCI_RFC1_BRIDGE_NONE,
	PCI_RFC1_BRIDGE_HOST,
	PCI_RFC1_BRIDGE_PCI,
};

struct pci_bus_ser___rfc1 {
	__u16 domain;
	__u8 number;
	__u16 parent_domain;
	__u8 parent_number;
	__u32 bridge_type;	/* enum pci_bridge_type___rfc1 */
	struct pci_resource_ser___rfc1 resource[4];
};
luo_abi_size(pci_bus_ser___rfc1, 396);
luo_abi_at(pci_bus_ser___rfc1, number, 2);
luo_abi_at(pci_bus_ser___rfc1, parent_domain, 4);
luo_abi_at(pci_bus_ser___rfc1, parent_number, 6);
luo_abi_at(pci_bus_ser___rfc1, bridge_type, 8);
luo_abi_at(pci_bus_ser___rfc1, resource, 12);

/* bus_count times pci_bus_ser follow the devices; nothing leads to them. */
struct pci_ser___rfc1_iov {
	__u32 dev_count;
	__u32 bus_count;
} __luo_followed_by(pci_dev_ser___rfc1_iov, dev_count);
luo_abi_size(pci_ser___rfc1_iov, 8);

struct pci_ser___rfc1 {
	__u32 dev_count;
	__u32 bus_count;
} __luo_followed_by(pci_dev_ser___rfc1, dev_count);
luo_abi_size(pci_ser___rfc1, 8);

/* ---- rfc2 ------------------------------------------------------------------------------ */

enum pci_dev_flags___rfc2 {
	PCI_RFC2_BUSMASTER = 0x1,
	PCI_RFC2_BUSMASTER_BRIDGE = 0x2,
};

struct pci_dev_ser___rfc2_05 {
	__u32 path __luo_unique;
	__u32 flags __luo_flags(pci_dev_flags___rfc2);
	__u64 driver_data;
};
luo_abi_size(pci_dev_ser___rfc2_05, 16);
luo_abi_at(pci_dev_ser___rfc2_05, flags, 4);
luo_abi_at(pci_dev_ser___rfc2_05, driver_data, 8);

/* Not packed: one byte behind the name belongs to nobody. */
struct pci_dev_ser___rfc2 {
	__u32 path __luo_unique;
	__u32 flags __luo_flags(pci_dev_flags___rfc2);
	char driver_name[LUO_PCI_DRIVER_NAME] __luo_string;
	__u64 driver_data;
};
luo_abi_size(pci_dev_ser___rfc2, 80);
luo_abi_at(pci_dev_ser___rfc2, flags, 4);
luo_abi_at(pci_dev_ser___rfc2, driver_name, 8);
luo_abi_at(pci_dev_ser___rfc2, driver_data, 72);

struct pci_ser___rfc2_05 {
	__u32 count;
	__u32 hole __luo_reserved;
} __luo_followed_by(pci_dev_ser___rfc2_05, count);
luo_abi_size(pci_ser___rfc2_05, 8);

struct pci_ser___rfc2 {
	__u32 count;
	__u32 hole __luo_reserved;
} __luo_followed_by(pci_dev_ser___rfc2, count);
luo_abi_size(pci_ser___rfc2, 8);

/* ---- entries since PCI is file-lifecycle-bound data ----------------------------------- */

struct pci_dev_ser___d1 {
	__u16 domain __luo_unique;
	__u16 bdf __luo_unique;
} __luo_packed;
luo_abi_size(pci_dev_ser___d1, 4);
luo_abi_at(pci_dev_ser___d1, bdf, 2);

struct pci_dev_ser___d2 {
	__u32 domain;
	__u16 bdf;
	__u16 reserved __luo_reserved;
} __luo_packed;
luo_abi_size(pci_dev_ser___d2, 8);
luo_abi_at(pci_dev_ser___d2, bdf, 4);
luo_abi_at(pci_dev_ser___d2, reserved, 6);

/* refcount was reserved: readers skip an entry that has 0. */
struct pci_dev_ser___d3 {
	__u32 domain;
	__u16 bdf;
	__u16 refcount __luo_meaning("1 for a device, 0 for a free entry");
} __luo_packed;
luo_abi_size(pci_dev_ser___d3, 8);
luo_abi_at(pci_dev_ser___d3, bdf, 4);
luo_abi_at(pci_dev_ser___d3, refcount, 6);

/* The layout of d3. Bridges above a preserved device have entries, too. */
struct pci_dev_ser___d4 {
	__u32 domain;
	__u16 bdf;
	__u16 refcount __luo_meaning("preserved devices at it or below, 0 for a free entry");
} __luo_packed;
luo_abi_size(pci_dev_ser___d4, 8);
luo_abi_at(pci_dev_ser___d4, bdf, 4);
luo_abi_at(pci_dev_ser___d4, refcount, 6);

/* ---- records --------------------------------------------------------------------------- */

/* Sorted by domain and bdf: readers use bsearch(). The folio may have room for more. */
struct pci_ser___p1_d1 {
	__u64 nr_devices;
} __luo_packed __luo_followed_by(pci_dev_ser___d1, nr_devices);
luo_abi_size(pci_ser___p1_d1, 8);

/* Sorted; max_nr_devices is the room in entries. */
struct pci_ser___p2_d2 {
	__u64 max_nr_devices;
	__u64 nr_devices;
} __luo_packed __luo_followed_by(pci_dev_ser___d2, nr_devices);
luo_abi_size(pci_ser___p2_d2, 16);
luo_abi_at(pci_ser___p2_d2, nr_devices, 8);

struct pci_ser___p2_d3 {
	__u64 max_nr_devices;
	__u64 nr_devices;
} __luo_packed __luo_followed_by(pci_dev_ser___d3, nr_devices);
luo_abi_size(pci_ser___p2_d3, 16);
luo_abi_at(pci_ser___p2_d3, nr_devices, 8);

/*
 * In no order; a device that is given up leaves a hole of zeros, so that nr_devices of
 * max_nr_devices entries are in use. With d2 a hole is told by its zeros alone.
 */
struct pci_ser___p3_d2 {
	__u32 max_nr_devices;
	__u32 nr_devices;
} __luo_packed __luo_followed_by(pci_dev_ser___d2, max_nr_devices);
luo_abi_size(pci_ser___p3_d2, 8);
luo_abi_at(pci_ser___p3_d2, nr_devices, 4);

struct pci_ser___p3_d3 {
	__u32 max_nr_devices;
	__u32 nr_devices;
} __luo_packed __luo_followed_by(pci_dev_ser___d3, max_nr_devices);
luo_abi_size(pci_ser___p3_d3, 8);
luo_abi_at(pci_ser___p3_d3, nr_devices, 4);

struct pci_ser___p3_d4 {
	__u32 max_nr_devices;
	__u32 nr_devices;
} __luo_packed __luo_followed_by(pci_dev_ser___d4, max_nr_devices);
luo_abi_size(pci_ser___p3_d4, 8);
luo_abi_at(pci_ser___p3_d4, nr_devices, 4);

/* nr_devices counts entries in use; blocks may hold free ones as well. */
struct pci_ser___p4_d3 {
	__u32 nr_devices;
	luo_phys_t devices __luo_to_blocks(pci_dev_ser___d3);
} __luo_packed;
luo_abi_size(pci_ser___p4_d3, 12);
luo_abi_at(pci_ser___p4_d3, devices, 4);

struct pci_ser___p4_d4 {
	__u32 nr_devices;
	luo_phys_t devices __luo_to_blocks(pci_dev_ser___d4);
} __luo_packed;
luo_abi_size(pci_ser___p4_d4, 12);
luo_abi_at(pci_ser___p4_d4, devices, 4);

struct pci_ser___p5_d3 {
	__u32 version __luo_version;	/* 1; another panics */
	__u32 nr_devices;
	luo_phys_t devices __luo_to_blocks(pci_dev_ser___d3);
} __luo_packed;
luo_abi_size(pci_ser___p5_d3, 16);
luo_abi_at(pci_ser___p5_d3, nr_devices, 4);
luo_abi_at(pci_ser___p5_d3, devices, 8);

struct pci_ser___p5_d4 {
	__u32 version __luo_version;	/* 2; another panics */
	__u32 nr_devices;
	luo_phys_t devices __luo_to_blocks(pci_dev_ser___d4);
} __luo_packed;
luo_abi_size(pci_ser___p5_d4, 16);
luo_abi_at(pci_ser___p5_d4, nr_devices, 4);
luo_abi_at(pci_ser___p5_d4, devices, 8);

/* What the catalogue names, by value. */
struct luo_catalogue_pci {
	struct pci_ser___rfc1_iov rfc1_iov;
	struct pci_dev_ser___rfc1_iov rfc1_iov_dev;
	struct pci_ser___rfc1 rfc1;
	struct pci_dev_ser___rfc1 rfc1_dev;
	struct pci_bus_ser___rfc1 rfc1_bus;
	enum pci_bridge_type___rfc1 rfc1_bridge;
	struct pci_ser___rfc2_05 rfc2_05;
	struct pci_dev_ser___rfc2_05 rfc2_05_dev;
	struct pci_ser___rfc2 rfc2;
	struct pci_dev_ser___rfc2 rfc2_dev;
	enum pci_dev_flags___rfc2 rfc2_flags;
	struct pci_dev_ser___d1 d1;
	struct pci_dev_ser___d2 d2;
	struct pci_dev_ser___d3 d3;
	struct pci_dev_ser___d4 d4;
	struct pci_ser___p1_d1 p1_d1;
	struct pci_ser___p2_d2 p2_d2;
	struct pci_ser___p2_d3 p2_d3;
	struct pci_ser___p3_d2 p3_d2;
	struct pci_ser___p3_d3 p3_d3;
	struct pci_ser___p3_d4 p3_d4;
	struct pci_ser___p4_d3 p4_d3;
	struct pci_ser___p4_d4 p4_d4;
	struct pci_ser___p5_d3 p5_d3;
	struct pci_ser___p5_d4 p5_d4;
};

#endif /* LUO_ABI_PCI_H */
