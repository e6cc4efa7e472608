// SPDX-License-Identifier: GPL-2.0-only
/* PCI, v2 back to what it was before its patch 06/10: no driver names. */
#include "luo_bpf.h"
#include "abi/pci.h"

LUO_STEP("pci", "pci", struct pci_ser___rfc2, "pci", struct pci_ser___rfc2_05,
	 LUO_ALSO(struct pci_dev_ser___rfc2)
	 LUO_ALSO(struct pci_dev_ser___rfc2_05),
	 LUO_LOSS("driver_name", "not recorded: user space binds drivers")
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("luo-bpf"));

#define OLD_AT(i) \
	(sizeof(struct pci_ser___rfc2) + (__u64)(i) * sizeof(struct pci_dev_ser___rfc2))
#define NEW_AT(i) \
	(sizeof(struct pci_ser___rfc2_05) + (__u64)(i) * sizeof(struct pci_dev_ser___rfc2_05))

static __noinline int carry(struct luo_tx *tx, __u64 t, __u64 self, __u64 i)
{
	const struct pci_dev_ser___rfc2 *old;
	struct pci_dev_ser___rfc2_05 *new;

	new = luo_out(tx, t, NEW_AT(i), struct pci_dev_ser___rfc2_05);
	old = luo_in(tx, self, OLD_AT(i), struct pci_dev_ser___rfc2);
	if (!old || !new)
		return LUO_FAILED;
	new->path = old->path;
	new->flags = old->flags;
	new->driver_data = old->driver_data;
	return 0;
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___rfc2 *old = luo_in(tx, self, 0, struct pci_ser___rfc2);
	struct pci_ser___rfc2_05 *new;
	__u64 t, nr;
	__u32 i;

	if (!old)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct pci_dev_ser___rfc2);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	t = luob_new(tx, NEW_AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___rfc2_05);
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
LUO_TRANSLATOR(pci_rfc2_to_rfc2_05);
