/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entries of PCI devices, one by one. What a translator writes is gathered at the end:
 * free entries go, the rest is sorted, and nr_devices has to be what is left. So a set
 * comes out in the form that every reader takes, whatever the writer's habits.
 */
#ifndef PCI_SET_H
#define PCI_SET_H

#include "luo_bpf.h"
#include "abi/pci.h"

/* One entry, from @ioff of @in to @ooff of @out; a program uses one of these. */
#define PCI_CARRY	static __noinline __attribute__((unused)) int

#define PCI_GATHER_D1	(LUOB_BY(0, 2) | LUOB_THEN(2, 2))
#define PCI_GATHER	(LUOB_BY(0, 4) | LUOB_THEN(4, 2))
#define PCI_DEVICES(type)	offsetof(struct type, devices)
#define PCI_BLOCKS	LUOB_NEW_BLOCKS(sizeof(struct pci_dev_ser___d3))

/* Zeros would be a free entry to what comes behind d1. */
PCI_CARRY d1_to_d2(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d1 *old = luo_in(tx, in, ioff, struct pci_dev_ser___d1);
	struct pci_dev_ser___d2 *new = luo_out(tx, out, ooff, struct pci_dev_ser___d2);

	if (!old || !new)
		return LUO_FAILED;
	if (!old->domain && !old->bdf)
		return luob_refuse(tx, PCI_ZERO_DEVICE, LUOB_AT(in, ioff), 0);
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->reserved = 0;
	return 0;
}

PCI_CARRY d2_to_d1(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d2 *old = luo_in(tx, in, ioff, struct pci_dev_ser___d2);
	struct pci_dev_ser___d1 *new = luo_out(tx, out, ooff, struct pci_dev_ser___d1);

	if (!old || !new)
		return LUO_FAILED;
	if (old->domain > 0xffff)
		return luob_refuse(tx, PCI_DOMAIN_TOO_WIDE,
				   LUO_PLACE(in, ioff, struct pci_dev_ser___d2, domain),
				   old->domain);
	new->domain = old->domain;
	new->bdf = old->bdf;
	return 0;
}

/* d2 marks nothing: only zeros can be a free entry, and readers of d3 skip refcount 0. */
PCI_CARRY d2_to_d3(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d2 *old = luo_in(tx, in, ioff, struct pci_dev_ser___d2);
	struct pci_dev_ser___d3 *new = luo_out(tx, out, ooff, struct pci_dev_ser___d3);

	if (!old || !new)
		return LUO_FAILED;
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->refcount = 1;
	if (!old->domain && !old->bdf)
		new->refcount = 0;
	return 0;
}

PCI_CARRY d2_to_d2(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d2 *old = luo_in(tx, in, ioff, struct pci_dev_ser___d2);
	struct pci_dev_ser___d2 *new = luo_out(tx, out, ooff, struct pci_dev_ser___d2);

	if (!old || !new)
		return LUO_FAILED;
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->reserved = 0;
	return 0;
}

/* An entry of d3 is a device or free, and then all of it is zero. */
PCI_CARRY check_d3(struct luo_tx *tx, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d3 *e = luo_in(tx, in, ioff, struct pci_dev_ser___d3);

	if (!e)
		return LUO_FAILED;
	if (e->refcount > 1)
		return luob_refuse(tx, PCI_REFCOUNT,
				   LUO_PLACE(in, ioff, struct pci_dev_ser___d3, refcount),
				   e->refcount);
	if (!e->refcount && (e->domain || e->bdf))
		return luob_refuse(tx, PCI_FREE_ENTRY, LUOB_AT(in, ioff),
				   LUOB_PCI(e->domain, e->bdf));
	return 0;
}

PCI_CARRY d3_to_d3(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d3 *old = luo_in(tx, in, ioff, struct pci_dev_ser___d3);
	struct pci_dev_ser___d3 *new = luo_out(tx, out, ooff, struct pci_dev_ser___d3);

	if (!old || !new || check_d3(tx, in, ioff))
		return LUO_FAILED;
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->refcount = old->refcount;
	return 0;
}

PCI_CARRY d3_to_d2(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d3 *old = luo_in(tx, in, ioff, struct pci_dev_ser___d3);
	struct pci_dev_ser___d2 *new = luo_out(tx, out, ooff, struct pci_dev_ser___d2);

	if (!old || !new || check_d3(tx, in, ioff))
		return LUO_FAILED;
	new->reserved = 0;
	if (!old->refcount) {
		new->domain = 0;
		new->bdf = 0;
		return 0;
	}
	if (!old->domain && !old->bdf)
		return luob_refuse(tx, PCI_ZERO_DEVICE, LUOB_AT(in, ioff), 0);
	new->domain = old->domain;
	new->bdf = old->bdf;
	return 0;
}

/* Bridges have more than one; a free entry is zero here, too. */
PCI_CARRY d4_to_d4(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d4 *old = luo_in(tx, in, ioff, struct pci_dev_ser___d4);
	struct pci_dev_ser___d4 *new = luo_out(tx, out, ooff, struct pci_dev_ser___d4);

	if (!old || !new)
		return LUO_FAILED;
	if (!old->refcount && (old->domain || old->bdf))
		return luob_refuse(tx, PCI_FREE_ENTRY, LUOB_AT(in, ioff),
				   LUOB_PCI(old->domain, old->bdf));
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->refcount = old->refcount;
	return 0;
}

/* Who calls this knows that it is no bridge. */
PCI_CARRY d4_to_d3(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d4 *old = luo_in(tx, in, ioff, struct pci_dev_ser___d4);
	struct pci_dev_ser___d3 *new = luo_out(tx, out, ooff, struct pci_dev_ser___d3);

	if (!old || !new || check_d3(tx, in, ioff))
		return LUO_FAILED;
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->refcount = old->refcount;
	return 0;
}

#endif /* PCI_SET_H */
