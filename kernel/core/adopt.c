// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Records of other families that no program hands to luob_child(): those in a
 * container that stays as it is, because its format is the same or because it was
 * moved as a whole. Their acceptors have to read them all the same. Also those in a
 * container that cannot be carried, so that all blockers are listed.
 */
#include "tx.h"

static bool target_has_child(const struct luob_handle *h)
{
	return h->kind == LUOB_H_CHILD || luob_type__has_child(h->head) ||
	       luob_type__has_child(h->elem);
}

/* Does a structure lead to records of another family? Layouts have no cycles. */
bool luob_type__has_child(const struct luob_type *t)
{
	__u32 i;

	for (i = 0; t && i < t->nr_handles; i++)
		if (target_has_child(&t->handles[i]))
			return true;
	return t && t->nodes && luob_type__has_child(t->nodes);
}

static int adopt_record(struct luo_tx *tx, struct luob_region *r, __u64 off, bool fixed)
{
	struct luob_record *rec = luo_tx__record(tx);

	if (!rec)
		return -ENOMEM;
	rec->src = r;
	rec->src_off = off;
	rec->fixed = fixed;
	return 0;
}

static int adopt_behind(struct luo_tx *tx, struct luob_region *r, __u64 off,
			const struct luob_handle *h, const void *base, bool fixed)
{
	struct luob_region *behind = luo_tx__region(tx);
	struct luob_fault f;
	int err;

	if (!behind)
		return -ENOMEM;
	behind->up = r;
	behind->up_off = off;
	err = luob_region__open(&tx->space, behind, h, base, &f);
	/* Damage has been reported by the account of the old state. */
	return err == -EBADMSG ? 0 : err ? err : luo_tx__adopt(tx, behind, fixed);
}

/**
 * luo_tx__adopt - put all records that a region leads to on the worklist
 * @tx: transaction
 * @r: opened region of the old state
 * @fixed: its bytes stay: records that need translation are blockers
 *
 * Handles that a program has taken care of are left alone.
 *
 * Return: 0, -ENOMEM.
 */
int luo_tx__adopt(struct luo_tx *tx, struct luob_region *r, bool fixed)
{
	const struct luob_handle *h;
	struct luob_slot *slot;
	__u64 i, off, base;
	const void *p;
	int err = 0;

	if (!luob_type__has_child(r->head) && !luob_type__has_child(r->elem))
		return 0;
	for (i = 0; i < luob_region__nr_slots(r) && !err; i++) {
		off = luob_region__slot_off(r, i);
		slot = luo_tx__slot(tx, r, off, &h, &base);
		if (!slot)
			return -ENOMEM;
		p = luob_region__window(&tx->space, r, base,
					luob_region__type_at(r, base)->size);
		if (!p || !target_has_child(h) ||
		    (slot->state != LUOB_SLOT_FREE && slot->state != LUOB_SLOT_REFFED))
			continue;
		if (h->kind == LUOB_H_CHILD)
			err = adopt_record(tx, r, off, fixed);
		else if (slot->state == LUOB_SLOT_REFFED)
			err = luo_tx__adopt(tx, tx->regions[slot->id], fixed);
		else if (!luob_region__handle_null(h, p))
			err = adopt_behind(tx, r, off, h, p, fixed);
	}
	return err;
}
