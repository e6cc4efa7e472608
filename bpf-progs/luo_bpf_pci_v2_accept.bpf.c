// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of PCI devices, as luo-load restore-pci reads them: names are terminated, because
 * they become words of commands.
 */
#include "luo_bpf.h"
#include "abi/pci_records.h"

LUO_READS("luo-bpf", LUO_BPF_PCI, struct luo_bpf_pci___v2,
	  LUO_ALSO(struct luo_bpf_pci_dev___v2),
	  LUO_AUTHOR("luo-bpf"));

#define AT(i) \
	(sizeof(struct luo_bpf_pci___v2) + (__u64)(i) * sizeof(struct luo_bpf_pci_dev___v2))
#define PLACE(i, field)	LUO_PLACE(self, AT(i), struct luo_bpf_pci_dev___v2, field)

static __noinline int look(struct luo_tx *tx, __u64 self, __u64 i)
{
	const struct luo_bpf_pci_dev___v2 *d;

	d = luo_in(tx, self, AT(i), struct luo_bpf_pci_dev___v2);
	if (!d)
		return LUO_FAILED;
	if (d->driver[sizeof(d->driver) - 1])
		return luob_refuse(tx, STRING_NOT_TERMINATED, PLACE(i, driver), 0);
	if (d->override[sizeof(d->override) - 1])
		return luob_refuse(tx, STRING_NOT_TERMINATED, PLACE(i, override), 0);
	if (d->modalias[sizeof(d->modalias) - 1])
		return luob_refuse(tx, STRING_NOT_TERMINATED, PLACE(i, modalias), 0);
	return 0;
}

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	__u64 nr = (luob_size(tx, self) - sizeof(struct luo_bpf_pci___v2)) /
		   sizeof(struct luo_bpf_pci_dev___v2);
	__u32 i;

	if (nr > LUO_BPF_PCI_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW,
				   LUO_PLACE(self, 0, struct luo_bpf_pci___v2, nr), nr);
	bpf_for(i, 0, nr) {
		if (look(tx, self, i))
			return LUO_FAILED;
	}
	return 0;
}
LUO_ACCEPTOR(luo_bpf_pci_v2_accept);
