/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Objects in the running kernel. */
#ifndef LUO_LIB_ATTACH_H
#define LUO_LIB_ATTACH_H

#include "lib/objects.h"

#define LUO_PIN_DIR "/sys/fs/bpf/luo"
/* Files of what is attached, as they were read: arming starts from these. */
#define LUO_ATTACHED_DIR "/run/luo-bpf"

/* What the kernel calls an attached object. */
struct luo_attached {
	__u32 map_id;		/* of its struct_ops map */
	__u32 prog_id;
};

int luo_attach(struct luo_object *obj, bool replace, bool verified, struct luo_attached *at,
	       char *msg, size_t msg_size);
bool luo_attached__verified(const char *name);
bool luo_is_attached(const char *name);
int luo_attached__add(struct luo_objects *o, char *where, size_t where_size, char *msg,
		      size_t msg_size);
int luo_attached__lock(void);
int luo_detach(const char *name, char *msg, size_t msg_size);

#endif /* LUO_LIB_ATTACH_H */
