/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LUO_LIB_LABEL_H
#define LUO_LIB_LABEL_H

#include "core/label.h"

struct luo_type_set;

void luo_label__clean(char *text);
void luo_label__resolve(const struct luo_type_set *set, char *text, size_t size);

#endif /* LUO_LIB_LABEL_H */
