// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where new regions may lie: in RAM, in no preserved range, and never in scratch,
 * which the next kernel uses from its first instruction on.
 *
 * Scratch is aligned to CMA_MIN_ALIGNMENT_BYTES, 2 MiB at least, and
 * no kernel preserves memory in it: so a 2 MiB block that holds a preserved page is
 * RAM and is not scratch. These blocks come first and suffice even where a dump
 * does not say what scratch is.
 */
#include "abi/kho.h"
#include "lib/physmem.h"

#define BLOCK	(2ULL << 20)
#define LOW	(1ULL << 20)	/* BIOS, SMP trampoline */

struct extent {
	__u64 pa;
	__u64 end;
};

struct list {
	struct extent *e;
	size_t nr;
	size_t cap;
};

struct luo_physmem {
	struct list busy;
	struct list near;	/* blocks known to be good */
	struct list gaps;	/* free, in order of preference */
	size_t first;		/* gaps before it have no page left */
};

static int add(struct list *l, __u64 pa, __u64 end)
{
	struct extent *e = luob_grow(l->e, l->nr, &l->cap, sizeof(*e));

	if (!e)
		return -ENOMEM;
	l->e = e;
	e[l->nr].pa = pa;
	e[l->nr++].end = end;
	return 0;
}

int luo_physmem__new(struct luo_physmem **pm)
{
	*pm = calloc(1, sizeof(**pm));
	return *pm ? 0 : -ENOMEM;
}

void luo_physmem__free(struct luo_physmem *pm)
{
	if (!pm)
		return;
	free(pm->busy.e);
	free(pm->near.e);
	free(pm->gaps.e);
	free(pm);
}

/* Bytes that must not be given out. Return: 0, -ENOMEM. */
int luo_physmem__busy(struct luo_physmem *pm, __u64 pa, __u64 len)
{
	return add(&pm->busy, pa, pa + len);
}

/* A preserved page: its block is RAM outside of scratch. Return: 0, -ENOMEM. */
int luo_physmem__near(struct luo_physmem *pm, __u64 pa)
{
	__u64 start = pa & ~(BLOCK - 1);

	if (pm->near.nr && pm->near.e[pm->near.nr - 1].pa == start)
		return 0;
	return add(&pm->near, start, start + BLOCK);
}

static int by_start(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

static void sort_list(struct list *l)
{
	if (l->nr)
		qsort(l->e, l->nr, sizeof(*l->e), by_start);
}

/* What is free between @from and @to. @at moves along the busy list. */
static int add_gaps(struct luo_physmem *pm, __u64 from, __u64 to, size_t *at)
{
	int err = 0;

	from = from < LOW ? LOW : from;
	while (*at < pm->busy.nr && pm->busy.e[*at].end <= from)
		(*at)++;
	for (size_t i = *at; !err && from < to; i++) {
		if (i == pm->busy.nr || pm->busy.e[i].pa >= to)
			return add(&pm->gaps, from, to);
		if (pm->busy.e[i].pa > from)
			err = add(&pm->gaps, from, pm->busy.e[i].pa);
		if (pm->busy.e[i].end > from)
			from = pm->busy.e[i].end;
	}
	return err;
}

/* Overlapping busy extents become one, so that their ends ascend too. */
static void join_busy(struct luo_physmem *pm)
{
	struct list *l = &pm->busy;
	size_t i, n = 0;

	sort_list(l);
	for (i = 0; i < l->nr; i++) {
		if (n && l->e[i].pa <= l->e[n - 1].end) {
			if (l->e[i].end > l->e[n - 1].end)
				l->e[n - 1].end = l->e[i].end;
		} else {
			l->e[n++] = l->e[i];
		}
	}
	l->nr = n;
}

/**
 * luo_physmem__ready - all busy and known extents have been told
 * @pm: physical memory
 * @end: end of RAM
 * @anywhere: scratch is known, so any RAM that is not busy may be used
 *
 * Return: 0, -ENOMEM.
 */
int luo_physmem__ready(struct luo_physmem *pm, __u64 end, bool anywhere)
{
	size_t i, at = 0;
	int err = 0;

	join_busy(pm);
	sort_list(&pm->near);
	for (i = 0; i < pm->near.nr && !err; i++) {
		if (i && pm->near.e[i].pa == pm->near.e[i - 1].pa)
			continue;
		err = add_gaps(pm, pm->near.e[i].pa,
			       pm->near.e[i].end < end ? pm->near.e[i].end : end, &at);
	}
	if (err || !anywhere)
		return err;
	for (i = 0; i < pm->near.nr && !err; i++)
		err = luo_physmem__busy(pm, pm->near.e[i].pa, BLOCK);
	join_busy(pm);
	at = 0;
	return err ? err : add_gaps(pm, LOW, end, &at);
}

/**
 * luo_physmem__alloc - free pages
 * @pm: physical memory
 * @order: 2^order pages, aligned to their size
 * @pa: result
 *
 * Return: 0, -ENOSPC.
 */
int luo_physmem__alloc(struct luo_physmem *pm, unsigned int order, __u64 *pa)
{
	__u64 bytes = (__u64)KHO_PAGE_SIZE << order, start;
	struct list *l = &pm->gaps;
	size_t i;

	while (pm->first < l->nr && l->e[pm->first].end - l->e[pm->first].pa < KHO_PAGE_SIZE)
		pm->first++;
	for (i = pm->first; i < l->nr; i++) {
		start = (l->e[i].pa + bytes - 1) & ~(bytes - 1);
		if (start + bytes > l->e[i].end)
			continue;
		/* What alignment skips stays usable behind the others. */
		if (start > l->e[i].pa && add(l, l->e[i].pa, start))
			return -ENOMEM;
		l->e[i].pa = start + bytes;
		*pa = start;
		return 0;
	}
	return -ENOSPC;
}
