// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with between v3 and v4: sorted, and all in use of PCI demands. */
#include "pci_accept.h"

LUO_READS("pci", "pci-v2", struct pci_ser___p2_d3,
	  LUO_ALSO(struct pci_dev_ser___d3),
	  LUO_AUTHOR("luo-bpf"));

/* Sorted by the same fields as d2, and none free. */
static __noinline __u64 next_d3(struct luo_tx *tx, __u64 t, __u64 off, __u64 after)
{
	const struct pci_dev_ser___d3 *e = luo_in(tx, t, off, struct pci_dev_ser___d3);

	if (!e)
		return 0;
	if (e->refcount != 1) {
		luob_refuse(tx, PCI_REFCOUNT, LUO_PLACE(t, off, struct pci_dev_ser___d3, refcount),
			    e->refcount);
		return 0;
	}
	return next_d2(tx, t, off, after);
}

#define SER		pci_ser___p2_d3
#define DEV		pci_dev_ser___d3
#define NEXT		next_d3
#define ROOM(r)		(r)->max_nr_devices
#include "pci_accept_sorted.h"

LUO_ACCEPTOR(pci_p2_d3_accept);
