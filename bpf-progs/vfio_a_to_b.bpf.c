// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of vfio-pci, a to b: the iommufd that the device is bound to comes from a look-up, a
 * token cannot be made up.
 */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_STEP("vfio", "vfio-pci-v1", struct vfio_pci_ser___a,
	 "vfio-pci-v1", struct vfio_pci_ser___b, ,
	 LUO_SAME_STRING("the layouts of two series, named by the profile")
	 LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct vfio_pci_ser___a *old = luo_in(tx, self, 0, struct vfio_pci_ser___a);
	struct vfio_pci_ser___b *new;
	__u64 t, token;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct vfio_pci_ser___b);
	if (!old || !new)
		return LUO_FAILED;
	if (luob_lookup(tx, LUOB_LOOKUP_VFIO_IOMMUFD, arg, &token))
		return luob_refuse(tx, VFIO_IOMMUFD_UNKNOWN, LUOB_AT(self, 0), arg);
	if (token > 0xffffffff)
		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(self, 0), token);
	new->bdf = old->bdf;
	new->domain = old->domain;
	new->reset_works = old->reset_works;
	new->token = token;
	return 0;
}
LUO_TRANSLATOR(vfio_a_to_b);
