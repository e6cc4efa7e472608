/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The region ledger: every preserved range, who made it, who refers to it.
 * "Every preserved region reachable before is reachable after, or was dropped
 * on purpose; every page handed over is accounted once."
 */
#ifndef LUOB_LEDGER_H
#define LUOB_LEDGER_H

#include "os.h"

/**
 * struct luob_range - one entry of the memory map
 * @pa:		physical address, aligned to its order
 * @va:		memory of a new range, NULL for an old one
 * @order:	2^order pages
 * @dropped:	not handed over any more
 * @used:	enum luob_used, by the state that was accounted last
 */
struct luob_range {
	__u64 pa;
	void *va;
	__u8 order;
	__u8 dropped;
	__u8 used;
};

struct luob_ledger {
	struct luob_range *ranges;
	size_t nr;
	size_t cap;
	size_t sorted;		/* the first @sorted are in order of address */
	size_t *newer;		/* hash of those behind @sorted: index + 1, by address */
	size_t cap_newer;
	__u64 orders;		/* bit n: one of them has order n */
};

enum luob_used {
	LUOB_UNUSED = 0,
	LUOB_USED_RECORD,
	LUOB_USED_CONTENT,
};

void luob_ledger__free(struct luob_ledger *l);
int luob_ledger__add(struct luob_ledger *l, __u64 pa, unsigned int order);
int luob_ledger__seal(struct luob_ledger *l, __u64 *bad);
int luob_ledger__add_new(struct luob_ledger *l, __u64 pa, unsigned int order, void *va);
struct luob_range *luob_ledger__find(const struct luob_ledger *l, __u64 pa);
struct luob_range *luob_ledger__holding(const struct luob_ledger *l, __u64 pa);
void luob_ledger__unuse_all(struct luob_ledger *l);

#endif /* LUOB_LEDGER_H */
