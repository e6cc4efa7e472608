// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with patch 01 of v7 of PCI demands: as many in use as it counts. */
#include "pci_accept.h"

LUO_READS("pci", "pci-v1", struct pci_ser___p4_d3,
	  LUO_ALSO(struct pci_dev_ser___d3),
	  LUO_AUTHOR("luo-bpf"));

#define SER		pci_ser___p4_d3
#define DEV		pci_dev_ser___d3
#define USED		used_d3
#define LIST(tx, self)	luob_ref(tx, self, offsetof(struct SER, devices))
#define FIRST		0
#include "pci_accept_counted.h"

LUO_ACCEPTOR(pci_p4_d3_accept);
