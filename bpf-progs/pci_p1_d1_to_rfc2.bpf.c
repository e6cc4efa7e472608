// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, the first "pci-v1" back to v2 phase I: each device is one that masters the bus, as
 * all are that later series keep, and its driver's name is looked up. There is no data of
 * the driver.
 */
#include "pci_driver.h"

LUO_STEP("pci", "pci-v1", struct pci_ser___p1_d1, "pci", struct pci_ser___rfc2,
	 LUO_ALSO(struct pci_dev_ser___d1)
	 LUO_ALSO(struct pci_dev_ser___rfc2),
	 LUO_AUTHOR("luo-bpf"));

#define OLD_AT(i) \
	(sizeof(struct pci_ser___p1_d1) + (__u64)(i) * sizeof(struct pci_dev_ser___d1))
#define NEW_AT(i) \
	(sizeof(struct pci_ser___rfc2) + (__u64)(i) * sizeof(struct pci_dev_ser___rfc2))

static __noinline int carry(struct luo_tx *tx, __u64 t, __u64 self, __u64 i)
{
	const struct pci_dev_ser___d1 *old = luo_in(tx, self, OLD_AT(i), struct pci_dev_ser___d1);
	struct pci_dev_ser___rfc2 *new = luo_out(tx, t, NEW_AT(i), struct pci_dev_ser___rfc2);

	if (!old || !new)
		return LUO_FAILED;
	__builtin_memset(new, 0, sizeof(*new));
	new->path = (__u32)old->domain << 16 | old->bdf;
	new->flags = PCI_RFC2_BUSMASTER;
	return put_driver(tx, new, LUOB_AT(self, OLD_AT(i)),
			  LUOB_PCI(old->domain, old->bdf));
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___p1_d1 *old = luo_in(tx, self, 0, struct pci_ser___p1_d1);
	struct pci_ser___rfc2 *new;
	__u64 t, nr;
	__u32 i;

	if (!old)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct pci_dev_ser___d1);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	t = luob_new(tx, NEW_AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___rfc2);
	if (!new)
		return LUO_FAILED;
	new->count = nr;
	new->hole = 0;
	bpf_for(i, 0, nr) {
		if (carry(tx, t, self, i))
			return LUO_FAILED;
	}
	return 0;
}
LUO_TRANSLATOR(pci_p1_d1_to_rfc2);
