// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with layout v2 of vfio-pci files demands: reset_works is a bool. */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_READS("vfio", "vfio-pci-v2", struct vfio_pci_ser___v2, ,
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct vfio_pci_ser___v2 *r = luo_in(tx, self, 0, struct vfio_pci_ser___v2);

	if (!r)
		return LUO_FAILED;
	if (r->reset_works > 1)
		return luob_refuse(tx, VFIO_RESET_WORKS,
				   LUO_PLACE(self, 0, struct vfio_pci_ser___v2, reset_works),
				   r->reset_works);
	return 0;
}
LUO_ACCEPTOR(vfio_v2_accept);
