/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * luo-bpf: what drivers say about their PCI devices, from the old kernel's driver to the new
 * one's. A record of our own behind a KHO subtree that kernels ignore. What is said is the
 * driver's business: a blob is a record of a family of its own, whose version it names and
 * which its vendor's objects translate. What leads to blobs stays as it is.
 */
#ifndef LUO_ABI_DRIVER_RECORDS_H
#define LUO_ABI_DRIVER_RECORDS_H

#include "tags.h"

#define LUO_BPF_DRIVERS_SUBTREE	"luo-bpf-drivers"
#define LUO_BPF_DRIVERS		"luo-bpf-drivers-1"

/* One for each device that there can be a record of (pci_records.h). */
#define LUO_BPF_DRIVERS_MAX	10000
/* A blob is one folio. */
#define LUO_BPF_DRIVER_BYTES	(4U << 20)

/* Which hardware a device is, as in its configuration space; @class has 24 bits. */
struct luo_bpf_hw {
	__u16 vendor;
	__u16 device;
	__u16 subvendor;
	__u16 subdevice;
	__u32 class;
};
luo_abi_size(luo_bpf_hw, 12);
luo_abi_at(luo_bpf_hw, class, 8);

/**
 * struct luo_bpf_driver_ser___v1 - one blob
 * @version:	which names its family and layout, as that of a file does
 * @data:	physical address of the folio that it begins
 * @address:	domain << 16 | bus << 8 | devfn
 * @hw:		the device
 * @size:	bytes of the blob
 */
struct luo_bpf_driver_ser___v1 {
	char version[48] __luo_string;
	__u64 data __luo_to_device_child(driver, version, address, size, hw);
	__u64 address __luo_unique;
	struct luo_bpf_hw hw;
	__u32 size;
};
luo_abi_size(luo_bpf_driver_ser___v1, 80);
luo_abi_at(luo_bpf_driver_ser___v1, data, 48);
luo_abi_at(luo_bpf_driver_ser___v1, hw, 64);
luo_abi_at(luo_bpf_driver_ser___v1, size, 76);

/* @nr of them follow. */
struct luo_bpf_drivers___v1 {
	char compatible[24] __luo_version;
	__u32 nr;
	__u32 reserved __luo_reserved;
} __luo_followed_by(luo_bpf_driver_ser___v1, nr);
luo_abi_size(luo_bpf_drivers___v1, 32);

#endif /* LUO_ABI_DRIVER_RECORDS_H */
