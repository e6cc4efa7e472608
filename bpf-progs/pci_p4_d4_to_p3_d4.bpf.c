// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v2" at the end of v7 back to "pci-v3" of v6: blocks become one array.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v2", struct pci_ser___p4_d4, "pci-v3", struct pci_ser___p3_d4,
	 LUO_ALSO(struct pci_dev_ser___d4),
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___p4_d4
#define OLD_DEV		pci_dev_ser___d4
#define NEW		pci_ser___p3_d4
#define NEW_DEV		pci_dev_ser___d4
#define CARRY		d4_to_d4
#include "pci_chain_to_table.h"

LUO_TRANSLATOR(pci_p4_d4_to_p3_d4);
