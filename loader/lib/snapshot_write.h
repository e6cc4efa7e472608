/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes reduced cores: chosen memory, and a note with lines of text.
 */
#ifndef LUO_SNAPSHOT_WRITE_H
#define LUO_SNAPSHOT_WRITE_H

#include "snapshot.h"

/**
 * struct luo_snapshot_image - what to write
 * @notes:	lines "KEY=VALUE\n"
 * @ranges:	ascending, whole pages, disjoint; adjacent ones are joined
 * @nr_ranges:	at least one
 * @read:	gives the contents of part of a range: 0 or -errno
 * @progress:	called now and then with bytes of memory, or NULL
 * @priv:	for @read and @progress
 */
struct luo_snapshot_image {
	const char *notes;
	const struct luo_snapshot_range *ranges;
	size_t nr_ranges;
	int (*read)(void *priv, __u64 pa, void *buf, size_t len);
	void (*progress)(void *priv, __u64 done, __u64 total);
	void *priv;
};

/**
 * luo_snapshot__write - write a reduced core
 * @path: file; replaced if it is a regular one, at the end
 * @img: what to write
 * @bytes: size of the new file; may be NULL
 * @msg: after a failure one line without the path: what, where, what to do
 * @msg_size: its size
 *
 * The file is readable by its owner only and sparse where memory is zero. It
 * is made under another name in the same directory; after a failure that one
 * is gone and @path is what it was.
 *
 * Return: 0; -EINVAL when @path or @img can't be; what @read or the system said.
 */
int luo_snapshot__write(const char *path, const struct luo_snapshot_image *img, __u64 *bytes,
			char *msg, size_t msg_size);

#endif /* LUO_SNAPSHOT_WRITE_H */
