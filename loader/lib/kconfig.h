/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a kernel's configuration says about what formats do not show. */
#ifndef LUO_LIB_KCONFIG_H
#define LUO_LIB_KCONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "core/blob.h"

/**
 * struct luo_kconfig - the options that matter
 * @thp:	CONFIG_TRANSPARENT_HUGEPAGE
 * @deferred:	CONFIG_DEFERRED_STRUCT_PAGE_INIT
 * @liveupdate:	CONFIG_LIVEUPDATE
 * @kho:	CONFIG_KEXEC_HANDOVER
 * @page_size:	bytes, of CONFIG_PAGE_SHIFT or because x86 has no other; 0 when unknown
 */
struct luo_kconfig {
	enum luob_known thp;
	enum luob_known deferred;
	enum luob_known liveupdate;
	enum luob_known kho;
	unsigned int page_size;
};

extern const struct luo_kconfig luo_kconfig_unknown;

void luo_kconfig__add(struct luo_kconfig *c, const struct luo_kconfig *more);
int luo_kconfig__parse(const char *text, size_t size, struct luo_kconfig *c);
enum luob_known luo_kconfig__is_set(const char *text, size_t size, const char *option);
int luo_kconfig__read(const char *path, struct luo_kconfig *c);

#endif /* LUO_LIB_KCONFIG_H */
