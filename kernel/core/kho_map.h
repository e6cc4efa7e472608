/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The KHO memory map: bitmap chunks of kho-v1, radix tree of kho-v2 to kho-v4. */
#ifndef LUOB_KHO_MAP_H
#define LUOB_KHO_MAP_H

#include "ledger.h"
#include "mem.h"

/* 64 GiB in single pages; more entries than that are taken for an attack. */
#define LUOB_MAX_RANGES		(1U << 24)

struct luob_map_node;

/* A radix tree in the making. */
struct luob_radix {
	const struct luob_mem *mem;
	struct luob_map_node *root;
	size_t nr_pages;
};

int luob_map__read_chunks(const struct luob_mem *mem, __u64 first, struct luob_ledger *l,
			  struct luob_set *pages, struct luob_fault *f);
int luob_map__read_radix(const struct luob_mem *mem, __u64 root, struct luob_ledger *l,
			 struct luob_set *pages, struct luob_fault *f);
int luob_radix__build(struct luob_radix *r, const struct luob_mem *mem,
		      const struct luob_ledger *l);
__u64 luob_radix__root(const struct luob_radix *r);
int luob_radix__each_page(const struct luob_radix *r, int (*fn)(void *priv, __u64 pa, void *va),
			  void *priv);
void luob_radix__free(struct luob_radix *r, bool give_back);

#endif /* LUOB_KHO_MAP_H */
