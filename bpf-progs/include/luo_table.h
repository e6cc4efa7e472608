/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between the two released shapes of luo-v1: the session table is the same. */
#ifndef LUO_TABLE_H
#define LUO_TABLE_H

#include "luo_session.h"

static __noinline int carry_entry(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	__u64 off = sizeof(struct luo_session_header_ser___v1) +
		    i * sizeof(struct luo_session_ser___v1);
	const struct luo_session_ser___v1 *old = luo_in(tx, in, off, struct luo_session_ser___v1);
	struct luo_session_ser___v1 *new = luo_out(tx, out, off, struct luo_session_ser___v1);

	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->name, old->name, sizeof(new->name));
	new->file_set_ser.count = old->file_set_ser.count;
	return carry_set(tx, LUOB_AT(out, off), LUOB_AT(in, off), LUOB_CONTIG);
}

/* The table behind the handle at @ioff, into a new one behind the handle at @ooff. */
static __noinline int carry_table(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 self, __u64 ioff)
{
	struct luo_session_header_ser___v1 *head;
	__u64 in, sessions, nr;
	__u32 i;

	in = luob_ref(tx, self, ioff);
	if (!in)
		return luob_refuse(tx, HANDLE_MISSING, LUOB_AT(self, ioff), 0);
	nr = (luob_size(tx, in) - sizeof(*head)) / sizeof(struct luo_session_ser___v1);
	if (nr > (LUO_ALLOC_MAX - sizeof(*head)) / sizeof(struct luo_session_ser___v1))
		return luob_refuse(tx, TOO_LARGE_TO_ALLOCATE, LUOB_AT(in, 0), nr);
	sessions = luob_new(tx, sizeof(*head) + nr * sizeof(struct luo_session_ser___v1),
			    LUOB_CONTIG);
	head = luo_out(tx, sessions, 0, struct luo_session_header_ser___v1);
	if (!head || luob_link(tx, out, ooff, sessions))
		return LUO_FAILED;
	head->count = nr;
	bpf_for(i, 0, nr) {
		if (carry_entry(tx, sessions, in, i))
			return LUO_FAILED;
	}
	return luob_drop(tx, self, ioff, LUOB_REPLACED);
}

#endif /* LUO_TABLE_H */
