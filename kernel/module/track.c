// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The memory map of 6.19 while it is alive
 *
 * 6.19 keeps bitmaps in two levels of xarrays, by order and by address, and only
 * kho_finalize() makes of them what the next kernel reads: behind the last freeze,
 * too late for a veto. So the live bitmaps are read. From 7.1 on the map in memory
 * is the one that is handed over.
 */

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/xarray.h>

#include "../abi/kho.h"
#include "../core/kho_map.h"
#include "luo_bpf.h"
#include "private.h"

static int luob_track_bitmap(struct luob_ledger *l, const unsigned long *bits, unsigned long index,
			     unsigned long order)
{
	unsigned long bit;
	int err;

	luob_relax();
	for_each_set_bit(bit, bits, KHO_BITMAP_BITS) {
		if (l->nr >= LUOB_MAX_RANGES)
			return -E2BIG;
		err = luob_ledger__add(l, (u64)(index * KHO_BITMAP_BITS + bit) <<
					  (order + PAGE_SHIFT), order);
		if (err)
			return err;
	}
	return 0;
}

/**
 * luob_track_read - Read the memory map that is alive.
 * @l: Gets all ranges; to be sealed by the caller.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EOPNOTSUPP if this kernel keeps its map in another way, -ENOMEM.
 */
int luob_track_read(struct luob_ledger *l)
{
	void *kho_out = luob_symbol("kho_out"), *phys, *bits;
	unsigned long order, index;
	struct xarray *orders;
	int err;

	if (luob_fields.kho_orders == LUOB_NO_FIELD || luob_fields.phys_bits == LUOB_NO_FIELD)
		return -EOPNOTSUPP;
	orders = luob_field(struct xarray, kho_out, kho_orders);
	xa_for_each(orders, order, phys) {
		xa_for_each(luob_field(struct xarray, phys, phys_bits), index, bits) {
			err = luob_track_bitmap(l, bits, index, order);
			if (err)
				return err;
		}
	}
	return 0;
}
