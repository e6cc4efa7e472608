// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v1" of patch 01 of v7 back to "pci-v2" of patch 02 of v6: blocks become one
 * array, without room for more.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v1", struct pci_ser___p4_d3, "pci-v2", struct pci_ser___p3_d3,
	 LUO_ALSO(struct pci_dev_ser___d3),
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___p4_d3
#define OLD_DEV		pci_dev_ser___d3
#define NEW		pci_ser___p3_d3
#define NEW_DEV		pci_dev_ser___d3
#define CARRY		d3_to_d3
#include "pci_chain_to_table.h"

LUO_TRANSLATOR(pci_p4_d3_to_p3_d3);
