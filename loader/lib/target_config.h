/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the operator says about the next kernel's configuration. */
#ifndef LUO_LIB_TARGET_CONFIG_H
#define LUO_LIB_TARGET_CONFIG_H

#include "lib/kconfig.h"

int luo_target_config__read(const char *words, struct luo_kconfig *c, char *subject,
			    size_t subject_size, char *msg, size_t msg_size);

#endif /* LUO_LIB_TARGET_CONFIG_H */
