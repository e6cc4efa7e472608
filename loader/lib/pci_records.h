/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of PCI devices that the old kernel handed over, and the devices there are now. */
#ifndef LUO_LIB_PCI_RECORDS_H
#define LUO_LIB_PCI_RECORDS_H

#include <stdbool.h>

#include "abi/pci_records.h"

/* What of a device is not as it was; bits of a mask. */
enum luo_pci_differs {
	LUO_PCI_GONE = 1,	/* there is no such device */
	LUO_PCI_IDS = 2,	/* another one is in its place */
	LUO_PCI_BARS = 4,	/* regions have other sizes or kinds */
	LUO_PCI_MOVED = 8,	/* regions are elsewhere: no harm */
	LUO_PCI_DRIVER = 16,	/* it has another driver, or none */
	LUO_PCI_OVERRIDE = 32,	/* another driver_override */
	LUO_PCI_VFS = 64,	/* another number of virtual functions is switched on */
};

/* The device, as sysfs shows it. */
struct luo_pci_now {
	__u32 differs;
	struct luo_bpf_pci_dev___v2 dev;
};

int luo_pci_records__read(const char *path, struct luo_bpf_pci___v2 **r);
const struct luo_bpf_pci_dev___v2 *luo_pci_records__devices(const struct luo_bpf_pci___v2 *r);
__u64 luo_pci_dev__address(const struct luo_bpf_pci_dev___v2 *d);
const char *luo_pci_dev__name(const struct luo_bpf_pci_dev___v2 *d, char *text);

int luo_pci__compare(const char *sysfs, const struct luo_bpf_pci_dev___v2 *was,
		     struct luo_pci_now *now);
bool luo_pci__has_driver(const char *sysfs, const char *driver);
int luo_pci__enable_vfs(const char *sysfs, const struct luo_bpf_pci_dev___v2 *was);
int luo_pci__bind(const char *sysfs, const struct luo_bpf_pci_dev___v2 *was);

#endif /* LUO_LIB_PCI_RECORDS_H */
