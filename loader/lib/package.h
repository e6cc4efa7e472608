/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where distributions put files of a kernel: packages and initial RAM disks. */
#ifndef LUO_LIB_PACKAGE_H
#define LUO_LIB_PACKAGE_H

#include "lib/archive.h"

bool luo_package__is(const char *path);
int luo_package__each(const char *path, const struct archive_files *files, char *msg,
		      size_t msg_size);
int luo_initrd__each(const char *path, const struct archive_files *files, char *msg,
		     size_t msg_size);

#endif /* LUO_LIB_PACKAGE_H */
