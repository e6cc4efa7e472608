// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v2" between v3 and v4 to that of patch 02 of v6: counts of 32 bits.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v2", struct pci_ser___p2_d3, "pci-v2", struct pci_ser___p3_d3,
	 LUO_ALSO(struct pci_dev_ser___d3),
	 LUO_LOSS("max_nr_devices", "room for more devices, of which the next kernel makes its own")
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("luo-bpf"));

#define OLD		pci_ser___p2_d3
#define OLD_DEV		pci_dev_ser___d3
#define NEW		pci_ser___p3_d3
#define NEW_DEV		pci_dev_ser___d3
#define CARRY		d3_to_d3
#define GATHER		PCI_GATHER
#define PUT_MAX(r, nr)	((r)->max_nr_devices = (nr))
#include "pci_table_to_table.h"

LUO_TRANSLATOR(pci_p2_d3_to_p3_d3);
