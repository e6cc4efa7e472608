// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Memory of the transaction, and its reserve
 *
 * Inside the freeze allocations are slow and can fail. A rehearsal measures what the
 * transaction takes; that much and a margin is then set aside:
 *
 *   - an arena for the core's own lists, handed out front to back and taken back as
 *     a whole;
 *   - pages that KHO preserves already, for new records. The memory map has them,
 *     the state does not: whoever reads the map leaves them out, and what is not
 *     used is given back before the jump;
 *   - pages for the memory map itself, which is never preserved.
 *
 * What does not fit is allocated as usual, and counted: the report says how much the
 * state has grown since the rehearsal.
 */

#include <linux/bsearch.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "memory.h"

#define LUOB_ALIGN	16

struct luob_pages {
	void **page;
	size_t nr;
	size_t used;
};

static struct {
	bool running;
	u8 *arena;
	size_t arena_size;
	size_t arena_used;
	struct luob_pages preserved;
	struct luob_pages plain;
	struct luob_need need;
} luob_reserve;

static bool luob_in_arena(const void *p)
{
	return luob_reserve.arena && (u8 *)p >= luob_reserve.arena &&
	       (u8 *)p < luob_reserve.arena + luob_reserve.arena_size;
}

static void *luob_arena_alloc(size_t bytes)
{
	void *p;

	bytes = ALIGN(bytes, LUOB_ALIGN);
	luob_reserve.need.bytes += bytes;
	if (bytes > luob_reserve.arena_size - luob_reserve.arena_used) {
		luob_reserve.need.allocated++;
		return NULL;
	}
	p = luob_reserve.arena + luob_reserve.arena_used;
	luob_reserve.arena_used += bytes;
	return memset(p, 0, bytes);
}

/* Zeroed memory for the core. The transaction's lock is held. */
void *luob_alloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	luob_relax();
	if (check_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2)
		return NULL;
	p = luob_reserve.running ? luob_arena_alloc(bytes) : NULL;
	return p ? p : kvzalloc(bytes, GFP_KERNEL);
}

void luob_free(void *p)
{
	if (!luob_in_arena(p))
		kvfree(p);
}

static const void *luob_mem_map(void *priv, __u64 pa, __u32 len)
{
	u64 pfn;

	for (pfn = pa >> PAGE_SHIFT; len && pfn <= (pa + len - 1) >> PAGE_SHIFT; pfn++)
		if (!pfn_valid(pfn))
			return NULL;
	return phys_to_virt(pa);
}

static void *luob_take_page(struct luob_pages *pages)
{
	void *p;

	if (pages->used == pages->nr) {
		luob_reserve.need.allocated++;
		return NULL;
	}
	p = pages->page[pages->used++];
	clear_page(p);
	return p;
}

/*
 * The next kernel reuses scratch before it knows what is preserved: pages of the
 * memory map must not be there. GFP_KERNEL is never served from CMA, which scratch is.
 */
static int luob_mem_alloc(void *priv, unsigned int order, bool preserve, __u64 *pa, void **va)
{
	void *p = NULL;

	if (!preserve) {
		luob_reserve.need.plain++;
		p = luob_take_page(&luob_reserve.plain);
		if (!p)
			p = (void *)get_zeroed_page(GFP_KERNEL);
	} else {
		luob_reserve.need.preserved += !order;
		if (!order)
			p = luob_take_page(&luob_reserve.preserved);
		if (!p) {
			p = kho_alloc_preserve(PAGE_SIZE << order);
			p = IS_ERR(p) ? NULL : p;
		}
	}
	if (!p)
		return -ENOMEM;
	*pa = virt_to_phys(p);
	*va = p;
	return 0;
}

static int luob_cmp_page(const void *a, const void *b)
{
	const void *pa = *(void *const *)a, *pb = *(void *const *)b;

	return pa < pb ? -1 : pa > pb;
}

/* Among the first @nr, which are in order of address. */
static bool luob_is_among(const struct luob_pages *pages, size_t nr, const void *p)
{
	return nr && bsearch(&p, pages->page, nr, sizeof(p), luob_cmp_page);
}

static void luob_mem_free(void *priv, unsigned int order, bool preserve, __u64 pa, void *va)
{
	if (!preserve) {
		if (!luob_is_among(&luob_reserve.plain, luob_reserve.plain.used, va))
			free_page((unsigned long)va);
	} else if (order || !luob_is_among(&luob_reserve.preserved,
					   luob_reserve.preserved.used, va)) {
		kho_unpreserve_free(va);
	}
}

const struct luob_mem luob_mem = {
	.map = luob_mem_map,
	.alloc = luob_mem_alloc,
	.free = luob_mem_free,
};

/* From here on the core's memory comes out of the reserve. */
void luob_memory_start(void)
{
	memset(&luob_reserve.need, 0, sizeof(luob_reserve.need));
	luob_reserve.running = true;
}

/* The transaction has given back all it had. */
void luob_memory_stop(void)
{
	luob_reserve.running = false;
	luob_reserve.arena_used = 0;
	luob_reserve.preserved.used = 0;
	luob_reserve.plain.used = 0;
}

const struct luob_need *luob_memory_need(void)
{
	return &luob_reserve.need;
}

/* Whether the memory map shows a page only because it is set aside. */
bool luob_memory_is_reserve(u64 pa)
{
	return luob_is_among(&luob_reserve.preserved, luob_reserve.preserved.nr, phys_to_virt(pa));
}

/* The next kernel gets no page that nothing refers to. Cannot fail. */
void luob_memory_keep_used(void)
{
	struct luob_pages *pages = &luob_reserve.preserved;

	while (pages->nr > pages->used)
		kho_unpreserve_free(pages->page[--pages->nr]);
}

static void luob_pages_free(struct luob_pages *pages, void (*give_back)(void *))
{
	while (pages->nr)
		give_back(pages->page[--pages->nr]);
	kvfree(pages->page);
	memset(pages, 0, sizeof(*pages));
}

static int luob_pages_fill(struct luob_pages *pages, size_t nr, void *(*get)(void))
{
	pages->page = kvcalloc(nr + 1, sizeof(*pages->page), GFP_KERNEL);
	if (!pages->page)
		return -ENOMEM;
	for (; pages->nr < nr; pages->nr++) {
		pages->page[pages->nr] = get();
		if (!pages->page[pages->nr])
			return -ENOMEM;
	}
	sort(pages->page, nr, sizeof(*pages->page), luob_cmp_page, NULL);
	return 0;
}

static void *luob_get_preserved(void)
{
	void *p = kho_alloc_preserve(PAGE_SIZE);

	return IS_ERR(p) ? NULL : p;
}

static void *luob_get_plain(void)
{
	return (void *)get_zeroed_page(GFP_KERNEL);
}

static void luob_put_plain(void *p)
{
	free_page((unsigned long)p);
}

void luob_memory_release(void)
{
	luob_pages_free(&luob_reserve.preserved, kho_unpreserve_free);
	luob_pages_free(&luob_reserve.plain, luob_put_plain);
	kvfree(luob_reserve.arena);
	luob_reserve.arena = NULL;
	luob_reserve.arena_size = 0;
}

static size_t luob_with_margin(size_t n)
{
	return n + n / 4;
}

/**
 * luob_memory_reserve - Set aside what the last transaction took, and a margin.
 *
 * Context: Process context, may sleep; no transaction is running.
 * Return: 0, or -ENOMEM with no reserve at all.
 */
int luob_memory_reserve(void)
{
	struct luob_need need = luob_reserve.need;
	size_t bytes = luob_with_margin(need.bytes) + PAGE_SIZE;
	int err;

	luob_memory_release();
	luob_reserve.arena = kvzalloc(bytes, GFP_KERNEL);
	err = luob_reserve.arena ? 0 : -ENOMEM;
	if (!err) {
		luob_reserve.arena_size = bytes;
		err = luob_pages_fill(&luob_reserve.preserved, luob_with_margin(need.preserved) + 2,
				      luob_get_preserved);
	}
	if (!err)
		err = luob_pages_fill(&luob_reserve.plain, luob_with_margin(need.plain) + 8,
				      luob_get_plain);
	if (err)
		luob_memory_release();
	return err;
}
