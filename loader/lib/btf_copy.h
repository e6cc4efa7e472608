/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Small BTF out of large. */
#ifndef LUO_LIB_BTF_COPY_H
#define LUO_LIB_BTF_COPY_H

#include <bpf/btf.h>
#include <stdbool.h>

int btf_copy__structs(struct btf **to, const struct btf *from,
		      bool (*want)(void *priv, const char *name), void *priv);

#endif /* LUO_LIB_BTF_COPY_H */
