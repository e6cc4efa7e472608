// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, v2 before its patch 06/10 to v2: the name of the driver comes in, in the middle.
 * The old record does not have it: a look-up.
 */
#include "pci_driver.h"

LUO_STEP("pci", "pci", struct pci_ser___rfc2_05, "pci", struct pci_ser___rfc2,
	 LUO_ALSO(struct pci_dev_ser___rfc2_05)
	 LUO_ALSO(struct pci_dev_ser___rfc2),
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("luo-bpf"));

#define OLD_AT(i) \
	(sizeof(struct pci_ser___rfc2_05) + (__u64)(i) * sizeof(struct pci_dev_ser___rfc2_05))
#define NEW_AT(i) \
	(sizeof(struct pci_ser___rfc2) + (__u64)(i) * sizeof(struct pci_dev_ser___rfc2))

static __noinline int carry(struct luo_tx *tx, __u64 t, __u64 self, __u64 i)
{
	const struct pci_dev_ser___rfc2_05 *old;
	struct pci_dev_ser___rfc2 *new = luo_out(tx, t, NEW_AT(i), struct pci_dev_ser___rfc2);

	old = luo_in(tx, self, OLD_AT(i), struct pci_dev_ser___rfc2_05);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memset(new, 0, sizeof(*new));
	new->path = old->path;
	new->flags = old->flags;
	new->driver_data = old->driver_data;
	return put_driver(tx, new, LUOB_AT(self, OLD_AT(i)), old->path);
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___rfc2_05 *old = luo_in(tx, self, 0, struct pci_ser___rfc2_05);
	struct pci_ser___rfc2 *new;
	__u64 t, nr;
	__u32 i;

	if (!old)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct pci_dev_ser___rfc2_05);
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
LUO_TRANSLATOR(pci_rfc2_05_to_rfc2);
