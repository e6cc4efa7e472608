/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where in a state something is, in words. */
#ifndef LUOB_LABEL_H
#define LUOB_LABEL_H

#include "tx.h"

void luob_label__place(const struct luob_space *s, const struct luob_region *r, __u64 off,
		       char *record, size_t record_size, char *field, size_t field_size);
void luob_label__record(const struct luob_space *s, const struct luob_record *rec, char *text,
			size_t size);
/* The name of the field at @off of @t, or "": the host's, who may have none. */
void luob_label__field(const struct luob_type *t, __u32 off, char *name, size_t size);

#endif /* LUOB_LABEL_H */
