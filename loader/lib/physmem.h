/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Free physical pages of a snapshot, for new regions. */
#ifndef LUO_LIB_PHYSMEM_H
#define LUO_LIB_PHYSMEM_H

#include <stdbool.h>

#include "core/os.h"

struct luo_physmem;

int luo_physmem__new(struct luo_physmem **pm);
void luo_physmem__free(struct luo_physmem *pm);
int luo_physmem__busy(struct luo_physmem *pm, __u64 pa, __u64 len);
int luo_physmem__near(struct luo_physmem *pm, __u64 pa);
int luo_physmem__ready(struct luo_physmem *pm, __u64 end, bool anywhere);
int luo_physmem__alloc(struct luo_physmem *pm, unsigned int order, __u64 *pa);

#endif /* LUO_LIB_PHYSMEM_H */
