// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with v1: sorted by domain and bdf of PCI demands. */
#include "pci_accept.h"

LUO_READS("pci", "pci-v1", struct pci_ser___p1_d1,
	  LUO_ALSO(struct pci_dev_ser___d1),
	  LUO_AUTHOR("luo-bpf"));

#define SER		pci_ser___p1_d1
#define DEV		pci_dev_ser___d1
#define NEXT		next_d1
#define ROOM(r)		LUOB_MAX_ITER
#include "pci_accept_sorted.h"

LUO_ACCEPTOR(pci_p1_d1_accept);
