// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, v2 phase I to the first "pci-v1": path is split into domain and bdf, and the set is
 * sorted. Review threw out the rest: drivers are bound by user space.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci", struct pci_ser___rfc2, "pci-v1", struct pci_ser___p1_d1,
	 LUO_ALSO(struct pci_dev_ser___rfc2)
	 LUO_ALSO(struct pci_dev_ser___d1),
	 LUO_LOSS("flags", "the intent of bus mastering: later kernels leave the device alone")
	 LUO_LOSS("driver_name", "not recorded: user space binds drivers")
	 LUO_LOSS("driver_data", "not recorded: drivers have files of their own")
	 LUO_AUTHOR("luo-bpf"));

#define OLD_AT(i) \
	(sizeof(struct pci_ser___rfc2) + (__u64)(i) * sizeof(struct pci_dev_ser___rfc2))
#define NEW_AT(i) \
	(sizeof(struct pci_ser___p1_d1) + (__u64)(i) * sizeof(struct pci_dev_ser___d1))

static __noinline int carry(struct luo_tx *tx, __u64 t, __u64 self, __u64 i)
{
	const struct pci_dev_ser___rfc2 *old;
	struct pci_dev_ser___d1 *new = luo_out(tx, t, NEW_AT(i), struct pci_dev_ser___d1);

	old = luo_in(tx, self, OLD_AT(i), struct pci_dev_ser___rfc2);
	if (!old || !new)
		return LUO_FAILED;
	if (!old->path)
		return luob_refuse(tx, PCI_ZERO_DEVICE, LUOB_AT(self, OLD_AT(i)), 0);
	new->domain = old->path >> 16;
	new->bdf = old->path & 0xffff;
	return 0;
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___rfc2 *old = luo_in(tx, self, 0, struct pci_ser___rfc2);
	struct pci_ser___p1_d1 *new;
	__u64 t, nr, left;
	__u32 i;

	if (!old)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct pci_dev_ser___rfc2);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	t = luob_new(tx, NEW_AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___p1_d1);
	if (!new)
		return LUO_FAILED;
	bpf_for(i, 0, nr) {
		if (carry(tx, t, self, i))
			return LUO_FAILED;
	}

	left = luob_gather(tx, t, PCI_GATHER_D1);
	if (left != nr)
		return luob_refuse(tx, PCI_COUNT,
				   LUO_PLACE(self, 0, struct pci_ser___rfc2, count), left);
	new->nr_devices = left;
	return 0;
}
LUO_TRANSLATOR(pci_rfc2_to_p1_d1);
