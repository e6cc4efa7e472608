/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What memfd_luo_retrieve() demands of a folio list, in all releases. */
#ifndef MEMFD_FOLIOS_H
#define MEMFD_FOLIOS_H

#include "luo_bpf.h"
#include "abi/memfd.h"

/* Can the target hold folios above order 0 (CONFIG_TRANSPARENT_HUGEPAGE)? */
const volatile __u32 luo_config_thp = LUO_CONFIG_UNKNOWN;

/*
 * One folio of a file; both versions lie the same. Returns one more than the index behind it,
 * 0 for a veto.
 */
static __noinline __u64 accept_folio(struct luo_tx *tx, __u64 list, __u64 i, __u64 expect,
				     __u64 size)
{
	__u64 off = i * sizeof(struct memfd_luo_folio_ser);
	const struct memfd_luo_folio_ser *f = luo_in(tx, list, off, struct memfd_luo_folio_ser);
	__u64 at = LUOB_AT(list, off), folio, pages;

	if (!f)
		return 0;
	if (f->flags & ~MEMFD_FOLIO_FLAGS_ALL) {
		luob_refuse(tx, MEMFD_FOLIO_FLAGS, at, f->flags);
		return 0;
	}
	folio = luob_ref(tx, list, off);
	if (!folio)	/* a hole: readers skip it */
		return expect;
	pages = luob_size(tx, folio) / KHO_PAGE_SIZE;
	at += offsetof(struct memfd_luo_folio_ser, index);
	if (pages > 1 && luo_config_thp == LUO_CONFIG_NO) {
		luob_refuse(tx, MEMFD_LARGE_FOLIO, LUOB_AT(list, off), pages);
		return 0;
	}
	if (f->index < expect - 1 || f->index >= (size + KHO_PAGE_SIZE - 1) / KHO_PAGE_SIZE ||
	    f->index & (pages - 1)) {
		luob_refuse(tx, MEMFD_FOLIO_INDEX, at, f->index);
		return 0;
	}
	return f->index + pages + 1;
}

/* Both versions have it at the same place. */
#define SIZE_PLACE	LUO_PLACE(LUOB_SELF, 0, struct memfd_luo_ser___v1, size)

/* @folios: offset of the list's handle in self; @size and @nr as the record has them. */
static __noinline int accept_folios(struct luo_tx *tx, __u64 folios, __u64 size, __u64 nr)
{
	__u64 list, expect = 1;
	__u32 i;

	if (size >> 63 || !nr != !size || nr > (size + KHO_PAGE_SIZE - 1) / KHO_PAGE_SIZE ||
	    (size + KHO_PAGE_SIZE - 1) / KHO_PAGE_SIZE > 0xffffffff)
		return luob_refuse(tx, MEMFD_SIZE, SIZE_PLACE, size);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(LUOB_SELF, folios), nr);
	if (!nr)
		return 0;
	list = luob_ref(tx, LUOB_SELF, folios);
	if (!list)
		return luob_refuse(tx, HANDLE_MISSING, LUOB_AT(LUOB_SELF, folios), nr);
	bpf_for(i, 0, nr) {
		expect = accept_folio(tx, list, i, expect, size);
		if (!expect)
			return LUO_FAILED;
	}
	return 0;
}

#endif /* MEMFD_FOLIOS_H */
