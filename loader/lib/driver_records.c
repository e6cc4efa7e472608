// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/driver_records.h"
#include "lib/incoming.h"

#define BYTES_MAX	(sizeof(struct luo_bpf_drivers___v1) + \
			 LUO_BPF_DRIVERS_MAX * sizeof(struct luo_bpf_driver_ser___v1))

static bool terminated(const char *s, size_t size)
{
	return strnlen(s, size) < size;
}

/* From another kernel, or a file: nothing of it is taken for granted. */
static int check(const struct luo_bpf_drivers___v1 *r, size_t size)
{
	const struct luo_bpf_driver_ser___v1 *b = luo_driver_records__blobs(r);
	__u32 i;

	if (size < sizeof(*r) || !terminated(r->compatible, sizeof(r->compatible)))
		return -EBADMSG;
	if (strcmp(r->compatible, LUO_BPF_DRIVERS))
		return -EPROTONOSUPPORT;
	if (r->nr > LUO_BPF_DRIVERS_MAX || (size - sizeof(*r)) / sizeof(*b) < r->nr)
		return -EBADMSG;
	for (i = 0; i < r->nr; i++)
		if (!terminated(b[i].version, sizeof(b->version)))
			return -EBADMSG;
	return 0;
}

/**
 * luo_driver_records__read - what the old kernel handed over
 * @path: a file with the record, or NULL: from luo_bpf.ko, or else from debugfs
 * @r: result, to be freed
 *
 * Return: 0; -ENOENT when there is none; -EPROTONOSUPPORT when it is of another version;
 * -EBADMSG when it is damaged; a negative errno.
 */
int luo_driver_records__read(const char *path, struct luo_bpf_drivers___v1 **r)
{
	void *buf = calloc(1, BYTES_MAX);
	ssize_t size;
	int err;

	if (!buf)
		return -ENOMEM;
	size = luo_incoming__read(LUO_BPF_DRIVERS_SUBTREE, path, buf, BYTES_MAX);
	err = size < 0 ? size : check(buf, size);
	if (err) {
		free(buf);
		return err;
	}
	*r = buf;
	return 0;
}

const struct luo_bpf_driver_ser___v1 *
luo_driver_records__blobs(const struct luo_bpf_drivers___v1 *r)
{
	return (const void *)(r + 1);
}

/* The blob of a device, or NULL. @r may be NULL, too. */
const struct luo_bpf_driver_ser___v1 *
luo_driver_records__find(const struct luo_bpf_drivers___v1 *r, __u64 address)
{
	__u32 i;

	for (i = 0; r && i < r->nr; i++)
		if (luo_driver_records__blobs(r)[i].address == address)
			return &luo_driver_records__blobs(r)[i];
	return NULL;
}

/* "0000:00:1f.2", as sysfs calls it; @text has LUO_DRIVER_ADDRESS bytes. */
const char *luo_driver__address(__u64 address, char *text)
{
	unsigned int domain = address >> 16 & 0xffffffff;

	snprintf(text, LUO_DRIVER_ADDRESS, "%04x:%02x:%02x.%x", domain,
		 (unsigned int)(address >> 8 & 0xff), (unsigned int)(address >> 3 & 31),
		 (unsigned int)(address & 7));
	return text;
}
