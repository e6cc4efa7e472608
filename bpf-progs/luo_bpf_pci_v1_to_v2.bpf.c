// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of PCI devices, the first version to the second: domains grow to 32 bits, and
 * what nobody had noted is not known.
 */
#include "luo_bpf.h"
#include "abi/pci_records.h"

LUO_STEP("luo-bpf", LUO_BPF_PCI_1, struct luo_bpf_pci___v1, LUO_BPF_PCI, struct luo_bpf_pci___v2,
	 LUO_ALSO(struct luo_bpf_pci_dev___v1)
	 LUO_ALSO(struct luo_bpf_pci_dev___v2),
	 LUO_AUTHOR("luo-bpf"));

#define OLD_AT(i) \
	(sizeof(struct luo_bpf_pci___v1) + (__u64)(i) * sizeof(struct luo_bpf_pci_dev___v1))
#define NEW_AT(i) \
	(sizeof(struct luo_bpf_pci___v2) + (__u64)(i) * sizeof(struct luo_bpf_pci_dev___v2))

static __noinline int carry(struct luo_tx *tx, __u64 t, __u64 self, __u64 i)
{
	const struct luo_bpf_pci_dev___v1 *old;
	struct luo_bpf_pci_dev___v2 *new;

	old = luo_in(tx, self, OLD_AT(i), struct luo_bpf_pci_dev___v1);
	new = luo_out(tx, t, NEW_AT(i), struct luo_bpf_pci_dev___v2);
	if (!old || !new)
		return LUO_FAILED;
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->state = LUO_BPF_PCI_UNKNOWN16;
	new->vendor = old->vendor;
	new->device = old->device;
	new->subvendor = old->subvendor;
	new->subdevice = old->subdevice;
	new->class = old->class;
	new->revision = old->revision;
	new->command = old->command;
	new->msi = old->msi;
	new->msix = old->msix;
	new->num_vfs = LUO_BPF_PCI_UNKNOWN16;
	new->iommu_group = LUO_BPF_PCI_UNKNOWN32;
	new->reserved = 0;
	__builtin_memcpy(new->bars, old->bars, sizeof(new->bars));
	__builtin_memcpy(new->driver, old->driver, sizeof(new->driver));
	__builtin_memcpy(new->override, old->override, sizeof(new->override));
	__builtin_memcpy(new->modalias, old->modalias, sizeof(new->modalias));
	return 0;
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct luo_bpf_pci___v1 *old = luo_in(tx, self, 0, struct luo_bpf_pci___v1);
	struct luo_bpf_pci___v2 *new;
	__u64 t, nr;
	__u32 i;

	if (!old)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct luo_bpf_pci_dev___v1);
	if (nr > LUO_BPF_PCI_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW,
				   LUO_PLACE(self, 0, struct luo_bpf_pci___v1, nr), nr);
	t = luob_new(tx, NEW_AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct luo_bpf_pci___v2);
	if (!new)
		return LUO_FAILED;
	__builtin_memset(new->compatible, 0, sizeof(new->compatible));
	__builtin_memcpy(new->compatible, LUO_BPF_PCI, sizeof(LUO_BPF_PCI));
	new->nr = nr;
	new->missing = old->missing;
	bpf_for(i, 0, nr) {
		if (carry(tx, t, self, i))
			return LUO_FAILED;
	}
	return 0;
}
LUO_TRANSLATOR(luo_bpf_pci_v1_to_v2);
