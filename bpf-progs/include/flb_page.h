/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The page of FLBs that 7.1 demands even when there are none. */
#ifndef FLB_PAGE_H
#define FLB_PAGE_H

#include "luo_bpf.h"
#include "abi/luo.h"

/* A page that counts nothing, behind the handle at @off. */
static __noinline int add_flb_page(struct luo_tx *tx, __u64 out, __u64 off)
{
	struct luo_flb_header_ser *head;
	__u64 flbs;

	flbs = luob_new(tx, sizeof(*head), LUOB_CONTIG);
	head = luo_out(tx, flbs, 0, struct luo_flb_header_ser);
	if (!head)
		return LUO_FAILED;
	head->pgcnt = 1;
	return luob_link(tx, out, off, flbs);
}

#endif /* FLB_PAGE_H */
