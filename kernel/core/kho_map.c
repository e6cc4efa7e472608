// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kho_map.h"
#include "../abi/kho.h"

/* Physical addresses of x86-64 and arm64 end at 2^52. */
#define PA_BITS	52

static int note_range(struct luob_ledger *l, __u64 pa, unsigned int order, struct luob_fault *f)
{
	if (order > PA_BITS - KHO_PAGE_SHIFT || pa >> PA_BITS)
		return luob_fault__set(f, "memory map: entry 0x%llx of order %u lies beyond memory",
				       (unsigned long long)pa, order);
	if (l->nr >= LUOB_MAX_RANGES)
		return luob_fault__set(f, "memory map: more than %u entries", LUOB_MAX_RANGES);
	return luob_ledger__add(l, pa, order);
}

/* A page of the map itself: aligned, present, met for the first time. */
static const void *map_page(const struct luob_mem *mem, __u64 pa, struct luob_set *pages,
			    struct luob_fault *f, int *err)
{
	const void *p;

	luob_relax();
	*err = -EBADMSG;
	if (!pa || pa & (KHO_PAGE_SIZE - 1)) {
		luob_fault__set(f, "memory map: page 0x%llx is not page aligned",
				(unsigned long long)pa);
		return NULL;
	}
	*err = luob_set__add(pages, pa);
	if (*err == -EEXIST)
		*err = luob_fault__set(f, "memory map: page 0x%llx is reached twice (a cycle?)",
				       (unsigned long long)pa);
	if (*err)
		return NULL;
	p = mem->map(mem->priv, pa, KHO_PAGE_SIZE);
	if (!p)
		*err = luob_fault__set(f, "memory map: page 0x%llx is not in memory",
				       (unsigned long long)pa);
	return p;
}

static int read_bitmap(const struct luob_mem *mem, unsigned int order,
		       const struct khoser_mem_bitmap_ptr___v1 *b, struct luob_ledger *l,
		       struct luob_set *pages, struct luob_fault *f)
{
	const __u64 *words;
	unsigned int i, bit;
	int err;

	if (b->phys_start & (((__u64)KHO_PAGE_SIZE << order) - 1))
		return luob_fault__set(f, "memory map: bitmap start 0x%llx is not aligned to "
					  "order %u",
				       (unsigned long long)b->phys_start, order);
	words = map_page(mem, b->bitmap, pages, f, &err);
	if (!words)
		return err;
	for (i = 0; i < KHO_BITMAP_BITS; i++) {
		bit = i % 64;
		if (!(words[i / 64] >> bit)) {
			i |= 63;
			continue;
		}
		if (!(words[i / 64] >> bit & 1))
			continue;
		err = note_range(l, b->phys_start + ((__u64)i << (order + KHO_PAGE_SHIFT)),
				 order, f);
		if (err)
			return err;
	}
	return 0;
}

/**
 * luob_map__read_chunks - read the memory map of kho-v1
 * @mem: where the chunks are
 * @first: physical address of the first chunk, 0 for an empty map
 * @l: gets all ranges; to be sealed by the caller
 * @pages: gets the pages of the map itself, which are not preserved
 * @f: what is wrong
 *
 * Return: 0, -EBADMSG with @f set, -ENOMEM.
 */
int luob_map__read_chunks(const struct luob_mem *mem, __u64 first, struct luob_ledger *l,
			  struct luob_set *pages, struct luob_fault *f)
{
	const struct khoser_mem_chunk___v1 *c;
	__u32 i;
	int err;

	for (; first; first = c->next) {
		c = map_page(mem, first, pages, f, &err);
		if (!c)
			return err;
		if (c->num_elms > KHO_CHUNK_BITMAPS)
			return luob_fault__set(f, "memory map: chunk 0x%llx has %u bitmaps, at "
						  "most %d fit",
					       (unsigned long long)first, c->num_elms,
					       KHO_CHUNK_BITMAPS);
		if (c->order > KHO_MAX_PAGE_ORDER)
			return luob_fault__set(f, "memory map: chunk 0x%llx has order %u, at "
						  "most %d is possible",
					       (unsigned long long)first, c->order,
					       KHO_MAX_PAGE_ORDER);
		for (i = 0; i < c->num_elms; i++) {
			err = read_bitmap(mem, c->order, &c->bitmaps[i], l, pages, f);
			if (err)
				return err;
		}
	}
	return 0;
}

static unsigned int highest_bit(__u64 v)
{
	return 63 - __builtin_clzll(v);
}

static int read_key(__u64 key, struct luob_ledger *l, struct luob_fault *f)
{
	unsigned int top = key ? highest_bit(key) : 0;
	unsigned int order = KHO_RADIX_ORDER0_BIT - top;

	if (!key || top > KHO_RADIX_ORDER0_BIT)
		return luob_fault__set(f, "memory map: key 0x%llx has no valid order",
				       (unsigned long long)key);
	key &= ~(1ULL << top);
	if (order > PA_BITS - KHO_PAGE_SHIFT)
		return luob_fault__set(f, "memory map: key of order %u", order);
	return note_range(l, key << (KHO_PAGE_SHIFT + order), order, f);
}

static int read_leaf(const struct kho_radix_leaf___v3 *leaf, __u64 key, struct luob_ledger *l,
		     struct luob_fault *f)
{
	unsigned int i;
	__u64 word;
	int err;

	for (i = 0; i < sizeof(leaf->bitmap) / sizeof(leaf->bitmap[0]); i++) {
		for (word = leaf->bitmap[i]; word; word &= word - 1) {
			err = read_key(key | (i * 64 + (unsigned int)__builtin_ctzll(word)), l, f);
			if (err)
				return err;
		}
	}
	return 0;
}

static unsigned int level_shift(int level)
{
	return (level - 1) * KHO_RADIX_TABLE_BITS + KHO_RADIX_LEAF_BITS;
}

/* Recursion ends after KHO_RADIX_LEVELS; no page is met twice. */
static int read_node(const struct luob_mem *mem, __u64 pa, int level, __u64 key,
		     struct luob_ledger *l, struct luob_set *pages, struct luob_fault *f)
{
	const struct kho_radix_node___v3 *n;
	__u64 i;
	int err;

	n = map_page(mem, pa, pages, f, &err);
	if (!n)
		return err;
	if (!level)
		return read_leaf((const void *)n, key, l, f);
	for (i = 0; i < 1 << KHO_RADIX_TABLE_BITS; i++) {
		if (!n->table[i])
			continue;
		err = read_node(mem, n->table[i], level - 1, key | i << level_shift(level), l,
				pages, f);
		if (err)
			return err;
	}
	return 0;
}

/**
 * luob_map__read_radix - read the memory map of kho-v2 to kho-v4
 * @mem: where the nodes are
 * @root: physical address of the root node
 * @l: gets all ranges; to be sealed by the caller
 * @pages: gets the pages of the map itself, which are not preserved
 * @f: what is wrong
 *
 * Return: 0, -EBADMSG with @f set, -ENOMEM.
 */
int luob_map__read_radix(const struct luob_mem *mem, __u64 root, struct luob_ledger *l,
			 struct luob_set *pages, struct luob_fault *f)
{
	return read_node(mem, root, KHO_RADIX_LEVELS - 1, 0, l, pages, f);
}

struct luob_map_node {
	__u64 pa;
	void *va;
	int level;
	struct luob_map_node **kids;
};

static void node_free(struct luob_radix *r, struct luob_map_node *n, bool give_back)
{
	int i;

	if (!n)
		return;
	for (i = 0; n->kids && i < 1 << KHO_RADIX_TABLE_BITS; i++)
		node_free(r, n->kids[i], give_back);
	if (give_back && n->va)
		r->mem->free(r->mem->priv, 0, false, n->pa, n->va);
	luob_free(n->kids);
	luob_free(n);
}

static struct luob_map_node *node_new(struct luob_radix *r, int level)
{
	struct luob_map_node *n = luob_alloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->level = level;
	if (level) {
		n->kids = luob_alloc(1 << KHO_RADIX_TABLE_BITS, sizeof(*n->kids));
		if (!n->kids)
			goto err;
	}
	if (r->mem->alloc(r->mem->priv, 0, false, &n->pa, &n->va))
		goto err;
	r->nr_pages++;
	return n;
err:
	n->va = NULL;
	node_free(r, n, false);
	return NULL;
}

static int radix_add(struct luob_radix *r, __u64 pa, unsigned int order)
{
	__u64 key = 1ULL << (KHO_RADIX_ORDER0_BIT - order) | pa >> (KHO_PAGE_SHIFT + order);
	struct luob_map_node *n = r->root;
	unsigned int i;

	while (n->level) {
		i = key >> level_shift(n->level) & ((1 << KHO_RADIX_TABLE_BITS) - 1);
		if (!n->kids[i]) {
			n->kids[i] = node_new(r, n->level - 1);
			if (!n->kids[i])
				return -ENOMEM;
			((struct kho_radix_node___v3 *)n->va)->table[i] = n->kids[i]->pa;
		}
		n = n->kids[i];
	}
	i = key & ((1 << KHO_RADIX_LEAF_BITS) - 1);
	((struct kho_radix_leaf___v3 *)n->va)->bitmap[i / 64] |= 1ULL << (i % 64);
	return 0;
}

/**
 * luob_radix__build - make the memory map of kho-v3 and kho-v4 from a ledger
 * @r: the tree; to be freed by luob_radix__free() after success and failure
 * @mem: gives the pages, which are not preserved themselves
 * @l: ledger; dropped ranges are left out
 *
 * Return: 0, -ENOMEM.
 */
int luob_radix__build(struct luob_radix *r, const struct luob_mem *mem,
		      const struct luob_ledger *l)
{
	size_t i;
	int err;

	memset(r, 0, sizeof(*r));
	r->mem = mem;
	r->root = node_new(r, KHO_RADIX_LEVELS - 1);
	if (!r->root)
		return -ENOMEM;
	for (i = 0; i < l->nr; i++) {
		if (l->ranges[i].dropped)
			continue;
		err = radix_add(r, l->ranges[i].pa, l->ranges[i].order);
		if (err)
			return err;
	}
	return 0;
}

__u64 luob_radix__root(const struct luob_radix *r)
{
	return r->root->pa;
}

static int each_node(const struct luob_map_node *n, int (*fn)(void *priv, __u64 pa, void *va),
		     void *priv)
{
	int i, err;

	err = fn(priv, n->pa, n->va);
	for (i = 0; !err && n->kids && i < 1 << KHO_RADIX_TABLE_BITS; i++)
		if (n->kids[i])
			err = each_node(n->kids[i], fn, priv);
	return err;
}

/* Calls @fn for every page of the tree until it returns an error. */
int luob_radix__each_page(const struct luob_radix *r, int (*fn)(void *priv, __u64 pa, void *va),
			  void *priv)
{
	return each_node(r->root, fn, priv);
}

/* Forgets the tree; with @give_back its pages go back to where they came from. */
void luob_radix__free(struct luob_radix *r, bool give_back)
{
	node_free(r, r->root, give_back);
	r->root = NULL;
}
