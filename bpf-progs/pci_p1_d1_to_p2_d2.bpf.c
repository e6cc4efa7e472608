// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v1" of v1 to "pci-v1" of v2 and v3: the domain grows to 32 bits, and the
 * record says how many entries there is room for. The string stays.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v1", struct pci_ser___p1_d1, "pci-v1", struct pci_ser___p2_d2,
	 LUO_ALSO(struct pci_dev_ser___d1)
	 LUO_ALSO(struct pci_dev_ser___d2),
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___p1_d1
#define OLD_DEV		pci_dev_ser___d1
#define NEW		pci_ser___p2_d2
#define NEW_DEV		pci_dev_ser___d2
#define CARRY		d1_to_d2
#define GATHER		PCI_GATHER
#define PUT_MAX(r, nr)	((r)->max_nr_devices = (nr))
#include "pci_table_to_table.h"

LUO_TRANSLATOR(pci_p1_d1_to_p2_d2);
