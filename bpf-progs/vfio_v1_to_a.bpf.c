// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of vfio-pci, "vfio-v1" of the RFC to a: the device is reset and restored by later
 * kernels, so that its configuration does not travel. The RFC had no domain.
 */
#include "luo_bpf.h"
#include "abi/vfio.h"

LUO_STEP("vfio", "vfio-v1", struct vfio_pci_ser___v1, "vfio-pci-v1", struct vfio_pci_ser___a,
	 LUO_ALSO(struct pci_saved_state_ser___v1),
	 LUO_LOSS("cfg_size", "configuration is not kept since v1")
	 LUO_LOSS("pci_config_map", "configuration is not kept since v1")
	 LUO_LOSS("vconfig", "configuration is not kept since v1")
	 LUO_LOSS("rbar", "configuration is not kept since v1")
	 LUO_LOSS("pci_saved_state_phys", "configuration is not kept since v1")
	 LUO_AUTHOR("luo-bpf"));

#define SAVED	offsetof(struct vfio_pci_ser___v1, pci_saved_state_phys)

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const __u16 *bdf = (const __u16 *)luob_in(tx, self, 0, sizeof(*bdf));
	const __u8 *reset = luob_in(tx, self, offsetof(struct vfio_pci_ser___v1, reset_works), 1);
	struct vfio_pci_ser___a *new;
	__u64 t, domain;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct vfio_pci_ser___a);
	if (!bdf || !reset || !new)
		return LUO_FAILED;
	if (luob_lookup(tx, LUOB_LOOKUP_VFIO_DOMAIN, arg, &domain))
		return luob_refuse(tx, VFIO_DOMAIN_UNKNOWN, LUOB_AT(self, 0), arg);
	if (domain > 0xffff)
		return luob_refuse(tx, PCI_DOMAIN_TOO_WIDE, LUOB_AT(self, 0), domain);
	new->bdf = *bdf;
	new->domain = domain;
	new->reset_works = *reset;
	return luob_drop(tx, self, SAVED, LUOB_LOST);
}
LUO_TRANSLATOR(vfio_v1_to_a);
