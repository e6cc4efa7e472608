// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v2" at the end of v7 to "pci" version 2 of v9: as for version 1.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v2", struct pci_ser___p4_d4, "pci:2", struct pci_ser___p5_d4,
	 LUO_ALSO(struct pci_dev_ser___d4),
	 LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___p4_d4 *old = luo_in(tx, self, 0, struct pci_ser___p4_d4);
	struct pci_ser___p5_d4 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___p5_d4);
	if (!old || !new)
		return LUO_FAILED;
	new->version = 2;
	new->nr_devices = old->nr_devices;
	return luob_move(tx, t, PCI_DEVICES(pci_ser___p5_d4), self, PCI_DEVICES(pci_ser___p4_d4));
}
LUO_TRANSLATOR(pci_p4_d4_to_p5_d4);
