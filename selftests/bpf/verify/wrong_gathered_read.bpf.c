// SPDX-License-Identifier: GPL-2.0-only
/* What was written is read back behind luob_gather(), which may have moved it. */
#include "luo_bpf.h"
#include "abi/pci.h"

LUO_STEP("pci", "pci-v1", struct pci_ser___p1_d1, "pci-v1", struct pci_ser___p2_d2,
	 LUO_ALSO(struct pci_dev_ser___d1)
	 LUO_ALSO(struct pci_dev_ser___d2),
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("test"));

#define OLD_AT(i)	(sizeof(struct pci_ser___p1_d1) + (i) * sizeof(struct pci_dev_ser___d1))
#define NEW_AT(i)	(sizeof(struct pci_ser___p2_d2) + (i) * sizeof(struct pci_dev_ser___d2))

static __noinline int carry(struct luo_tx *tx, __u64 t, __u64 self, __u64 i)
{
	const struct pci_dev_ser___d1 *old = luo_in(tx, self, OLD_AT(i), struct pci_dev_ser___d1);
	struct pci_dev_ser___d2 *new = luo_out(tx, t, NEW_AT(i), struct pci_dev_ser___d2);

	if (!old || !new)
		return LUO_FAILED;
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->reserved = 0;
	return 0;
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___p1_d1 *old = luo_in(tx, self, 0, struct pci_ser___p1_d1);
	struct pci_ser___p2_d2 *new;
	__u64 t, nr, left;
	__u32 i;

	if (!old)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct pci_dev_ser___d1);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	t = luob_new(tx, NEW_AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___p2_d2);
	if (!new)
		return LUO_FAILED;
	bpf_for(i, 0, nr) {
		if (carry(tx, t, self, i))
			return LUO_FAILED;
	}
	new->nr_devices = old->nr_devices;
	left = luob_gather(tx, t, LUOB_BY(0, 4) | LUOB_THEN(4, 2));
	if (left != old->nr_devices)
		return luob_refuse(tx, PCI_COUNT, LUOB_AT(self, 0), left);
	new->max_nr_devices = new->nr_devices; /* unknown: clean */
	return 0;
}
LUO_TRANSLATOR(wrong_gathered_read);
