/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A flattened device tree as a flat structure, by the tags of its type. */
#ifndef LUOB_FDT_VIEW_H
#define LUOB_FDT_VIEW_H

#include "mem.h"
#include "type.h"

bool luob_fdt_view__names(const struct luob_type *t, const char *node);
int luob_fdt_view__read(const struct luob_type *t, const void *fdt, size_t size, void **flat,
			__u64 *flat_size, struct luob_fault *f);
int luob_fdt_view__write(const struct luob_type *t, const void *flat, void *fdt, size_t size,
			 struct luob_fault *f);

#endif /* LUOB_FDT_VIEW_H */
