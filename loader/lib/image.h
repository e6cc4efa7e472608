/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a kernel image says about itself. */
#ifndef LUO_LIB_IMAGE_H
#define LUO_LIB_IMAGE_H

#include "lib/profile.h"

/**
 * struct luo_image_info - a kernel that is not running yet
 * @release:	as uname -r would say, "7.3.4-amd64"
 * @config:	of its build, as far as it is known
 * @config_from: where that comes from: "IKCONFIG" for the image itself, the path of a
 *		configuration file, or "" when nothing says it; then all of it is LUOB_UNKNOWN
 */
struct luo_image_info {
	char release[80];
	struct luo_kconfig config;
	char config_from[256];
};

/* An unpacked kernel: tens of MiB. */
struct luo_image_bytes {
	__u8 *data;
	size_t size;
	size_t cap;
};

int luo_image__read(const char *path, struct luo_image_info *info, char *msg, size_t msg_size);
int luo_image__load(const char *path, struct luo_image_info *info, struct luo_image_bytes *bytes,
		    char *msg, size_t msg_size);
int luo_image_bytes__add(struct luo_image_bytes *b, const void *data, size_t size);
void luo_image_bytes__free(struct luo_image_bytes *b);
int luo_kconfig__running(struct luo_image_bytes *text, const char *root, const char *release,
			 char *from, size_t from_size);
int luo_memory_file(const void *data, size_t size);

#endif /* LUO_LIB_IMAGE_H */
