/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LUO_BPF_MEMORY_H
#define LUO_BPF_MEMORY_H

#include "../core/mem.h"

/* What a transaction has taken so far. */
struct luob_need {
	size_t bytes;		/* of the core's own lists */
	size_t preserved;	/* pages of records, one by one */
	size_t plain;		/* pages of the memory map */
	size_t allocated;	/* times that the reserve did not have it */
};

extern const struct luob_mem luob_mem;

void luob_memory_start(void);
void luob_memory_stop(void);
const struct luob_need *luob_memory_need(void);
bool luob_memory_is_reserve(u64 pa);
void luob_memory_keep_used(void);
int luob_memory_reserve(void);
void luob_memory_release(void);

#endif /* LUO_BPF_MEMORY_H */
