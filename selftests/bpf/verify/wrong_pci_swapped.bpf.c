// SPDX-License-Identifier: GPL-2.0-only
/* Domain and bdf change places between a and d, but are copied in the order of a. */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_STEP("vfio", "vfio-pci-v1", struct vfio_pci_ser___a, "vfio-pci-v1", struct vfio_pci_ser___d, ,
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("test"));

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
	new->domain = old->bdf; /* refused: shared */
	new->bdf = old->domain; /* refused: shared */
	new->reset_works = old->reset_works;
	return 0;
}
LUO_TRANSLATOR(wrong_pci_swapped);
