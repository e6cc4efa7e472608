/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The KHO root FDT: version string, memory map, subtrees. */
#ifndef LUOB_KHO_ROOT_H
#define LUOB_KHO_ROOT_H

#include "mem.h"

#define LUOB_SUBTREE_NAME	64
/* A page of FDT holds no more than that. */
#define LUOB_MAX_SUBTREES	64

/* What the version string of the root decides. */
struct luob_kho_format {
	const char *compatible;
	bool radix;		/* map is a radix tree, else bitmap chunks */
	bool sized;		/* "preserved-data" + "blob-size", else "fdt" */
};

const struct luob_kho_format *luob_kho_format__find(const char *compatible);

struct luob_subtree {
	char name[LUOB_SUBTREE_NAME];
	__u64 pa;
	__u64 size;		/* bytes; 0 where the format has none */
};

struct luob_kho_root {
	const struct luob_kho_format *format;
	char compatible[16];
	__u64 map_pa;
	__u32 nr_subtrees;
	struct luob_subtree subtrees[LUOB_MAX_SUBTREES];
};

int luob_kho_root__parse(struct luob_kho_root *root, const void *page, struct luob_fault *f);
int luob_kho_root__build(const struct luob_kho_root *root, void *page, struct luob_fault *f);

#endif /* LUOB_KHO_ROOT_H */
