/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every reader of a LUO root demands of its sessions: luo_session_deserialize().
 * The engine has checked chains, counts and handles before.
 */
#ifndef LUO_ACCEPT_H
#define LUO_ACCEPT_H

#include "luo_bpf.h"
#include "abi/luo.h"

static __noinline int accept_name(struct luo_tx *tx, __u64 t, __u64 off)
{
	const char *name = (const char *)luob_in(tx, t, off, 64);

	if (!name)
		return LUO_FAILED;
	if (name[63])
		return luob_refuse(tx, STRING_NOT_TERMINATED, LUOB_AT(t, off), name[63]);
	/* Nobody could ask for such a session: ioctls want 1 to 63 characters. */
	if (!name[0])
		return luob_refuse(tx, NAME_EMPTY, LUOB_AT(t, off), 0);
	return 0;
}

/* @first bytes precede the entries, which are the same in all releases. */
static __noinline int accept_sessions(struct luo_tx *tx, __u64 t, __u64 first)
{
	__u64 nr = (luob_size(tx, t) - first) / sizeof(struct luo_session_ser___v1);
	__u32 i;

	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(t, 0), nr);
	bpf_for(i, 0, nr) {
		if (accept_name(tx, t, first + (__u64)i * sizeof(struct luo_session_ser___v1)))
			return LUO_FAILED;
	}
	return 0;
}

#endif /* LUO_ACCEPT_H */
