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
 * The files of one session. Offsets are those of the session's entry; the new
 * container is made by @kind (LUOB_CONTIG or LUOB_NEW_BLOCKS()).
 */
static __noinline int carry_set(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff,
				__u64 kind)
{
	__u64 set = offsetof(struct luo_session_ser___v1, file_set_ser);
	__u64 files, old, nr;

	old = luob_ref(tx, in, ioff + set + LUO_FILES);
	if (!old)
		return 0;
	nr = luob_size(tx, old) / sizeof(struct luo_file_ser);
	if (!nr || nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, ioff + set + LUO_FILES), nr);
	if (kind == LUOB_CONTIG && nr > LUO_ALLOC_MAX / sizeof(struct luo_file_ser))
		return luob_refuse(tx, TOO_LARGE_TO_ALLOCATE,
				   LUOB_AT(in, ioff + set + LUO_FILES), nr);
	files = luob_new(tx, nr * sizeof(struct luo_file_ser), kind);
	if (luob_link(tx, out, ooff + set + LUO_FILES, files) ||
	    carry_files(tx, files, old, nr))
		return LUO_FAILED;
	return luob_drop(tx, in, ioff + set + LUO_FILES, LUOB_REPLACED);
}

#endif /* LUO_SESSION_H */
