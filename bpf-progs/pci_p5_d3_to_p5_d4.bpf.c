// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, version 1 of "pci" to version 2, v9 of the series. No byte changes its place: the
 * bridges above a device join the list, and count the devices below them. They are not in
 * the old record, so that each has to be looked up in the old kernel.
 *
 * A device and the bridges above it are written one behind the other; gathering makes one
 * entry of those of the same bridge. Blocks hold 510 entries, which PCI_PATH divides.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci:1", struct pci_ser___p5_d3, "pci:2", struct pci_ser___p5_d4,
	 LUO_ALSO(struct pci_dev_ser___d3)
	 LUO_ALSO(struct pci_dev_ser___d4),
	 LUO_LOSS("nr_devices", "counted afresh, with the bridges")
	 LUO_AUTHOR("luo-bpf"));

#define PCI_PATH	6
#define ENTRY		sizeof(struct pci_dev_ser___d4)

/* The bridge above a device, LUOB_PCI_ROOT or, after a refusal, more. */
static __noinline __u64 above(struct luo_tx *tx, __u64 at, __u32 domain, __u64 bdf)
{
	__u64 up;

	if (!luob_lookup(tx, LUOB_LOOKUP_PCI_UPSTREAM, LUOB_PCI(domain, bdf), &up))
		return up;
	luob_refuse(tx, PCI_UPSTREAM_UNKNOWN, at, LUOB_PCI(domain, bdf));
	return LUOB_PCI_ROOT + 1;
}

/* Return: devices, 0 or 1; LUO_FAILED. */
static __noinline int carry(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	__u64 ioff = i * sizeof(struct pci_dev_ser___d3), up;
	const struct pci_dev_ser___d3 *old = luo_in(tx, in, ioff, struct pci_dev_ser___d3);
	struct pci_dev_ser___d4 *new;
	int k;

	new = (struct pci_dev_ser___d4 *)luob_out(tx, out, i * PCI_PATH * ENTRY, PCI_PATH * ENTRY);
	if (!old || !new || check_d3(tx, in, ioff))
		return LUO_FAILED;
	__builtin_memset(new, 0, PCI_PATH * ENTRY);
	if (!old->refcount)
		return 0;
	new[0].domain = old->domain;
	new[0].bdf = old->bdf;
	new[0].refcount = old->refcount;
	up = old->bdf;
	for (k = 1; k <= PCI_PATH; k++) {
		up = above(tx, LUOB_AT(in, ioff), old->domain, up);
		if (up > 0xffff)
			return up == LUOB_PCI_ROOT ? old->refcount : LUO_FAILED;
		if (k == PCI_PATH)
			break;
		new[k].domain = old->domain;
		new[k].bdf = up;
		new[k].refcount = 1;
	}
	return luob_refuse(tx, PCI_TOO_DEEP, LUOB_AT(in, ioff), up);
}

static __noinline int no_devices(struct luo_tx *tx, __u64 self, __u64 t)
{
	const struct pci_ser___p5_d3 *old = luo_in(tx, self, 0, struct pci_ser___p5_d3);
	struct pci_ser___p5_d4 *new = luo_out(tx, t, 0, struct pci_ser___p5_d4);

	if (!old || !new)
		return LUO_FAILED;
	if (old->nr_devices)
		return luob_refuse(tx, PCI_COUNT,
				   LUO_PLACE(self, 0, struct pci_ser___p5_d3, nr_devices), 0);
	new->nr_devices = old->nr_devices;
	return 0;
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___p5_d3 *old = luo_in(tx, self, 0, struct pci_ser___p5_d3);
	__u64 t, in, devices, nr, used = 0;
	struct pci_ser___p5_d4 *new;
	int one;
	__u32 i;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___p5_d4);
	if (!old || !new)
		return LUO_FAILED;
	new->version = 2;
	in = luob_ref(tx, self, PCI_DEVICES(pci_ser___p5_d3));
	if (!in)
		return no_devices(tx, self, t);
	nr = luob_size(tx, in) / sizeof(struct pci_dev_ser___d3);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	devices = luob_new(tx, nr * PCI_PATH * ENTRY, PCI_BLOCKS);
	if (luob_link(tx, t, PCI_DEVICES(pci_ser___p5_d4), devices))
		return LUO_FAILED;
	bpf_for(i, 0, nr) {
		one = carry(tx, devices, in, i);
		if (one < 0)
			return LUO_FAILED;
		used += one;
	}
	if (used != old->nr_devices)
		return luob_refuse(tx, PCI_COUNT,
				   LUO_PLACE(self, 0, struct pci_ser___p5_d3, nr_devices), used);
	new->nr_devices = luob_gather(tx, devices, PCI_GATHER | LUOB_SUM(6, 2));
	return luob_drop(tx, self, PCI_DEVICES(pci_ser___p5_d3), LUOB_REPLACED);
}
LUO_TRANSLATOR(pci_p5_d3_to_p5_d4);
