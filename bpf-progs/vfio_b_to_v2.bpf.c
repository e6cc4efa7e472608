// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of vfio-pci, b to "vfio-pci-v2" of Anolis: the order of b to that of d.
 */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_STEP("vfio", "vfio-pci-v1", struct vfio_pci_ser___b,
	 "vfio-pci-v2", struct vfio_pci_ser___v2, ,
	 LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct vfio_pci_ser___b *old = luo_in(tx, self, 0, struct vfio_pci_ser___b);
	struct vfio_pci_ser___v2 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct vfio_pci_ser___v2);
	if (!old || !new)
		return LUO_FAILED;
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->reset_works = old->reset_works;
	new->token = old->token;
	return 0;
}
LUO_TRANSLATOR(vfio_b_to_v2);
