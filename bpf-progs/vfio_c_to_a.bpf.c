// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of vfio-pci, c back to a: domains of 16 bits, and no reset is tried.
 */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_STEP("vfio", "vfio-pci-v1", struct vfio_pci_ser___c,
	 "vfio-pci-v1", struct vfio_pci_ser___a, ,
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct vfio_pci_ser___c *old = luo_in(tx, self, 0, struct vfio_pci_ser___c);
	struct vfio_pci_ser___a *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct vfio_pci_ser___a);
	if (!old || !new)
		return LUO_FAILED;
	if (old->domain > 0xffff)
		return luob_refuse(tx, PCI_DOMAIN_TOO_WIDE,
				   LUO_PLACE(self, 0, struct vfio_pci_ser___c, domain),
				   old->domain);
	new->bdf = old->bdf;
	new->domain = old->domain;
	new->reset_works = 0;
	return 0;
}
LUO_TRANSLATOR(vfio_c_to_a);
