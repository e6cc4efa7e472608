/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files out of tar and cpio archives that come in pieces. */
#ifndef LUO_LIB_ARCHIVE_H
#define LUO_LIB_ARCHIVE_H

#include <stdbool.h>

#include "lib/image.h"

enum archive_kind {
	ARCHIVE_TAR,
	ARCHIVE_CPIO,		/* "newc", as in initial RAM disks */
};

struct archive;

/**
 * struct archive_files - who wants which files
 * @want:	by name; false skips it
 * @got:	all of one; the bytes are the archive's. Anything but 0 ends it
 * @priv:	for both
 */
struct archive_files {
	bool (*want)(void *priv, const char *name);
	int (*got)(void *priv, const char *name, const void *data, size_t size);
	void *priv;
};

struct archive *archive__new(enum archive_kind kind, const struct archive_files *files);
void archive__free(struct archive *a);
void archive__restart(struct archive *a);
int archive__take(void *archive, const void *data, size_t size);
bool archive__ended(const struct archive *a, __u64 *consumed);

#endif /* LUO_LIB_ARCHIVE_H */
