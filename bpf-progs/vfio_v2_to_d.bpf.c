// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of vfio-pci, "vfio-pci-v2" of Anolis back to d: the binding to the iommufd is lost.
 */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_STEP("vfio", "vfio-pci-v2", struct vfio_pci_ser___v2,
	 "vfio-pci-v1", struct vfio_pci_ser___d, ,
	 LUO_LOSS("token", "not recorded: the file has to be bound again")
	 LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct vfio_pci_ser___v2 *old = luo_in(tx, self, 0, struct vfio_pci_ser___v2);
	struct vfio_pci_ser___d *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct vfio_pci_ser___d);
	if (!old || !new)
		return LUO_FAILED;
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->reset_works = old->reset_works;
	return 0;
}
LUO_TRANSLATOR(vfio_v2_to_d);
