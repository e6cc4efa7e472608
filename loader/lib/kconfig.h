/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a kernel's configuration says about what formats do not show. */
#ifndef LUO_LIB_KCONFIG_H
#define LUO_LIB_KCONFIG_H

#include "lib/profile.h"

/**
 * struct luo_kconfig - the options that matter
 * @thp:	CONFIG_TRANSPARENT_HUGEPAGE
 * @deferred:	CONFIG_DEFERRED_STRUCT_PAGE_INIT
 * @liveupdate:	CONFIG_LIVEUPDATE
 * @kho:	CONFIG_KEXEC_HANDOVER
 */
struct luo_kconfig {
	enum luo_known thp;
	enum luo_known deferred;
	enum luo_known liveupdate;
	enum luo_known kho;
};

extern const struct luo_kconfig luo_kconfig_unknown;

int luo_kconfig__parse(const char *text, size_t size, struct luo_kconfig *c);
int luo_kconfig__read(const char *path, struct luo_kconfig *c);

#endif /* LUO_LIB_KCONFIG_H */
