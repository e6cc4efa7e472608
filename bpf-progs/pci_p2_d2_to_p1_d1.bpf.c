// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v1" of v2 and v3 back to that of v1: domains of 16 bits. VMD has 0x10000 and
 * up, and those cannot go.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v1", struct pci_ser___p2_d2, "pci-v1", struct pci_ser___p1_d1,
	 LUO_ALSO(struct pci_dev_ser___d2)
	 LUO_ALSO(struct pci_dev_ser___d1),
	 LUO_LOSS("max_nr_devices", "room for more devices, of which the next kernel makes its own")
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___p2_d2
#define OLD_DEV		pci_dev_ser___d2
#define NEW		pci_ser___p1_d1
#define NEW_DEV		pci_dev_ser___d1
#define CARRY		d2_to_d1
#define GATHER		PCI_GATHER_D1
#define PUT_MAX(r, nr)	((void)0)
#include "pci_table_to_table.h"

LUO_TRANSLATOR(pci_p2_d2_to_p1_d1);
