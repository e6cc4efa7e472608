/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Inside of abi_image.c: formats that modules of a kernel register. */
#ifndef LUO_LIB_ABI_MODULES_H
#define LUO_LIB_ABI_MODULES_H

#include "lib/abi.h"

int luo_abi__modules(struct luo_abi *abi, const char *package, const struct luo_abi_opts *opts,
		     char *msg, size_t msg_size);

#endif /* LUO_LIB_ABI_MODULES_H */
