/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* LUO_HARDWARE() of an object, and records that it can be about. */
#ifndef LUO_LIB_HARDWARE_H
#define LUO_LIB_HARDWARE_H

#include "lib/objects.h"

int luo_limit__parse(struct luob_limit *l, const char *text, char *msg, size_t msg_size);
int luo_objects__check_hardware(const struct luo_objects *o, const struct luo_profile *of,
				const char **path, char *msg, size_t msg_size);

#endif /* LUO_LIB_HARDWARE_H */
