// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v3" of v6 to "pci-v2" at the end of v7: the array becomes a chain of blocks.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v3", struct pci_ser___p3_d4, "pci-v2", struct pci_ser___p4_d4,
	 LUO_ALSO(struct pci_dev_ser___d4),
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___p3_d4
#define OLD_DEV		pci_dev_ser___d4
#define NEW		pci_ser___p4_d4
#define NEW_DEV		pci_dev_ser___d4
#define CARRY		d4_to_d4
#include "pci_table_to_chain.h"

LUO_TRANSLATOR(pci_p3_d4_to_p4_d4);
