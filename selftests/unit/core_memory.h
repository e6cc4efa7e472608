/* SPDX-License-Identifier: GPL-2.0-only */
/* A little physical memory for tests of the core: pages at addresses of the test's choice. */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include "core/mem.h"

#define MEMORY_PAGES	4096
#define MEMORY_PAGE	4096UL

static struct {
	__u64 pa[MEMORY_PAGES];
	void *va[MEMORY_PAGES];
	size_t nr;
	__u64 next;		/* where alloc() goes on */
	size_t allocated, given_back;
	size_t limit;		/* allocations that succeed */
} memory;

static void memory_reset(void)
{
	size_t i;

	for (i = 0; i < memory.nr; i++)
		free(memory.va[i]);
	memset(&memory, 0, sizeof(memory));
	memory.next = 0x40000000;
	memory.limit = MEMORY_PAGES;
}

static void *memory_page(__u64 pa)
{
	size_t i;

	for (i = 0; i < memory.nr; i++)
		if (memory.pa[i] == pa)
			return memory.va[i];
	return NULL;
}

/* A zeroed page at @pa. */
static void *memory_add(__u64 pa)
{
	if (memory.nr == MEMORY_PAGES)
		abort();
	memory.pa[memory.nr] = pa;
	memory.va[memory.nr] = calloc(1, MEMORY_PAGE);
	return memory.va[memory.nr++];
}

static inline const void *memory_map(void *priv, __u64 pa, __u32 len)
{
	char *page = memory_page(pa & ~(MEMORY_PAGE - 1));
	__u64 at = pa & (MEMORY_PAGE - 1);

	(void)priv;
	return page && at + len <= MEMORY_PAGE ? page + at : NULL;
}

static inline int memory_alloc(void *priv, unsigned int order, bool preserve, __u64 *pa, void **va)
{
	(void)priv;
	if (order || preserve || memory.allocated == memory.limit)
		return -ENOMEM;
	*pa = memory.next;
	memory.next += MEMORY_PAGE;
	*va = memory_add(*pa);
	memory.allocated++;
	return 0;
}

static inline void memory_free(void *priv, unsigned int order, bool preserve, __u64 pa, void *va)
{
	(void)priv;
	(void)order;
	(void)preserve;
	memory.given_back += memory_page(pa) == va;
}

static const struct luob_mem host_memory = {
	.map = memory_map, .alloc = memory_alloc, .free = memory_free,
};

#endif
