/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory of the old kernel and of the state to come, as the host of the core
 * offers it: the module's direct map, or a snapshot file.
 */
#ifndef LUOB_MEM_H
#define LUOB_MEM_H

#include "os.h"

/**
 * struct luob_mem - the host's memory
 * @map:	@len bytes of old memory at @pa, readable until the transaction ends;
 *		NULL when some are not there
 * @alloc:	2^order zeroed pages; @preserve says whether the next kernel gets
 *		them (records) or only reads them early (pages of the memory map)
 * @free:	undo @alloc
 * @priv:	the host's
 */
struct luob_mem {
	const void *(*map)(void *priv, __u64 pa, __u32 len);
	int (*alloc)(void *priv, unsigned int order, bool preserve, __u64 *pa, void **va);
	void (*free)(void *priv, unsigned int order, bool preserve, __u64 pa, void *va);
	void *priv;
};

/* What is wrong with the state: a rule, and one line without its subject. */
struct luob_fault {
	const char *rule;
	char text[200];
};

__printf(3, 4)
int luob_fault__rule(struct luob_fault *f, const char *rule, const char *fmt, ...);

/* Damage that has no name of its own. */
#define luob_fault__set(f, ...) luob_fault__rule(f, "DAMAGED", __VA_ARGS__)

/* A set of page addresses: every page of a chain or a tree is met once. */
struct luob_set {
	__u64 *slots;
	size_t cap;
	size_t nr;
};

int luob_set__add(struct luob_set *s, __u64 key);
bool luob_set__has(const struct luob_set *s, __u64 key);
void luob_set__free(struct luob_set *s);

#endif /* LUOB_MEM_H */
