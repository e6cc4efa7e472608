// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "publish.h"
#include "../abi/kho.h"

/**
 * luo_tx__new_root - the root of the translated state, but for its memory map
 * @tx: translated transaction without blockers
 * @old: the root that it started from
 * @to_kho: version string of the new one; known to luob_kho_format__find()
 * @root: result; @root->map_pa is still the old one's
 *
 * kho-v1 has no sizes of subtrees: they are those of the FDT or of the record.
 */
void luo_tx__new_root(const struct luo_tx *tx, const struct luob_kho_root *old,
		      const char *to_kho, struct luob_kho_root *root)
{
	const struct luob_record *rec;
	struct luob_subtree *s;
	const void *p;
	size_t i;

	*root = *old;
	root->format = luob_kho_format__find(to_kho);
	for (i = 0; i < tx->nr_records; i++) {
		rec = tx->records[i];
		if (rec->src)
			continue;
		s = &root->subtrees[rec->subtree];
		s->pa = rec->result->pa;
		if (rec->verdict != LUOB_TRANSLATED && s->size)
			continue;
		p = luob_space__map(&tx->space, s->pa, KHO_PAGE_SIZE);
		s->size = rec->result->kind == LUOB_FDT && p ? fdt_totalsize(p) :
			  luob_region__record_size(rec->result);
	}
}

/* A range of an order that the target does not cope with, or NULL. */
const struct luob_range *luo_tx__too_large(const struct luo_tx *tx, unsigned int max_order)
{
	size_t i;

	for (i = 0; i < tx->space.ledger.nr; i++)
		if (tx->space.ledger.ranges[i].order > max_order)
			return &tx->space.ledger.ranges[i];
	return NULL;
}

/* Nothing was translated, and the root has the right version already. */
bool luo_tx__is_identical(const struct luo_tx *tx, const char *from_kho, const char *to_kho)
{
	size_t i;

	for (i = 0; i < tx->nr_records; i++)
		if (tx->records[i]->verdict != LUOB_SAME)
			return false;
	return !strcmp(from_kho, to_kho);
}
