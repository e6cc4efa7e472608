/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a transaction: the root that leads to the translated state. */
#ifndef LUOB_PUBLISH_H
#define LUOB_PUBLISH_H

#include "tx.h"

void luo_tx__new_root(const struct luo_tx *tx, const struct luob_kho_root *old,
		      const char *to_kho, struct luob_kho_root *root);
const struct luob_range *luo_tx__too_large(const struct luo_tx *tx, unsigned int max_order);
bool luo_tx__is_identical(const struct luo_tx *tx, const char *from_kho, const char *to_kho);

#endif /* LUOB_PUBLISH_H */
