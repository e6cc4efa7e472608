// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where a byte came from: sets of kinds and of source bytes, each kept once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mon_int.h"

#define HASH_SIZE	(1U << 14)
#define SETS_MAX	(1U << 20)	/* above it, only kinds are kept */

int prov__init(struct prov *p)
{
	memset(p, 0, sizeof(*p));
	p->hash = malloc(HASH_SIZE * sizeof(*p->hash));
	if (!p->hash)
		return -ENOMEM;
	prov__reset(p);
	return p->failed ? -ENOMEM : 0;
}

void prov__free(struct prov *p)
{
	free(p->sets);
	free(p->pool);
	free(p->hash);
}

static __u64 intern(struct prov *p, __u32 kinds, const __u64 *src, __u32 nr)
{
	__u64 h = kinds * 0x9e3779b97f4a7c15ULL;
	struct prov_set *s, *list;
	__u64 *pool;
	__u32 i, id;

	for (i = 0; i < nr; i++)
		h = (h ^ src[i]) * 0x9e3779b97f4a7c15ULL ^ h >> 31;
	h = (h ^ h >> 32) % HASH_SIZE;
	for (id = p->hash[h]; id != ~0U; id = p->sets[id].next) {
		s = &p->sets[id];
		if (s->kinds == kinds && s->nr == nr &&
		    (!nr || !memcmp(p->pool + s->first, src, nr * sizeof(*src))))
			return id;
	}
	if (p->nr >= SETS_MAX && nr)
		return intern(p, kinds | PROV_MANY, NULL, 0);
	list = luob_grow(p->sets, p->nr, &p->cap, sizeof(*list));
	if (list)
		p->sets = list;
	while (list && nr && p->nr_pool + nr > p->cap_pool) {
		p->cap_pool = p->cap_pool ? 2 * p->cap_pool : 1024;
		pool = realloc(p->pool, p->cap_pool * sizeof(*pool));
		if (!pool) {
			list = NULL;
			break;
		}
		p->pool = pool;
	}
	if (!list) {
		p->failed = true;
		return 0;
	}
	s = &list[p->nr];
	*s = (struct prov_set){ .kinds = kinds, .nr = nr, .first = p->nr_pool,
				.next = p->hash[h] };
	if (nr)
		memcpy(p->pool + p->nr_pool, src, nr * sizeof(*src));
	p->nr_pool += nr;
	p->hash[h] = p->nr;
	return p->nr++;
}

void prov__reset(struct prov *p)
{
	memset(p->hash, 0xff, HASH_SIZE * sizeof(*p->hash));
	memset(p->memo, 0, sizeof(p->memo));
	p->nr = 0;
	p->nr_pool = 0;
	p->failed = false;
	intern(p, 0, NULL, 0);	/* number 0: constants */
}

__u64 prov__kind(struct prov *p, __u32 kinds)
{
	return intern(p, kinds, NULL, 0);
}

__u32 prov__kinds(const struct prov *p, __u64 a)
{
	return a & PROV_COPY ? PROV_INPUT : p->sets[a].kinds;
}

/* The source bytes of an origin; @one is room for a single one. */
size_t prov__sources(const struct prov *p, __u64 a, const __u64 **list, __u64 *one)
{
	if (a & PROV_COPY) {
		*one = a;
		*list = one;
		return 1;
	}
	*list = p->pool + p->sets[a].first;
	return p->sets[a].nr;
}

/* The same sources, but not the same byte any more. */
__u64 prov__computed(struct prov *p, __u64 a)
{
	return a & PROV_COPY ? intern(p, PROV_INPUT, &a, 1) : a;
}

__u64 prov__join(struct prov *p, __u64 a, __u64 b)
{
	__u64 src[2 * PROV_SET_MAX], one, two;
	const __u64 *x, *y;
	size_t i = 0, k = 0, nx, ny;
	__u32 kinds, nr = 0, slot;

	if (!a || !b || a == b)
		return prov__computed(p, a ? a : b);
	slot = (a * 31 + b * 0x9e3779b97f4a7c15ULL) >> 52;
	if (p->memo[slot].a == a && p->memo[slot].b == b)
		return p->memo[slot].r;
	kinds = prov__kinds(p, a) | prov__kinds(p, b);
	nx = prov__sources(p, a, &x, &one);
	ny = prov__sources(p, b, &y, &two);
	while (i < nx || k < ny) {
		if (k == ny || (i < nx && x[i] < y[k]))
			src[nr++] = x[i++];
		else if (i == nx || y[k] < x[i])
			src[nr++] = y[k++];
		else
			src[nr++] = x[i++], k++;
	}
	if (nr > PROV_SET_MAX) {
		nr = PROV_SET_MAX;
		kinds |= PROV_MANY;
	}
	p->memo[slot].a = a;
	p->memo[slot].b = b;
	p->memo[slot].r = intern(p, kinds, src, nr);
	return p->memo[slot].r;
}
