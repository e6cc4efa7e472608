/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program from a PCI record with a chain of blocks to one with an array. Included
 * behind OLD, NEW, OLD_DEV, NEW_DEV and CARRY as pci_table_to_table.h is.
 */
#define NEW_AT(i)	(sizeof(struct NEW) + (__u64)(i) * sizeof(struct NEW_DEV))

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct OLD *old = luo_in(tx, self, 0, struct OLD);
	__u64 t, devices, nr = 0, left = 0;
	struct NEW *new;
	__u32 i;

	devices = luob_ref(tx, self, PCI_DEVICES(OLD));
	if (devices)
		nr = luob_size(tx, devices) / sizeof(struct OLD_DEV);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, PCI_DEVICES(OLD)), nr);
	t = luob_new(tx, NEW_AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct NEW);
	if (!old || !new)
		return LUO_FAILED;
	if (devices) {
		bpf_for(i, 0, nr) {
			if (CARRY(tx, t, NEW_AT(i), devices, (__u64)i * sizeof(struct OLD_DEV)))
				return LUO_FAILED;
		}
		left = luob_gather(tx, t, PCI_GATHER);
	}
	if (left != old->nr_devices)
		return luob_refuse(tx, PCI_COUNT, LUO_PLACE(self, 0, struct OLD, nr_devices),
				   left);
	new->max_nr_devices = left;
	new->nr_devices = old->nr_devices;
	if (!devices)
		return 0;
	return luob_drop(tx, self, PCI_DEVICES(OLD), LUOB_REPLACED);
}
