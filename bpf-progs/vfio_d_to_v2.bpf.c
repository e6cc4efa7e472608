// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of vfio-pci, d to "vfio-pci-v2" of Anolis: the iommufd that the device is bound to
 * comes from a look-up.
 */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_STEP("vfio", "vfio-pci-v1", struct vfio_pci_ser___d,
	 "vfio-pci-v2", struct vfio_pci_ser___v2, ,
	 LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct vfio_pci_ser___d *old = luo_in(tx, self, 0, struct vfio_pci_ser___d);
	struct vfio_pci_ser___v2 *new;
	__u64 t, token;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct vfio_pci_ser___v2);
	if (!old || !new)
		return LUO_FAILED;
	if (luob_lookup(tx, LUOB_LOOKUP_VFIO_IOMMUFD, arg, &token))
		return luob_refuse(tx, VFIO_IOMMUFD_UNKNOWN, LUOB_AT(self, 0), arg);
	if (token > 0xffffffff)
		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(self, 0), token);
	new->domain = old->domain;
	new->bdf = old->bdf;
	new->reset_works = old->reset_works;
	new->token = token;
	return 0;
}
LUO_TRANSLATOR(vfio_d_to_v2);
