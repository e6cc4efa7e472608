// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ledger.h"
#include "../abi/kho.h"

static __u64 range_bytes(const struct luob_range *r)
{
	return (__u64)KHO_PAGE_SIZE << r->order;
}

static int by_address(const void *a, const void *b)
{
	const struct luob_range *x = a, *y = b;

	if (x->pa != y->pa)
		return x->pa < y->pa ? -1 : 1;
	return (int)x->order - (int)y->order;
}

/* Releases the book-keeping; memory of new ranges belongs to who allocated it. */
void luob_ledger__free(struct luob_ledger *l)
{
	luob_free(l->ranges);
	luob_free(l->newer);
	memset(l, 0, sizeof(*l));
}

/**
 * luob_ledger__add - note a range of the old memory map
 * @l: ledger, not sealed yet
 * @pa: physical address
 * @order: 2^order pages
 *
 * Return: 0, -ENOMEM.
 */
int luob_ledger__add(struct luob_ledger *l, __u64 pa, unsigned int order)
{
	struct luob_range *r = luob_grow(l->ranges, l->nr, &l->cap, sizeof(*r));

	if (!r)
		return -ENOMEM;
	l->ranges = r;
	memset(&r[l->nr], 0, sizeof(*r));
	r[l->nr].pa = pa;
	r[l->nr].order = order;
	l->nr++;
	return 0;
}

/**
 * luob_ledger__seal - sort, and check that no two old ranges overlap
 * @l: ledger
 * @bad: address of the second of two that do
 *
 * Return: 0, -EBADMSG.
 */
int luob_ledger__seal(struct luob_ledger *l, __u64 *bad)
{
	size_t i;

	if (l->nr)
		luob_sort(l->ranges, l->nr, sizeof(*l->ranges), by_address);
	l->sorted = l->nr;
	for (i = 1; i < l->nr; i++) {
		struct luob_range *a = &l->ranges[i - 1];

		if (a->pa + range_bytes(a) > l->ranges[i].pa) {
			*bad = l->ranges[i].pa;
			return -EBADMSG;
		}
	}
	return 0;
}

/* First of the sorted ranges behind @pa. */
static size_t upper(const struct luob_ledger *l, __u64 pa)
{
	size_t lo = 0, hi = l->sorted;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->ranges[mid].pa <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Where a range of that start is in the hash, or belongs. */
static size_t *newer_slot(const struct luob_ledger *l, __u64 pa)
{
	size_t i = (pa >> KHO_PAGE_SHIFT) * 0x9e3779b97f4a7c15ULL >> 20 & (l->cap_newer - 1);

	while (l->newer[i] && l->ranges[l->newer[i] - 1].pa != pa)
		i = (i + 1) & (l->cap_newer - 1);
	return &l->newer[i];
}

/* A range is aligned to its order: for each order there is one start to look for. */
static struct luob_range *find_newer(const struct luob_ledger *l, __u64 pa)
{
	__u64 orders;
	size_t at;

	for (orders = l->cap_newer ? l->orders : 0; orders; orders &= orders - 1) {
		unsigned int order = __builtin_ctzll(orders);

		at = *newer_slot(l, pa & ~(((__u64)KHO_PAGE_SIZE << order) - 1));
		if (at && pa - l->ranges[at - 1].pa < range_bytes(&l->ranges[at - 1]))
			return &l->ranges[at - 1];
	}
	return NULL;
}

static int grow_newer(struct luob_ledger *l)
{
	size_t cap = l->cap_newer ? l->cap_newer * 2 : 64, i;
	size_t *newer;

	if ((l->nr - l->sorted) * 2 < l->cap_newer)
		return 0;
	newer = luob_alloc(cap, sizeof(*newer));
	if (!newer)
		return -ENOMEM;
	luob_free(l->newer);
	l->newer = newer;
	l->cap_newer = cap;
	for (i = l->sorted; i < l->nr; i++)
		*newer_slot(l, l->ranges[i].pa) = i + 1;
	return 0;
}

/**
 * luob_ledger__add_new - note a range made by the transaction
 * @l: sealed ledger
 * @pa: physical address
 * @order: 2^order pages
 * @va: its memory
 *
 * Return: 0, -ENOMEM.
 */
int luob_ledger__add_new(struct luob_ledger *l, __u64 pa, unsigned int order, void *va)
{
	int err = grow_newer(l);

	if (!err)
		err = luob_ledger__add(l, pa, order);
	if (err)
		return err;
	l->ranges[l->nr - 1].va = va;
	*newer_slot(l, pa) = l->nr;
	l->orders |= 1ULL << order;
	return 0;
}

/**
 * luob_ledger__holding - the range that holds an address
 * @l: sealed ledger
 * @pa: physical address
 *
 * Return: the range (valid until the next one is added) or NULL.
 */
struct luob_range *luob_ledger__holding(const struct luob_ledger *l, __u64 pa)
{
	struct luob_range *r = find_newer(l, pa);
	size_t i;

	if (r)
		return r;
	i = upper(l, pa);
	if (i) {
		r = &l->ranges[i - 1];
		if (pa - r->pa < range_bytes(r))
			return r;
	}
	return NULL;
}

/* The range that starts at @pa, or NULL. */
struct luob_range *luob_ledger__find(const struct luob_ledger *l, __u64 pa)
{
	struct luob_range *r = luob_ledger__holding(l, pa);

	return r && r->pa == pa ? r : NULL;
}

/* Forget all references, before another state is accounted. */
void luob_ledger__unuse_all(struct luob_ledger *l)
{
	size_t i;

	for (i = 0; i < l->nr; i++)
		l->ranges[i].used = 0;
}
