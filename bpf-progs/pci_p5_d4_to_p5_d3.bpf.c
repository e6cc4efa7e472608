// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, version 2 of "pci" back to version 1: bridges are not kept, so that devices behind
 * bridges cannot be. What is left is on a root bus, and counted once.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci:2", struct pci_ser___p5_d4, "pci:1", struct pci_ser___p5_d3,
	 LUO_ALSO(struct pci_dev_ser___d4)
	 LUO_ALSO(struct pci_dev_ser___d3),
	 LUO_AUTHOR("luo-bpf"));

/* On a root bus? An entry that counts several devices is a bridge above them. */
static __noinline int check_root(struct luo_tx *tx, __u64 in, __u64 ioff)
{
	const struct pci_dev_ser___d4 *e = luo_in(tx, in, ioff, struct pci_dev_ser___d4);
	__u64 up, key;

	if (!e)
		return LUO_FAILED;
	key = LUOB_PCI(e->domain, e->bdf);
	if (e->refcount > 1)
		return luob_refuse(tx, PCI_BEHIND_BRIDGE, LUOB_AT(in, ioff), key);
	if (!e->refcount)
		return 0;
	if (luob_lookup(tx, LUOB_LOOKUP_PCI_UPSTREAM, key, &up))
		return luob_refuse(tx, PCI_UPSTREAM_UNKNOWN, LUOB_AT(in, ioff), key);
	if (up != LUOB_PCI_ROOT)
		return luob_refuse(tx, PCI_BEHIND_BRIDGE, LUOB_AT(in, ioff), key);
	return 0;
}

static __noinline int carry(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	__u64 off = i * sizeof(struct pci_dev_ser___d4);

	if (check_root(tx, in, off))
		return LUO_FAILED;
	return d4_to_d3(tx, out, off, in, off);
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___p5_d4 *old = luo_in(tx, self, 0, struct pci_ser___p5_d4);
	__u64 t, in, devices, nr, left = 0;
	struct pci_ser___p5_d3 *new;
	__u32 i;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___p5_d3);
	if (!old || !new)
		return LUO_FAILED;
	in = luob_ref(tx, self, PCI_DEVICES(pci_ser___p5_d4));
	if (in) {
		nr = luob_size(tx, in) / sizeof(struct pci_dev_ser___d4);
		if (nr > LUOB_MAX_ITER)
			return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
		devices = luob_new(tx, nr * sizeof(struct pci_dev_ser___d3), PCI_BLOCKS);
		if (luob_link(tx, t, PCI_DEVICES(pci_ser___p5_d3), devices))
			return LUO_FAILED;
		bpf_for(i, 0, nr) {
			if (carry(tx, devices, in, i))
				return LUO_FAILED;
		}
		left = luob_gather(tx, devices, PCI_GATHER);
	}
	if (left != old->nr_devices)
		return luob_refuse(tx, PCI_COUNT,
				   LUO_PLACE(self, 0, struct pci_ser___p5_d4, nr_devices), left);
	new->version = 1;
	new->nr_devices = old->nr_devices;
	if (!in)
		return 0;
	return luob_drop(tx, self, PCI_DEVICES(pci_ser___p5_d4), LUOB_REPLACED);
}
LUO_TRANSLATOR(pci_p5_d4_to_p5_d3);
