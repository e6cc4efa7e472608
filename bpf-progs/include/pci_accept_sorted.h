/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The acceptor of a sorted table. Included behind SER, DEV, NEXT and ROOM(r). */
SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct SER *r = luo_in(tx, self, 0, struct SER);
	__u64 nr, last = 0;
	__u32 i;

	if (!r)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*r)) / sizeof(struct DEV);
	if (nr > LUOB_MAX_ITER || nr > ROOM(r))
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	bpf_for(i, 0, nr) {
		last = NEXT(tx, self, sizeof(*r) + (__u64)i * sizeof(struct DEV), last);
		if (!last)
			return LUO_FAILED;
	}
	return 0;
}
