/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What luo_flb_setup_incoming() and its users demand of the page of FLBs. */
#ifndef FLB_ACCEPT_H
#define FLB_ACCEPT_H

#include "luo_bpf.h"
#include "abi/luo.h"

static __noinline int accept_flbs(struct luo_tx *tx, __u64 t)
{
	const struct luo_flb_header_ser *head = luo_in(tx, t, 0, struct luo_flb_header_ser);
	const struct luo_flb_ser *flb;
	__u64 nr, off;
	__u32 i;

	if (!head)
		return LUO_FAILED;
	if (head->pgcnt != 1)
		return luob_refuse(tx, FLB_PAGES, LUOB_AT(t, 0), head->pgcnt);
	nr = head->count;
	if (nr > LUO_FLB_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW,
				   LUO_PLACE(t, 0, struct luo_flb_header_ser, count), nr);
	bpf_for(i, 0, nr) {
		off = sizeof(*head) + (__u64)i * sizeof(*flb);
		flb = luo_in(tx, t, off, struct luo_flb_ser);
		if (!flb)
			return LUO_FAILED;
		if (flb->name[47])
			return luob_refuse(tx, STRING_NOT_TERMINATED, LUOB_AT(t, off), 0);
		if (!flb->count)
			return luob_refuse(tx, FLB_UNUSED,
					   LUO_PLACE(t, off, struct luo_flb_ser, count), 0);
	}
	return 0;
}

#endif /* FLB_ACCEPT_H */
