// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v2" of patch 02 of v6 back to "pci-v1" of patch 01: reference counts go, and
 * with them free entries.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v2", struct pci_ser___p3_d3, "pci-v1", struct pci_ser___p3_d2,
	 LUO_ALSO(struct pci_dev_ser___d3)
	 LUO_ALSO(struct pci_dev_ser___d2),
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___p3_d3
#define OLD_DEV		pci_dev_ser___d3
#define NEW		pci_ser___p3_d2
#define NEW_DEV		pci_dev_ser___d2
#define CARRY		d3_to_d2
#define GATHER		PCI_GATHER
#define PUT_MAX(r, nr)	((r)->max_nr_devices = (nr))
#include "pci_table_to_table.h"

LUO_TRANSLATOR(pci_p3_d3_to_p3_d2);
