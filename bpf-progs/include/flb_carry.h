/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The page of FLBs, made anew: entries never changed, but records behind them do. */
#ifndef FLB_CARRY_H
#define FLB_CARRY_H

#include "luo_bpf.h"
#include "abi/luo.h"

static __noinline int carry_flb(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	__u64 off = sizeof(struct luo_flb_header_ser) + i * sizeof(struct luo_flb_ser);
	const struct luo_flb_ser *old = luo_in(tx, in, off, struct luo_flb_ser);
	struct luo_flb_ser *new = luo_out(tx, out, off, struct luo_flb_ser);

	if (!old || !new)
		return LUO_FAILED;
	new->count = old->count;
	off += offsetof(struct luo_flb_ser, data);
	return luob_child(tx, out, off, in, off);
}

/* From the handle at @ioff to that at @ooff; what is behind an entry is left to its family. */
static __noinline int carry_flbs(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 self, __u64 ioff)
{
	const struct luo_flb_header_ser *old;
	struct luo_flb_header_ser *head;
	__u64 in, flbs, nr;
	__u32 i;

	in = luob_ref(tx, self, ioff);
	if (!in)
		return 0;
	old = luo_in(tx, in, 0, struct luo_flb_header_ser);
	nr = (luob_size(tx, in) - sizeof(*head)) / sizeof(struct luo_flb_ser);
	if (nr > LUO_FLB_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	flbs = luob_new(tx, sizeof(*head) + nr * sizeof(struct luo_flb_ser), LUOB_CONTIG);
	head = luo_out(tx, flbs, 0, struct luo_flb_header_ser);
	if (!old || !head || luob_link(tx, out, ooff, flbs))
		return LUO_FAILED;
	head->pgcnt = old->pgcnt;
	head->count = nr;
	bpf_for(i, 0, nr) {
		if (carry_flb(tx, flbs, in, i))
			return LUO_FAILED;
	}
	return luob_drop(tx, self, ioff, LUOB_REPLACED);
}

#endif /* FLB_CARRY_H */
