// SPDX-License-Identifier: GPL-2.0-only
/* Sorted by a number of five bytes, of which there are none. */
#include "luo_bpf.h"
#include "abi/pci.h"

LUO_STEP("pci", "pci-v1", struct pci_ser___p3_d2, "pci-v2", struct pci_ser___p3_d3,
	 LUO_ALSO(struct pci_dev_ser___d2)
	 LUO_ALSO(struct pci_dev_ser___d3),
	 LUO_AUTHOR("test"));

#define OLD_AT(i)	(sizeof(struct pci_ser___p3_d2) + (i) * sizeof(struct pci_dev_ser___d2))
#define NEW_AT(i)	(sizeof(struct pci_ser___p3_d3) + (i) * sizeof(struct pci_dev_ser___d3))

static __noinline int carry(struct luo_tx *tx, __u64 t, __u64 self, __u64 i)
{
	const struct pci_dev_ser___d2 *old = luo_in(tx, self, OLD_AT(i), struct pci_dev_ser___d2);
	struct pci_dev_ser___d3 *new = luo_out(tx, t, NEW_AT(i), struct pci_dev_ser___d3);

	if (!old || !new)
		return LUO_FAILED;
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->refcount = 1;
	return 0;
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___p3_d2 *old = luo_in(tx, self, 0, struct pci_ser___p3_d2);
	struct pci_ser___p3_d3 *new;
	__u64 t, nr;
	__u32 i;

	if (!old)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct pci_dev_ser___d2);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	t = luob_new(tx, NEW_AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___p3_d3);
	if (!new)
		return LUO_FAILED;
	bpf_for(i, 0, nr) {
		if (carry(tx, t, self, i))
			return LUO_FAILED;
	}
	nr = luob_gather(tx, t, LUOB_BY(0, 5)); /* refused: contract */
	if (nr != old->nr_devices)
		return luob_refuse(tx, PCI_COUNT, LUOB_AT(self, 0), nr);
	new->max_nr_devices = nr;
	new->nr_devices = nr;
	return 0;
}
LUO_TRANSLATOR(wrong_pci_gather);
