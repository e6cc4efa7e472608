/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the parts of luo-load verify. */
#ifndef LUO_CMD_VERIFY_H
#define LUO_CMD_VERIFY_H

#include "verify/verify.h"

/* verify_counterexample.c */
bool counterexample__dir(const char *dir);
bool counterexample__write(const char *dir, const struct luo_object *obj,
			   struct verify_result *res);

#endif /* LUO_CMD_VERIFY_H */
