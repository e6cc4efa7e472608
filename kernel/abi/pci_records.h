/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * luo-bpf: what PCI devices and their drivers were, from the module of the old kernel to
 * luo-load restore-pci in the new one. A record of our own behind a KHO subtree that
 * kernels ignore; it keeps no device running and is no part of what PCI itself may hand
 * over (pci.h). It changes by the same rules as the others do: luo_bpf.ko can write the
 * former version, and an object leads from that to this one.
 */
#ifndef LUO_ABI_PCI_RECORDS_H
#define LUO_ABI_PCI_RECORDS_H

#include "tags.h"

#define LUO_BPF_PCI_SUBTREE	"luo-bpf-pci"
#define LUO_BPF_PCI_1		"luo-bpf-pci-1"
#define LUO_BPF_PCI		"luo-bpf-pci-2"

#define LUO_BPF_PCI_BARS	7	/* six and the ROM */
#define LUO_BPF_PCI_NAME	64
/* A record is one folio of at most 4 MiB. */
#define LUO_BPF_PCI_MAX		10000
/* What the writer did not know. */
#define LUO_BPF_PCI_UNKNOWN16	0xffff
#define LUO_BPF_PCI_UNKNOWN32	0xffffffff

/* Of a region that the device decodes: enum values as in include/linux/ioport.h. */
struct luo_bpf_pci_bar {
	__u64 start;
	__u64 size;		/* 0: there is none */
	__u64 flags;
};

/**
 * struct luo_bpf_pci_dev___v2 - one device
 * @domain:	PCI domain
 * @bdf:	bus << 8 | devfn
 * @state:	D-state: 0 to 3, 4 for D3cold
 * @class:	24 bits
 * @revision:	8 bits
 * @command:	the command register
 * @msi:	vectors that it can have, 0 for none
 * @msix:	likewise
 * @num_vfs:	virtual functions that are switched on
 * @iommu_group: number of its IOMMU group
 * @bars:	regions
 * @driver:	name of the driver it is bound to, or ""
 * @override:	its driver_override, or ""
 * @modalias:	as in sysfs
 */
struct luo_bpf_pci_dev___v2 {
	__u32 domain __luo_unique;
	__u16 bdf __luo_unique;
	__u16 state;
	__u16 vendor;
	__u16 device;
	__u16 subvendor;
	__u16 subdevice;
	__u32 class;
	__u32 revision;
	__u16 command;
	__u16 msi;
	__u16 msix;
	__u16 num_vfs;
	__u32 iommu_group;
	__u32 reserved __luo_reserved;
	struct luo_bpf_pci_bar bars[LUO_BPF_PCI_BARS];
	char driver[LUO_BPF_PCI_NAME] __luo_string;
	char override[LUO_BPF_PCI_NAME] __luo_string;
	char modalias[LUO_BPF_PCI_NAME] __luo_string;
};
luo_abi_size(luo_bpf_pci_dev___v2, 400);
luo_abi_at(luo_bpf_pci_dev___v2, bars, 40);

/* @nr of them follow; @missing had no room. */
struct luo_bpf_pci___v2 {
	char compatible[24] __luo_version;
	__u32 nr;
	__u32 missing;
} __luo_followed_by(luo_bpf_pci_dev___v2, nr);
luo_abi_size(luo_bpf_pci___v2, 32);

/* Without D-state, virtual functions and IOMMU group; domains of 16 bits. */
struct luo_bpf_pci_dev___v1 {
	__u16 domain __luo_unique;
	__u16 bdf __luo_unique;
	__u16 vendor;
	__u16 device;
	__u16 subvendor;
	__u16 subdevice;
	__u32 class;
	__u32 revision;
	__u16 command;
	__u16 msi;
	__u16 msix;
	__u16 reserved __luo_reserved;
	__u32 reserved2 __luo_reserved;
	struct luo_bpf_pci_bar bars[LUO_BPF_PCI_BARS];
	char driver[LUO_BPF_PCI_NAME] __luo_string;
	char override[LUO_BPF_PCI_NAME] __luo_string;
	char modalias[LUO_BPF_PCI_NAME] __luo_string;
};
luo_abi_size(luo_bpf_pci_dev___v1, 392);
luo_abi_at(luo_bpf_pci_dev___v1, bars, 32);

struct luo_bpf_pci___v1 {
	char compatible[24] __luo_version;
	__u32 nr;
	__u32 missing;
} __luo_followed_by(luo_bpf_pci_dev___v1, nr);
luo_abi_size(luo_bpf_pci___v1, 32);

#endif /* LUO_ABI_PCI_RECORDS_H */
