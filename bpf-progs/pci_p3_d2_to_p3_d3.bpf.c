// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v1" of patch 01 of v4 to v6 to "pci-v2" of patch 02: what was reserved becomes
 * a reference count. A 0 left over would say that the entry is free and lose the device.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v1", struct pci_ser___p3_d2, "pci-v2", struct pci_ser___p3_d3,
	 LUO_ALSO(struct pci_dev_ser___d2)
	 LUO_ALSO(struct pci_dev_ser___d3),
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___p3_d2
#define OLD_DEV		pci_dev_ser___d2
#define NEW		pci_ser___p3_d3
#define NEW_DEV		pci_dev_ser___d3
#define CARRY		d2_to_d3
#define GATHER		PCI_GATHER
#define PUT_MAX(r, nr)	((r)->max_nr_devices = (nr))
#include "pci_table_to_table.h"

LUO_TRANSLATOR(pci_p3_d2_to_p3_d3);
