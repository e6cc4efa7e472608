// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with v2 and v3: sorted by domain and bdf of PCI demands. */
#include "pci_accept.h"

LUO_READS("pci", "pci-v1", struct pci_ser___p2_d2,
	  LUO_ALSO(struct pci_dev_ser___d2),
	  LUO_AUTHOR("luo-bpf"));

#define SER		pci_ser___p2_d2
#define DEV		pci_dev_ser___d2
#define NEXT		next_d2
#define ROOM(r)		(r)->max_nr_devices
#include "pci_accept_sorted.h"

LUO_ACCEPTOR(pci_p2_d2_accept);
