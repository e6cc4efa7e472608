// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with patch 01 of v4 to v6 of PCI demands: as many in use as it counts. */
#include "pci_accept.h"

LUO_READS("pci", "pci-v1", struct pci_ser___p3_d2,
	  LUO_ALSO(struct pci_dev_ser___d2),
	  LUO_AUTHOR("luo-bpf"));

#define SER		pci_ser___p3_d2
#define DEV		pci_dev_ser___d2
#define USED		used_d2
#define LIST(tx, self)	(self)
#define FIRST		sizeof(struct SER)
#include "pci_accept_counted.h"

LUO_ACCEPTOR(pci_p3_d2_accept);
