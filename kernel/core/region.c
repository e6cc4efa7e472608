// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "region.h"
#include "fdt_view.h"
#include "../abi/kho.h"

unsigned int luob_order(__u64 bytes)
{
	unsigned int order = 0;

	while (order < 52 && ((__u64)KHO_PAGE_SIZE << order) < bytes)
		order++;
	return order;
}

/**
 * luob_space__map - memory that is preserved, old or new
 * @s: space
 * @pa: physical address
 * @len: bytes; all of them in one preserved range
 *
 * Return: the bytes, readable until the transaction ends, or NULL.
 */
const void *luob_space__map(const struct luob_space *s, __u64 pa, __u64 len)
{
	const struct luob_range *r = luob_ledger__holding(&s->ledger, pa);

	if (!r || len > ((__u64)KHO_PAGE_SIZE << r->order) - (pa - r->pa))
		return NULL;
	if (r->va)
		return (const __u8 *)r->va + (pa - r->pa);
	return s->mem->map(s->mem->priv, pa, len);
}

/**
 * luob_space__new - zeroed pages that the next kernel gets
 * @s: space
 * @order: 2^order pages
 * @pa: their physical address
 *
 * Return: their memory, or NULL.
 */
void *luob_space__new(struct luob_space *s, unsigned int order, __u64 *pa)
{
	void *va;

	if (s->mem->alloc(s->mem->priv, order, true, pa, &va))
		return NULL;
	if (luob_ledger__add_new(&s->ledger, *pa, order, va)) {
		s->mem->free(s->mem->priv, order, true, *pa, va);
		return NULL;
	}
	return va;
}

void luob_region__free(struct luob_region *r)
{
	luob_free(r->flat);
	luob_free(r->pages);
	luob_free(r->first);
	luob_free(r->chunks);
	luob_free(r->slots);
	r->flat = NULL;
	r->pages = r->first = r->chunks = NULL;
	r->slots = NULL;
}

void luob_region__set_type(struct luob_region *r, const struct luob_type *head,
			   const struct luob_type *elem)
{
	r->head = head;
	r->elem = elem;
	r->stride = elem ? elem->size : 0;
	r->typed = true;
}

/* The number of elements that stands at @off of @p; 0 to 8 bytes wide. */
static __u64 read_count(const struct luob_handle *h, const void *p)
{
	return luob_get((const __u8 *)p + h->count_off, h->count_size);
}

/* Head and elements in one folio. Sizes follow from the count, never from the folio. */
static int open_contig(const struct luob_space *s, struct luob_region *r,
		       const struct luob_handle *h, const void *base, struct luob_fault *f)
{
	const struct luob_range *range = luob_ledger__find(&s->ledger, r->pa);
	__u64 room, head = r->head ? r->head->size : 0;
	const void *p;

	if (!range)
		return luob_fault__rule(f, "NOT_PRESERVED", "0x%llx is not preserved",
					(unsigned long long)r->pa);
	room = (__u64)KHO_PAGE_SIZE << range->order;
	if (h->one_page && range->order)
		return luob_fault__rule(f, "WRONG_ORDER", "0x%llx has order %u, not 0",
					(unsigned long long)r->pa, range->order);
	if (head > room)
		return luob_fault__rule(f, "COUNT_OVERFLOW", "%llu bytes do not fit in order %u",
					(unsigned long long)head, range->order);
	if (h->count_at == LUOB_COUNT_HEAD) {
		p = luob_space__map(s, r->pa, head);
		if (!p)
			return luob_fault__rule(f, "NOT_IN_MEMORY", "0x%llx is not in memory",
						(unsigned long long)r->pa);
		r->nr = read_count(h, p);
	} else if (h->count_at == LUOB_COUNT_BESIDE) {
		r->nr = read_count(h, base);
	}
	if (r->stride && r->nr > (room - head) / r->stride)
		return luob_fault__rule(f, "COUNT_OVERFLOW",
					"%llu elements of %u bytes do not fit in order %u at "
					"0x%llx",
					(unsigned long long)r->nr, r->stride, range->order,
					(unsigned long long)r->pa);
	r->size = head + r->nr * r->stride;
	return 0;
}

static int add_u64(__u64 **list, size_t *nr, size_t *cap, __u64 v)
{
	__u64 *p = luob_grow(*list, *nr, cap, sizeof(*p));

	if (!p)
		return -ENOMEM;
	*list = p;
	p[(*nr)++] = v;
	return 0;
}

static int open_block(const struct luob_space *s, struct luob_region *r, __u64 pa, __u64 *next,
		      __u64 *count, struct luob_fault *f)
{
	const struct luob_range *range = luob_ledger__find(&s->ledger, pa);
	__u64 per = (KHO_PAGE_SIZE - sizeof(struct kho_block_header_ser___v4)) / r->stride;
	const struct kho_block_header_ser___v4 *b;

	if (!range || range->order)
		return luob_fault__rule(f, range ? "WRONG_ORDER" : "NOT_PRESERVED",
					"block 0x%llx is not a preserved page",
					(unsigned long long)pa);
	b = luob_space__map(s, pa, KHO_PAGE_SIZE);
	if (!b)
		return luob_fault__rule(f, "NOT_IN_MEMORY", "block 0x%llx is not in memory",
					(unsigned long long)pa);
	*next = b->next;
	*count = b->count;
	if (!*count || *count > per)
		return luob_fault__rule(f, "BLOCK_COUNT", "block 0x%llx counts %llu entries (1 "
							  "to %llu)",
					(unsigned long long)pa, (unsigned long long)*count,
					(unsigned long long)per);
	return 0;
}

/* kho_block_set_restore() of 7.2: acyclic, at most 10000 blocks, none of them empty. */
static int open_blocks(const struct luob_space *s, struct luob_region *r,
		       const struct luob_handle *h, const void *base, struct luob_fault *f)
{
	size_t cap = 0, cap_first = 0, nr_first = 0;
	struct luob_set seen = {};
	__u64 pa, next = 0, count = 0;
	int err = 0;

	for (pa = r->pa; pa && !err; pa = next) {
		err = luob_set__add(&seen, pa);
		if (err == -EEXIST)
			err = luob_fault__rule(f, "CHAIN_CYCLE", "chain meets block 0x%llx again",
					       (unsigned long long)pa);
		if (!err && r->nr_pages == KHO_MAX_BLOCKS)
			err = luob_fault__rule(f, "CHAIN_LENGTH", "chain has more than %d blocks",
					       KHO_MAX_BLOCKS);
		if (!err)
			err = open_block(s, r, pa, &next, &count, f);
		if (!err)
			err = add_u64(&r->pages, &r->nr_pages, &cap, pa);
		if (!err)
			err = add_u64(&r->first, &nr_first, &cap_first, r->nr);
		if (!err)
			r->nr += count;
	}
	luob_set__free(&seen);
	if (!err && h->count_at == LUOB_COUNT_BESIDE && read_count(h, base) != r->nr)
		err = luob_fault__rule(f, "COUNT_MISMATCH", "chain holds %llu entries, %llu are "
							    "counted",
				       (unsigned long long)r->nr,
				       (unsigned long long)read_count(h, base));
	r->size = r->nr * r->stride;
	return err;
}

/* One page of the list: entries up to the first zero, then nothing but zeros. */
static int open_vmalloc_chunk(const struct kho_vmalloc_chunk___v1 *c, struct luob_region *r,
			      __u32 total, size_t *cap, struct luob_fault *f)
{
	bool end = false;
	unsigned int i;
	int err;

	for (i = 0; i < KHO_VMALLOC_PHYS; i++) {
		if (!c->phys[i]) {
			end = true;
			continue;
		}
		if (end)
			return luob_fault__rule(f, "VMALLOC", "list page has entries behind its "
							      "end");
		if (((__u64)(r->nr_pages + 1) << r->order) > total)
			return luob_fault__rule(f, "VMALLOC", "list has more than %u pages", total);
		err = add_u64(&r->pages, &r->nr_pages, cap, c->phys[i]);
		if (err)
			return err;
	}
	return 0;
}

static int open_vmalloc_list(const struct luob_space *s, struct luob_region *r,
			     const struct kho_vmalloc___v1 *v, struct luob_fault *f)
{
	const struct kho_vmalloc_chunk___v1 *c;
	const struct luob_range *range;
	size_t cap = 0, cap_chunks = 0;
	struct luob_set seen = {};
	__u64 pa = v->first;
	int err = 0;

	while (pa && !err) {
		range = luob_ledger__find(&s->ledger, pa);
		c = luob_space__map(s, pa, KHO_PAGE_SIZE);
		err = luob_set__add(&seen, pa);
		if (err == -EEXIST)
			err = luob_fault__rule(f, "CHAIN_CYCLE", "vmalloc list meets 0x%llx again",
					       (unsigned long long)pa);
		else if (!err && (!range || range->order || !c))
			err = luob_fault__rule(f, "NOT_PRESERVED",
					       "vmalloc list page 0x%llx is not a preserved page",
					       (unsigned long long)pa);
		if (!err)
			err = add_u64(&r->chunks, &r->nr_chunks, &cap_chunks, pa);
		if (!err)
			err = open_vmalloc_chunk(c, r, v->total_pages, &cap, f);
		if (!err)
			pa = c->next;
	}
	luob_set__free(&seen);
	return err;
}

/* kho_restore_vmalloc(): flags in {1, 2}, the sum of pages is total_pages. */
static int open_vmalloc(const struct luob_space *s, struct luob_region *r,
			const struct luob_handle *h, const void *base, struct luob_fault *f)
{
	struct kho_vmalloc___v1 v;
	int err;

	memcpy(&v, (const __u8 *)base + h->off, sizeof(v));
	r->order = v.order;
	if (v.flags & ~KHO_VMALLOC_FLAGS || v.order > KHO_MAX_PAGE_ORDER)
		return luob_fault__rule(f, "VMALLOC", "flags 0x%x, order %u are not known", v.flags,
					v.order);
	err = open_vmalloc_list(s, r, &v, f);
	if (err)
		return err;
	if (((__u64)r->nr_pages << r->order) != v.total_pages)
		return luob_fault__rule(f, "VMALLOC", "list has %llu pages, %u are counted",
					(unsigned long long)r->nr_pages << r->order, v.total_pages);
	r->nr = h->count_at == LUOB_COUNT_BESIDE ? read_count(h, base) :
		r->stride ? v.total_pages * KHO_PAGE_SIZE / r->stride : 0;
	if (r->stride && r->nr > v.total_pages * (__u64)KHO_PAGE_SIZE / r->stride)
		return luob_fault__rule(f, "COUNT_OVERFLOW",
					"%llu elements of %u bytes do not fit in %u pages",
					(unsigned long long)r->nr, r->stride, v.total_pages);
	r->size = r->stride ? r->nr * r->stride : v.total_pages * (__u64)KHO_PAGE_SIZE;
	return 0;
}

/* Content: the folio that starts there; a range is accounted by its size. */
static int open_content(const struct luob_space *s, struct luob_region *r,
			const struct luob_handle *h, const void *base, struct luob_fault *f)
{
	const struct luob_range *range;

	if (h->kind == LUOB_H_RANGE) {
		r->size = luob_get64((const __u8 *)base + h->string_off);
		if (r->pa & (KHO_PAGE_SIZE - 1) || !r->size || r->size >> 52)
			return luob_fault__rule(f, "DAMAGED", "range 0x%llx of 0x%llx bytes",
						(unsigned long long)r->pa,
						(unsigned long long)r->size);
		return 0;
	}
	range = luob_ledger__find(&s->ledger, r->pa);
	if (!range)
		return luob_fault__rule(f, "NOT_PRESERVED", "folio 0x%llx is not preserved",
					(unsigned long long)r->pa);
	if (range->order > KHO_MAX_PAGE_ORDER)
		return luob_fault__rule(f, "WRONG_ORDER", "folio 0x%llx has order %u",
					(unsigned long long)r->pa, range->order);
	r->size = (__u64)KHO_PAGE_SIZE << range->order;
	return 0;
}

/**
 * luob_handle__value - the physical address in a handle
 * @h: handle
 * @base: the structure that contains it
 */
__u64 luob_handle__value(const struct luob_handle *h, const void *base)
{
	__u64 v = luob_get64((const __u8 *)base + h->off);

	return h->bits ? (v & ((1ULL << h->bits) - 1)) << KHO_PAGE_SHIFT : v;
}

/* All bits of a handle in one number, to compare by. */
__u64 luob_handle__print(const struct luob_handle *h, const void *base)
{
	return h->bits ? luob_handle__value(h, base) :
			 luob_fp_bytes(LUOB_FP_INIT, (const __u8 *)base + h->off, h->size);
}

bool luob_region__handle_null(const struct luob_handle *h, const void *base)
{
	return !luob_handle__value(h, base);
}

/**
 * luob_region__open - look behind a handle
 * @s: memory
 * @r: result, zeroed by the caller; to be freed with luob_region__free()
 * @h: a handle that is not null and no child
 * @base: the structure that contains it
 * @f: what is wrong
 *
 * All addresses, counts and sizes are checked against the ledger: afterwards
 * every byte below @r->size can be reached by windows.
 *
 * Return: 0, -EBADMSG with @f set, -ENOMEM.
 */
int luob_region__open(const struct luob_space *s, struct luob_region *r,
		      const struct luob_handle *h, const void *base, struct luob_fault *f)
{
	r->pa = luob_handle__value(h, base);
	luob_region__set_type(r, h->head, h->elem);
	switch (h->kind) {
	case LUOB_H_CONTIG:
		r->kind = LUOB_CONTIG;
		return open_contig(s, r, h, base, f);
	case LUOB_H_BLOCKS:
		r->kind = LUOB_BLOCKS;
		return open_blocks(s, r, h, base, f);
	case LUOB_H_VMALLOC:
		r->kind = LUOB_VMALLOC;
		return open_vmalloc(s, r, h, base, f);
	default:
		r->kind = LUOB_CONTIG;
		return open_content(s, r, h, base, f);
	}
}

/**
 * luob_region__open_record - open the root record of a family
 * @s: memory
 * @r: result, zeroed by the caller
 * @t: its type; an FDT is seen through its flat structure
 * @pa: its address
 * @f: what is wrong
 *
 * What follows the structure in its folio is seen behind it.
 *
 * Return: 0, -EBADMSG with @f set, -ENOMEM.
 */
int luob_region__open_record(const struct luob_space *s, struct luob_region *r,
			     const struct luob_type *t, __u64 pa, struct luob_fault *f)
{
	const struct luob_range *range = luob_ledger__find(&s->ledger, pa);
	const struct luob_handle followed = {
		.count_at = LUOB_COUNT_HEAD, .count_off = t->nodes_off,
		.count_size = t->nodes_size,
	};
	const void *p;
	int err;

	luob_region__set_type(r, t, NULL);
	r->kind = t->nr_fdt ? LUOB_FDT : LUOB_CONTIG;
	r->pa = pa;
	r->size = t->size;
	if (t->nodes && !t->nr_fdt) {
		luob_region__set_type(r, t, t->nodes);
		return open_contig(s, r, &followed, NULL, f);
	}
	if (!range)
		return luob_fault__rule(f, "NOT_PRESERVED", "record 0x%llx is not preserved",
					(unsigned long long)pa);
	if (range->order != luob_order(t->size))
		return luob_fault__rule(f, "WRONG_ORDER", "record 0x%llx has order %u",
					(unsigned long long)pa, range->order);
	p = luob_space__map(s, pa, KHO_PAGE_SIZE);
	if (!p)
		return luob_fault__rule(f, "NOT_IN_MEMORY", "record 0x%llx is not in memory",
					(unsigned long long)pa);
	if (r->kind != LUOB_FDT)
		return 0;
	err = luob_fdt_view__read(t, p, KHO_PAGE_SIZE, (void **)&r->flat, &r->size, f);
	if (!err && t->nodes) {
		luob_region__set_type(r, t, t->nodes);
		r->nr = luob_get64(r->flat + t->nodes_off);
	}
	return err;
}

static int make_blocks(struct luob_space *s, struct luob_region *r, __u64 bytes)
{
	struct kho_block_header_ser___v4 *b, *prev = NULL;
	size_t cap = 0, cap_first = 0, nr_first = 0;
	__u64 per, nr, pa;

	per = (KHO_PAGE_SIZE - sizeof(*b)) / r->stride;
	nr = bytes / r->stride;
	if (bytes % r->stride || nr > per * KHO_MAX_BLOCKS)
		return -E2BIG;
	for (r->nr = 0; r->nr < nr; r->nr += b->count) {
		b = luob_space__new(s, 0, &pa);
		if (!b || add_u64(&r->pages, &r->nr_pages, &cap, pa) ||
		    add_u64(&r->first, &nr_first, &cap_first, r->nr))
			return -ENOMEM;
		b->count = nr - r->nr < per ? nr - r->nr : per;
		if (prev)
			prev->next = pa;
		prev = b;
	}
	r->pa = r->pages[0];
	r->size = bytes;
	return 0;
}

/**
 * luob_region__make - a new region, zeroed and preserved
 * @s: memory
 * @r: result, zeroed by the caller
 * @bytes: to be seen through windows; not 0
 * @kind: as for luob_new()
 *
 * Contiguous regions end at MAX_PAGE_ORDER, 4 MiB: no kernel allocates more at
 * once. A vmalloc can't be made yet: no step between released formats needs one.
 *
 * Return: 0, -EINVAL, -E2BIG, -EOPNOTSUPP, -ENOMEM.
 */
int luob_region__make(struct luob_space *s, struct luob_region *r, __u64 bytes, __u64 kind)
{
	r->fresh = true;
	r->kind = kind & LUOB_KIND_MASK;
	r->stride = kind >> LUOB_ENTRY_SHIFT;
	if (!bytes || kind >> LUOB_ENTRY_SHIFT > KHO_PAGE_SIZE / 2)
		return -EINVAL;
	switch (r->kind) {
	case LUOB_BLOCKS:
		return r->stride ? make_blocks(s, r, bytes) : -EINVAL;
	case LUOB_CONTIG:
		if (bytes > (__u64)KHO_PAGE_SIZE << KHO_MAX_PAGE_ORDER)
			return -E2BIG;
		break;
	case LUOB_FDT:
		if (bytes > KHO_PAGE_SIZE)
			return -E2BIG;
		r->flat = luob_alloc(1, bytes);
		if (!r->flat)
			return -ENOMEM;
		break;
	case LUOB_VMALLOC:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
	r->size = bytes;
	return luob_space__new(s, luob_order(bytes), &r->pa) ? 0 : -ENOMEM;
}

/* A new region is the record of a family. Return: whether its size is that of one. */
bool luob_region__become(struct luob_region *r, const struct luob_type *t)
{
	if (!t->nodes || t->nr_fdt) {
		luob_region__set_type(r, t, NULL);
		return true;
	}
	luob_region__set_type(r, t, t->nodes);
	r->nr = (r->size - t->size) / r->stride;
	return (r->size - t->size) % r->stride == 0;
}

/* A finished FDT gets its blob; other kinds are in their final form already. */
int luob_region__finish(const struct luob_space *s, struct luob_region *r, struct luob_fault *f)
{
	const struct luob_range *range;

	if (r->kind != LUOB_FDT || !r->fresh)
		return 0;
	range = luob_ledger__find(&s->ledger, r->pa);
	return luob_fdt_view__write(r->head, r->flat, range->va, KHO_PAGE_SIZE, f);
}

/* kho_restore_pages(): the largest aligned power of two that fits, again and again. */
int luob_each_run(__u64 pa, __u64 nr_pages,
		  int (*fn)(void *priv, __u64 pa, unsigned int order, bool exact), void *priv)
{
	__u64 pfn = pa >> KHO_PAGE_SHIFT, end = pfn + nr_pages;
	unsigned int order, fit;
	int err;

	for (; pfn < end; pfn += 1ULL << order) {
		fit = 63 - __builtin_clzll(end - pfn);
		order = pfn ? __builtin_ctzll(pfn) : 63;
		if (order > fit)
			order = fit;
		err = fn(priv, pfn << KHO_PAGE_SHIFT, order, true);
		if (err)
			return err;
	}
	return 0;
}

/**
 * luob_region__each_range - the preserved ranges that a region consists of
 * @r: opened or made
 * @fn: called for each; @exact says that no other order will do
 * @priv: for @fn
 *
 * Return: 0 or what @fn returned.
 */
int luob_region__each_range(const struct luob_region *r,
			    int (*fn)(void *priv, __u64 pa, unsigned int order, bool exact),
			    void *priv)
{
	size_t i;
	int err = 0;

	switch (r->kind) {
	case LUOB_BLOCKS:
		for (i = 0; !err && i < r->nr_pages; i++)
			err = fn(priv, r->pages[i], 0, true);
		return err;
	case LUOB_VMALLOC:
		for (i = 0; !err && i < r->nr_chunks; i++)
			err = fn(priv, r->chunks[i], 0, true);
		for (i = 0; !err && i < r->nr_pages; i++)
			err = luob_each_run(r->pages[i], 1ULL << r->order, fn, priv);
		return err;
	case LUOB_FDT:
		return fn(priv, r->pa, 0, true);
	default:
		if (r->head && !r->elem)
			return fn(priv, r->pa, luob_order(r->head->size), true);
		return fn(priv, r->pa, 0, false);
	}
}

/* Block of a chain that holds element @i. */
static size_t block_of(const struct luob_region *r, __u64 i)
{
	size_t lo = 0, hi = r->nr_pages;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->first[mid] <= i)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* Entries of a chain are seen in a row; a window may hold several of one block. */
static const void *block_window(const struct luob_space *s, const struct luob_region *r,
				__u64 off, __u64 len)
{
	size_t b = block_of(r, off / r->stride);
	__u64 in = off - r->first[b] * r->stride;
	__u64 end = (b + 1 < r->nr_pages ? r->first[b + 1] : r->nr) - r->first[b];

	if (in + len > end * r->stride)
		return NULL;
	return luob_space__map(s, r->pages[b] + sizeof(struct kho_block_header_ser___v4) + in, len);
}

/**
 * luob_region__window - bytes of a region
 * @s: memory
 * @r: region
 * @off: first byte
 * @len: bytes
 *
 * Return: the bytes, or NULL when they are outside of the region or lie in two
 * blocks of a chain or two page runs of a vmalloc.
 */
const void *luob_region__window(const struct luob_space *s, const struct luob_region *r,
				__u64 off, __u64 len)
{
	__u64 run;

	if (!len || off > r->size || len > r->size - off)
		return NULL;
	switch (r->kind) {
	case LUOB_FDT:
		return r->flat + off;
	case LUOB_BLOCKS:
		return block_window(s, r, off, len);
	case LUOB_VMALLOC:
		run = (__u64)KHO_PAGE_SIZE << r->order;
		if (off % run + len > run)
			return NULL;
		/* A run may be preserved in pieces, but a window stays in one page. */
		return luob_space__map(s, r->pages[off / run] + off % run, len);
	default:
		return luob_space__map(s, r->pa + off, len);
	}
}

/**
 * luob_region__handle - the handle at an offset
 * @r: typed region
 * @off: of the handle's first byte
 * @slot: its number among the handles of the region
 * @base: offset of the structure that contains it
 *
 * Return: the handle, or NULL when none starts there.
 */
const struct luob_handle *luob_region__handle(const struct luob_region *r, __u64 off,
					      __u64 *slot, __u64 *base)
{
	__u32 head = r->head ? r->head->size : 0;
	const struct luob_type *t = r->head;
	const struct luob_handle *h;
	__u64 i = 0;

	*base = 0;
	*slot = 0;
	if (off >= head) {
		if (!r->elem)
			return NULL;
		i = (off - head) / r->stride;
		if (i >= r->nr)
			return NULL;
		t = r->elem;
		*base = head + i * r->stride;
		*slot = (r->head ? r->head->nr_handles : 0) + i * t->nr_handles;
	}
	h = luob_type__handle(t, off - *base);
	if (h)
		*slot += h - t->handles;
	return h;
}

/* The structure that starts at @base: the head or an element. */
const struct luob_type *luob_region__type_at(const struct luob_region *r, __u64 base)
{
	return r->head && base < r->head->size ? r->head : r->elem;
}

__u64 luob_region__nr_slots(const struct luob_region *r)
{
	return (r->head ? r->head->nr_handles : 0) + (r->elem ? r->nr * r->elem->nr_handles : 0);
}

/* Offset of the handle with a number below luob_region__nr_slots(). */
__u64 luob_region__slot_off(const struct luob_region *r, __u64 slot)
{
	__u32 in_head = r->head ? r->head->nr_handles : 0;

	if (slot < in_head)
		return r->head->handles[slot].off;
	slot -= in_head;
	return (r->head ? r->head->size : 0) + slot / r->elem->nr_handles * r->stride +
	       r->elem->handles[slot % r->elem->nr_handles].off;
}
