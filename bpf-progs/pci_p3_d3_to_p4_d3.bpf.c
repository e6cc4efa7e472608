// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v2" of patch 02 of v6 to "pci-v1" of patch 01 of v7: the array becomes a chain
 * of blocks, none of them empty.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v2", struct pci_ser___p3_d3, "pci-v1", struct pci_ser___p4_d3,
	 LUO_ALSO(struct pci_dev_ser___d3),
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___p3_d3
#define OLD_DEV		pci_dev_ser___d3
#define NEW		pci_ser___p4_d3
#define NEW_DEV		pci_dev_ser___d3
#define CARRY		d3_to_d3
#include "pci_table_to_chain.h"

LUO_TRANSLATOR(pci_p3_d3_to_p4_d3);
