/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The acceptor of entries of which nr_devices are in use. Included behind SER, DEV, USED,
 * LIST(tx, self), the region with the entries, and FIRST, the offset of the first.
 */
SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct SER *r = luo_in(tx, self, 0, struct SER);
	__u64 list, nr, used = 0;
	int one;
	__u32 i;

	if (!r)
		return LUO_FAILED;
	list = LIST(tx, self);
	if (list) {
		nr = (luob_size(tx, list) - FIRST) / sizeof(struct DEV);
		if (nr > LUOB_MAX_ITER)
			return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
		bpf_for(i, 0, nr) {
			one = USED(tx, list, FIRST + (__u64)i * sizeof(struct DEV));
			if (one < 0)
				return LUO_FAILED;
			used += one;
		}
	}
	if (used != r->nr_devices)
		return luob_refuse(tx, PCI_COUNT, LUO_PLACE(self, 0, struct SER, nr_devices),
				   used);
	return 0;
}
