// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/incoming.h"
#include "lib/module.h"

/* Without the module, on kernels with CONFIG_KEXEC_HANDOVER_DEBUGFS. */
#define DEBUGFS	"/sys/kernel/debug/kho/in/sub_fdts/"

/* The first @size bytes of a file. Return: how many there are, or a negative errno. */
ssize_t luo_incoming__file(const char *path, void *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (len < size && n > 0) {
		n = read(fd, (char *)buf + len, size - len);
		len += n > 0 ? n : 0;
	}
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? n : (ssize_t)len;
}

/**
 * luo_incoming__read - what is behind a KHO subtree of ours
 * @subtree: its name
 * @path: a file with the same, or NULL: from luo_bpf.ko, or else from debugfs
 * @buf: result, which nobody has looked at
 * @size: room
 *
 * Return: bytes; -ENOENT when there is none; a negative errno.
 */
ssize_t luo_incoming__read(const char *subtree, const char *path, void *buf, size_t size)
{
	char debugfs[128];
	ssize_t n = -ENOENT;

	if (!path)
		n = luo_module__incoming(subtree, buf, size);
	if (n >= 0)
		return n;
	snprintf(debugfs, sizeof(debugfs), "%s%s", DEBUGFS, subtree);
	return luo_incoming__file(path ? path : debugfs, buf, size);
}
