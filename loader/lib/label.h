/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names for people: where in the state something is. */
#ifndef LUO_LIB_LABEL_H
#define LUO_LIB_LABEL_H

#include "core/tx.h"

void luo_label__place(const struct luob_space *s, const struct luob_region *r, __u64 off,
		      char *record, size_t record_size, char *field, size_t field_size);
void luo_label__clean(char *text);
void luo_label__record(const struct luob_space *s, const struct luob_record *rec, char *text,
		       size_t size);

#endif /* LUO_LIB_LABEL_H */
