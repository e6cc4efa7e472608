/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The compressions of kernel images, unpacked piece by piece. */
#ifndef LUO_LIB_UNPACK_H
#define LUO_LIB_UNPACK_H

#include <stddef.h>
#include <linux/types.h>

/* More than any kernel unpacks to. */
#define LUO_UNPACK_MAX	((__u64)512 << 20)

/**
 * struct luo_sink - who gets what was unpacked
 * @take:	one piece; anything but 0 ends it: 1 for enough, or a negative errno
 * @priv:	for @take
 * @total:	bytes given so far
 */
struct luo_sink {
	int (*take)(void *priv, const void *data, size_t size);
	void *priv;
	__u64 total;
};

int luo_unpack(int fd, __u64 off, __u64 len, struct luo_sink *sink, char *msg, size_t msg_size);

#endif /* LUO_LIB_UNPACK_H */
