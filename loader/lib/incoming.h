/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of luo-bpf's own, as the old kernel has handed them over. */
#ifndef LUO_LIB_INCOMING_H
#define LUO_LIB_INCOMING_H

#include <sys/types.h>

ssize_t luo_incoming__read(const char *subtree, const char *path, void *buf, size_t size);
ssize_t luo_incoming__file(const char *path, void *buf, size_t size);

#endif /* LUO_LIB_INCOMING_H */
