/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program between two PCI records that are a header and an array. Included behind
 * OLD, NEW (the two structures), OLD_DEV, NEW_DEV (their entries), CARRY (between them),
 * GATHER, and PUT_MAX, which stores what NEW has room for.
 */
#define OLD_AT(i)	(sizeof(struct OLD) + (__u64)(i) * sizeof(struct OLD_DEV))
#define NEW_AT(i)	(sizeof(struct NEW) + (__u64)(i) * sizeof(struct NEW_DEV))

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct OLD *old = luo_in(tx, self, 0, struct OLD);
	struct NEW *new;
	__u64 t, nr, left;
	__u32 i;

	if (!old)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct OLD_DEV);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	t = luob_new(tx, NEW_AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct NEW);
	if (!new)
		return LUO_FAILED;
	bpf_for(i, 0, nr) {
		if (CARRY(tx, t, NEW_AT(i), self, OLD_AT(i)))
			return LUO_FAILED;
	}
	left = luob_gather(tx, t, GATHER);
	if (left != old->nr_devices)
		return luob_refuse(tx, PCI_COUNT, LUO_PLACE(self, 0, struct OLD, nr_devices),
				   left);
	PUT_MAX(new, left);
	new->nr_devices = old->nr_devices;
	return 0;
}
