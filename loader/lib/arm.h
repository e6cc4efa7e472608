/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arming: what the module has to know for the next kexec. */
#ifndef LUO_LIB_ARM_H
#define LUO_LIB_ARM_H

#include "lib/objects.h"
#include "lib/profile.h"

/* What the running kernel's BTF says about its private structures. */
struct luo_kernel_offsets {
	__u32 session_list;
	__u32 session_file_set;
	__u32 session_count;
	__u32 kimage_kho_fdt;
};

int luo_kernel_offsets__read(struct luo_kernel_offsets *o, char *msg, size_t msg_size);
int luo_blob__pack(const struct luo_objects *objects, const __u32 *map_ids,
		   const struct luo_profile *from, const struct luo_profile *to,
		   const struct luo_kernel_offsets *off, void **blob, size_t *size);

#endif /* LUO_LIB_ARM_H */
