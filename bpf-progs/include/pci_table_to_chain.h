/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program from a PCI record with an array to one with a chain of blocks. Included
 * behind OLD, NEW, OLD_DEV, NEW_DEV and CARRY as pci_table_to_table.h is.
 */
#define OLD_AT(i)	(sizeof(struct OLD) + (__u64)(i) * sizeof(struct OLD_DEV))

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct OLD *old = luo_in(tx, self, 0, struct OLD);
	__u64 t, devices, nr, left = 0;
	struct NEW *new;
	__u32 i;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct NEW);
	if (!old || !new)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct OLD_DEV);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	if (nr) {
		devices = luob_new(tx, nr * sizeof(struct NEW_DEV), PCI_BLOCKS);
		if (luob_link(tx, t, PCI_DEVICES(NEW), devices))
			return LUO_FAILED;
		bpf_for(i, 0, nr) {
			if (CARRY(tx, devices, (__u64)i * sizeof(struct NEW_DEV), self, OLD_AT(i)))
				return LUO_FAILED;
		}
		left = luob_gather(tx, devices, PCI_GATHER);
	}
	if (left != old->nr_devices)
		return luob_refuse(tx, PCI_COUNT, LUO_PLACE(self, 0, struct OLD, nr_devices),
				   left);
	new->nr_devices = old->nr_devices;
	return 0;
}
