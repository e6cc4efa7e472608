/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between types.c, which reads BTF, and type.c, which answers about what was read. */
#ifndef LUO_LIB_TYPES_INT_H
#define LUO_LIB_TYPES_INT_H

#include "lib/types.h"

__u32 types__skip_names(const struct btf *btf, __u32 id);
const char *types__name(const struct btf *btf, __u32 id);
int types__member(const struct btf *btf, const struct btf_type *s, const char *name, __u32 *off,
		  __u32 *size);

#endif /* LUO_LIB_TYPES_INT_H */
