// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI, "pci-v1" of patch 01 of v7 to "pci" version 1 of v8 and v9: the version comes into
 * the record, and the handle to its natural place. The blocks stay where they are.
 */
#include "pci_set.h"

LUO_STEP("pci", "pci-v1", struct pci_ser___p4_d3, "pci:1", struct pci_ser___p5_d3,
	 LUO_ALSO(struct pci_dev_ser___d3),
	 LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct pci_ser___p4_d3 *old = luo_in(tx, self, 0, struct pci_ser___p4_d3);
	struct pci_ser___p5_d3 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___p5_d3);
	if (!old || !new)
		return LUO_FAILED;
	new->version = 1;
	new->nr_devices = old->nr_devices;
	return luob_move(tx, t, PCI_DEVICES(pci_ser___p5_d3), self, PCI_DEVICES(pci_ser___p4_d3));
}
LUO_TRANSLATOR(pci_p4_d3_to_p5_d3);
