// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with layout c of vfio-pci files demands: nothing but its size. */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_READS("vfio", "vfio-pci-v1", struct vfio_pci_ser___c, ,
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct vfio_pci_ser___c *r = luo_in(tx, self, 0, struct vfio_pci_ser___c);

	if (!r)
		return LUO_FAILED;
	return 0;
}
LUO_ACCEPTOR(vfio_c_accept);
