// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with version 2, v9 of PCI demands: as many in use as it counts. */
#include "pci_accept.h"

LUO_READS("pci", "pci:2", struct pci_ser___p5_d4,
	  LUO_ALSO(struct pci_dev_ser___d4),
	  LUO_AUTHOR("luo-bpf"));

#define SER		pci_ser___p5_d4
#define DEV		pci_dev_ser___d4
#define USED		used_d4
#define LIST(tx, self)	luob_ref(tx, self, offsetof(struct SER, devices))
#define FIRST		0
#include "pci_accept_counted.h"

LUO_ACCEPTOR(pci_p5_d4_accept);
