/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the translators between LUO roots share: entries never changed. */
#ifndef LUO_SESSION_H
#define LUO_SESSION_H

#include "luo_bpf.h"
#include "abi/luo.h"

/* One allocation of a kernel ends at 4 MiB (MAX_PAGE_ORDER). */
#define LUO_ALLOC_MAX	(4U << 20)

#define LUO_FILES	offsetof(struct luo_file_set_ser___v1, files)
#define LUO_DATA	offsetof(struct luo_file_ser, data)

/* Every file of a set, from array to chain or back: both are seen in a row. */
static __noinline int carry_files(struct luo_tx *tx, __u64 out, __u64 in, __u64 nr)
{
	__u32 i;

	bpf_for(i, 0, nr) {
		__u64 off = (__u64)i * sizeof(struct luo_file_ser);
		const struct luo_file_ser *old = luo_in(tx, in, off, struct luo_file_ser);
		struct luo_file_ser *new = luo_out(tx, out, off, struct luo_file_ser);

		if (!old || !new)
			return LUO_FAILED;
		new->token = old->token;
		if (luob_child(tx, out, off + LUO_DATA, in, off + LUO_DATA))
			return LUO_FAILED;
	}
	return 0;
}

/*
 * The files of one session, between the entries at two places (LUOB_AT()); @kind
 * makes the new container: LUOB_CONTIG or LUOB_NEW_BLOCKS().
 *
 * Places are packed because 7.3 refuses static functions of more than five
 * parameters, also when clang has removed one: it trusts the BTF prototype.
 */
static __noinline int carry_set(struct luo_tx *tx, __u64 to, __u64 from, __u64 kind)
{
	__u64 set = offsetof(struct luo_session_ser___v1, file_set_ser) + LUO_FILES;
	__u64 out = to >> 32, in = from >> 32;
	__u64 ooff = (__u32)to + set, ioff = (__u32)from + set;
	__u64 files, old, nr;

	old = luob_ref(tx, in, ioff);
	if (!old)
		return 0;
	nr = luob_size(tx, old) / sizeof(struct luo_file_ser);
	if (!nr || nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, ioff), nr);
	if (kind == LUOB_CONTIG && nr > LUO_ALLOC_MAX / sizeof(struct luo_file_ser))
		return luob_refuse(tx, TOO_LARGE_TO_ALLOCATE, LUOB_AT(in, ioff), nr);
	files = luob_new(tx, nr * sizeof(struct luo_file_ser), kind);
	if (luob_link(tx, out, ooff, files) || carry_files(tx, files, old, nr))
		return LUO_FAILED;
	return luob_drop(tx, in, ioff, LUOB_REPLACED);
}

#endif /* LUO_SESSION_H */
