/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel does not show to modules: symbols, offsets of private fields. */
#ifndef LUO_BPF_PRIVATE_H
#define LUO_BPF_PRIVATE_H

#include <linux/types.h>

#include "needs.h"

#define LUOB_NO_FIELD	(~0U)

#define LUOB_FIELD_(name, path, needed) u32 name;
struct luob_fields {
	LUOB_FIELDS(LUOB_FIELD_)
};
#undef LUOB_FIELD_

extern struct luob_fields luob_fields;

/* A field of a private structure. */
#define luob_field(type, base, name) ((type *)((char *)(base) + luob_fields.name))

int luob_private_find(void);
void *luob_symbol(const char *name);
void *luob_root_page(void);

#endif /* LUO_BPF_PRIVATE_H */
