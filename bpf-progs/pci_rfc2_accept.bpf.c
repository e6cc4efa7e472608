// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with v2, phase I, of PCI demands: flags that it knows and names that end. */
#include "pci_accept.h"

LUO_READS("pci", "pci", struct pci_ser___rfc2,
	  LUO_ALSO(struct pci_dev_ser___rfc2)
	  LUO_ALSO(enum pci_dev_flags___rfc2),
	  LUO_AUTHOR("luo-bpf"));

static __noinline int accept_entry(struct luo_tx *tx, __u64 t, __u64 off)
{
	const struct pci_dev_ser___rfc2 *e = luo_in(tx, t, off, struct pci_dev_ser___rfc2);

	if (!e)
		return LUO_FAILED;
	if (e->driver_name[LUO_PCI_DRIVER_NAME - 1])
		return luob_refuse(tx, STRING_NOT_TERMINATED,
				   LUO_PLACE(t, off, struct pci_dev_ser___rfc2, driver_name), 0);
	return accept_rfc2(tx, t, off, e->flags);
}

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const __u64 first = sizeof(struct pci_ser___rfc2);
	__u64 nr;
	__u32 i;

	nr = (luob_size(tx, self) - first) / sizeof(struct pci_dev_ser___rfc2);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	bpf_for(i, 0, nr) {
		if (accept_entry(tx, self,
				 first + (__u64)i * sizeof(struct pci_dev_ser___rfc2)))
			return LUO_FAILED;
	}
	return 0;
}
LUO_ACCEPTOR(pci_rfc2_accept);
