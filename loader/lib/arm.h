/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The arming blob: what the module is told. */
#ifndef LUO_LIB_ARM_H
#define LUO_LIB_ARM_H

#include "lib/attach.h"
#include "lib/digest.h"
#include "lib/objects.h"

/* SHA-256 of what has to be loaded; of no bytes for what there is none of. */
struct luo_digests {
	__u8 kernel[LUO_DIGEST_SIZE];
	__u8 initrd[LUO_DIGEST_SIZE];
	__u8 cmdline[LUO_DIGEST_SIZE];
};

int luo_blob__pack(const struct luo_objects *objects, const struct luo_attached *at,
		   const struct luo_profile *from, const struct luo_profile *to,
		   enum luob_known deferred, const struct luo_digests *image, void **blob,
		   size_t *size);

#endif /* LUO_LIB_ARM_H */
