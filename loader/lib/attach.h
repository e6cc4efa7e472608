/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Objects in the kernel: load, attach, pin, so that the loader can exit. */
#ifndef LUO_LIB_ATTACH_H
#define LUO_LIB_ATTACH_H

#include "lib/objects.h"

#define LUO_PIN_DIR "/sys/fs/bpf/luo"

int luo_attach(struct luo_object *obj, __u32 *map_id, char *msg, size_t msg_size);
int luo_detach(const char *name, char *msg, size_t msg_size);

#endif /* LUO_LIB_ATTACH_H */
