// SPDX-License-Identifier: GPL-2.0-only
/* The record is brought to version 2, but goes on to say version 1. */
#include "luo_bpf.h"
#include "abi/pci.h"

LUO_STEP("pci", "pci-v2", struct pci_ser___p4_d4, "pci:2", struct pci_ser___p5_d4,
	 LUO_ALSO(struct pci_dev_ser___d4),
	 LUO_AUTHOR("test"));

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
	new->version = 1; /* refused: version */
	new->nr_devices = old->nr_devices;
	return luob_move(tx, t, offsetof(struct pci_ser___p5_d4, devices),
			 self, offsetof(struct pci_ser___p4_d4, devices));
}
LUO_TRANSLATOR(wrong_pci_version);
