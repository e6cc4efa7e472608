/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Layouts for the engine, read from BTF and its declaration tags. */
#ifndef LUO_LIB_TYPES_H
#define LUO_LIB_TYPES_H

#include <bpf/btf.h>

#include "core/type.h"

struct luo_types;

int luo_types__new(struct luo_types **types, struct btf *btf, const char *origin);
void luo_types__free(struct luo_types *types);
const struct btf *luo_types__btf(const struct luo_types *types);
const struct luob_type *luo_types__get(struct luo_types *types, const char *name, char *msg,
				       size_t msg_size);
const struct luob_type *luo_types__get_id(struct luo_types *types, __u32 id, char *msg,
					  size_t msg_size);
const char *luo_types__tag(const struct luo_types *types, __u32 id, int component,
			   const char *word, const char *prev);
bool luo_types__has_tags(const struct luo_types *types);
bool luo_tag__value(const char *text, const char *key, char *value, size_t size);
size_t luo_type__field(const struct luob_type *t, __u32 off, char *name, size_t size);
int luo_type__find(const struct luob_type *t, const char *name, __u32 *off, __u32 *size);
int luo_type__diff(const struct luob_type *a, const struct luob_type *b, char *text, size_t size);
__u32 luo_type__id(const struct luob_type *t);
struct luo_types *luo_type__types(const struct luob_type *t);

#endif /* LUO_LIB_TYPES_H */
