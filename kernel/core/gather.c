// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * luob_gather(): what a loop over all elements cannot do. Sets of devices are sorted in
 * one format, have holes in another and count what is below a bridge in a third; with one
 * call the elements are what a program wrote, in another order, and its loop stays plain.
 */
#include "region.h"
#include "../abi/kho.h"

struct entry {
	__u64 key;
	__u64 at;		/* element it was */
};

struct gather {
	const struct luob_space *s;
	struct luob_region *r;
	__u64 by;
	__u8 *copy;
	struct entry *list;
	__u64 nr;
};

static unsigned int field_off(__u64 by, int i)
{
	return by >> (16 * i + 8) & 0xff;
}

static unsigned int field_size(__u64 by, int i)
{
	return by >> (16 * i) & 0xff;
}

static __u64 field(__u64 by, int i, const void *elem)
{
	return field_size(by, i) ? luob_get((const __u8 *)elem + field_off(by, i),
					    field_size(by, i)) : 0;
}

/*
 * Whether elements of @stride bytes can be gathered by @by: numbers inside of an element; two
 * keys make one number of 8 bytes.
 */
bool luob_gather__by_ok(__u64 by, __u32 stride)
{
	unsigned int size;
	int i;

	for (i = 0; i < 3; i++) {
		size = field_size(by, i);
		if (size > 8 || size & (size - 1) || field_off(by, i) + size > stride)
			return false;
	}
	return !(by >> 48) && field_size(by, 0) && field_size(by, 0) + field_size(by, 1) <= 8;
}

static __u64 key_of(__u64 by, const void *elem)
{
	return field(by, 0, elem) << (8 * field_size(by, 1)) | field(by, 1, elem);
}

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void *elem_at(const struct gather *g, __u64 i)
{
	return (void *)luob_region__window(g->s, g->r, (g->r->head ? g->r->head->size : 0) +
					   i * g->r->stride, g->r->stride);
}

static bool is_zero(const __u8 *p, size_t n)
{
	while (n && !*p)
		p++, n--;
	return !n;
}

/* Everything but zeros, in order. */
static int collect(struct gather *g)
{
	__u64 i;
	void *p;

	g->copy = luob_alloc(g->r->nr + 1, g->r->stride);
	g->list = luob_alloc(g->r->nr + 1, sizeof(*g->list));
	if (!g->copy || !g->list)
		return -ENOMEM;
	for (i = 0; i < g->r->nr; i++) {
		p = elem_at(g, i);
		if (!p)
			return -EFAULT;
		memcpy(g->copy + i * g->r->stride, p, g->r->stride);
		if (is_zero(p, g->r->stride))
			continue;
		g->list[g->nr].key = key_of(g->by, p);
		g->list[g->nr++].at = i;
	}
	luob_sort(g->list, g->nr, sizeof(*g->list), by_key);
	return 0;
}

/* One of those with the same key stays, with the sum of all. */
static int merge(struct gather *g)
{
	unsigned int size = field_size(g->by, 2), off = field_off(g->by, 2);
	__u64 i, nr = 0, sum;
	__u8 *to = NULL;

	for (i = 0; i < g->nr; i++) {
		if (!nr || g->list[i].key != g->list[nr - 1].key) {
			g->list[nr++] = g->list[i];
			to = g->copy + g->list[i].at * g->r->stride;
			continue;
		}
		if (!size)
			return -EEXIST;
		sum = field(g->by, 2, to) + field(g->by, 2, g->copy + g->list[i].at * g->r->stride);
		if (size < 8 ? sum >> (8 * size) : sum < field(g->by, 2, to))
			return -ERANGE;
		luob_put(to + off, size, sum);
	}
	g->nr = nr;
	return 0;
}

/* Blocks that are empty now are not handed over. */
static void cut_blocks(const struct luob_space *s, struct luob_region *r, __u64 nr)
{
	struct kho_block_header_ser___v4 *b;
	size_t i, kept = 0;

	for (i = 0; i < r->nr_pages; i++) {
		b = (void *)luob_space__map(s, r->pages[i], KHO_PAGE_SIZE);
		if (r->first[i] >= nr) {
			luob_ledger__find(&s->ledger, r->pages[i])->dropped = 1;
			continue;
		}
		if (r->first[i] + b->count >= nr) {
			b->count = nr - r->first[i];
			b->next = 0;
		}
		kept++;
	}
	r->nr_pages = kept;
}

static void write_back(struct gather *g)
{
	struct luob_region *r = g->r;
	__u64 i;

	for (i = 0; i < r->nr; i++) {
		if (i < g->nr)
			memcpy(elem_at(g, i), g->copy + g->list[i].at * r->stride, r->stride);
		else
			memset(elem_at(g, i), 0, r->stride);
	}
	if (r->kind == LUOB_BLOCKS)
		cut_blocks(g->s, r, g->nr);
	r->nr = g->nr;
	r->size = (r->head ? r->head->size : 0) + r->nr * r->stride;
}

/**
 * luob_region__gather - sort elements, merge equal ones, take out those of zeros
 * @s: memory
 * @r: new region whose type is known; its elements have no handles
 * @by: as for luob_gather()
 *
 * A chain that nothing is left of has no page any more: its handle has to go.
 *
 * Return: 0; -EINVAL for a bad @by or region, -EEXIST for equal keys without a sum,
 * -ERANGE for a sum that does not fit, -ENOMEM.
 */
int luob_region__gather(const struct luob_space *s, struct luob_region *r, __u64 by)
{
	struct gather g = { .s = s, .r = r, .by = by };
	int err;

	if (!r->elem || r->elem->nr_handles || !luob_gather__by_ok(by, r->stride))
		return -EINVAL;
	err = collect(&g);
	if (!err)
		err = merge(&g);
	if (!err)
		write_back(&g);
	luob_free(g.copy);
	luob_free(g.list);
	return err;
}
