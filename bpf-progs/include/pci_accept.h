/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What readers of PCI records demand. They panic when a device that is counted is never
 * finished, and do not see one behind a free entry: the counts have to be right.
 */
#ifndef PCI_ACCEPT_H
#define PCI_ACCEPT_H

#include "luo_bpf.h"
#include "abi/pci.h"

#define PCI_ACCEPT	static __noinline __attribute__((unused))

/* Key of the next entry, or less than @after: then it was refused. */
PCI_ACCEPT __u64 next_d1(struct luo_tx *tx, __u64 t, __u64 off, __u64 after)
{
	const struct pci_dev_ser___d1 *e = luo_in(tx, t, off, struct pci_dev_ser___d1);
	__u64 key;

	if (!e)
		return 0;
	key = LUOB_PCI(e->domain, e->bdf) + 1;
	if (key <= after) {
		luob_refuse(tx, PCI_ORDER, LUOB_AT(t, off), key - 1);
		return 0;
	}
	return key;
}

PCI_ACCEPT __u64 next_d2(struct luo_tx *tx, __u64 t, __u64 off, __u64 after)
{
	const struct pci_dev_ser___d2 *e = luo_in(tx, t, off, struct pci_dev_ser___d2);
	__u64 key;

	if (!e)
		return 0;
	key = LUOB_PCI(e->domain, e->bdf) + 1;
	if (key <= after) {
		luob_refuse(tx, PCI_ORDER, LUOB_AT(t, off), key - 1);
		return 0;
	}
	return key;
}

/* Of one entry: 1 in use, 0 free, LUO_FAILED. */
PCI_ACCEPT int used_d2(struct luo_tx *tx, __u64 t, __u64 off)
{
	const struct pci_dev_ser___d2 *e = luo_in(tx, t, off, struct pci_dev_ser___d2);

	if (!e)
		return LUO_FAILED;
	return e->domain || e->bdf ? 1 : 0;
}

PCI_ACCEPT int used_d3(struct luo_tx *tx, __u64 t, __u64 off)
{
	const struct pci_dev_ser___d3 *e = luo_in(tx, t, off, struct pci_dev_ser___d3);

	if (!e)
		return LUO_FAILED;
	if (e->refcount > 1) {
		luob_refuse(tx, PCI_REFCOUNT, LUO_PLACE(t, off, struct pci_dev_ser___d3, refcount),
			    e->refcount);
		return LUO_FAILED;
	}
	return e->refcount;
}

PCI_ACCEPT int used_d4(struct luo_tx *tx, __u64 t, __u64 off)
{
	const struct pci_dev_ser___d4 *e = luo_in(tx, t, off, struct pci_dev_ser___d4);

	if (!e)
		return LUO_FAILED;
	return e->refcount ? 1 : 0;
}

PCI_ACCEPT int accept_rfc2(struct luo_tx *tx, __u64 t, __u64 off, __u32 flags)
{
	if (flags & ~(PCI_RFC2_BUSMASTER | PCI_RFC2_BUSMASTER_BRIDGE))
		return luob_refuse(tx, PCI_FLAGS,
				   LUO_PLACE(t, off, struct pci_dev_ser___rfc2, flags), flags);
	return 0;
}

#endif /* PCI_ACCEPT_H */
