// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of vfio-pci, a to d: bdf and domain change places and the domain grows, while the
 * string stays.
 */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_STEP("vfio", "vfio-pci-v1", struct vfio_pci_ser___a,
	 "vfio-pci-v1", struct vfio_pci_ser___d, ,
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct vfio_pci_ser___a *old = luo_in(tx, self, 0, struct vfio_pci_ser___a);
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
LUO_TRANSLATOR(vfio_a_to_d);
