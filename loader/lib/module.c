// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "abi/driver_records.h"
#include "abi/pci_records.h"
#include "lib/module.h"

/* Return: 0 or a negative errno; -ENXIO when the module is not there. */
static int call(unsigned long request, void *arg)
{
	int fd = open(LUO_MODULE_DEVICE, O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? -ENXIO : -errno;
	if (ioctl(fd, request, arg))
		err = -errno;
	close(fd);
	return err;
}

/**
 * luo_module__arm - hand a blob over
 * @blob: from luo_blob__pack()
 * @size: its bytes
 *
 * Return: 0; -EBUSY when armed already; -ENXIO without the module; else what is wrong,
 * and luo_module__said() tells more.
 */
int luo_module__arm(void *blob, size_t size)
{
	struct luob_arm arm = { .blob = (__u64)(unsigned long)blob, .size = size };

	return call(LUOB_IOC_ARM, &arm);
}

/* Return: 0, -ENOENT when not armed. */
int luo_module__disarm(void)
{
	return call(LUOB_IOC_DISARM, NULL);
}

/* Freeze, translate, accept, and veto. Return: 0 if the state would be carried, -ECANCELED. */
int luo_module__rehearse(void)
{
	return call(LUOB_IOC_REHEARSE, NULL);
}

int luo_module__status(struct luob_status *s)
{
	memset(s, 0, sizeof(*s));
	return call(LUOB_IOC_STATUS, s);
}

/* The report that came with the state, or the one of the last transaction here. */
int luo_module__report(bool incoming, struct luo_bpf_report___v3 *r)
{
	memset(r, 0, sizeof(*r));
	return call(incoming ? LUOB_IOC_REPORT : LUOB_IOC_LAST, r);
}

/**
 * luo_module__incoming - records of ours that the old kernel handed over
 * @subtree: which
 * @buf: result
 * @size: room
 *
 * Return: their bytes; -ENOENT when there are none, -ENOSPC.
 */
ssize_t luo_module__incoming(const char *subtree, void *buf, size_t size)
{
	struct luob_list list = { .buf = (__u64)(unsigned long)buf, .size = size };
	int err = call(strcmp(subtree, LUO_BPF_PCI_SUBTREE) ? LUOB_IOC_DRIVERS : LUOB_IOC_PCI,
		       &list);

	return err ? err : list.nr > size ? -ENOSPC : (ssize_t)list.nr;
}

/* A list may grow between two calls: asked again until it fits. */
static int get_list(unsigned long request, size_t each, void **entries, size_t *nr)
{
	struct luob_list list = {};
	size_t room = 64;
	int err;

	for (;;) {
		*entries = calloc(room, each);
		if (!*entries)
			return -ENOMEM;
		list.buf = (__u64)(unsigned long)*entries;
		list.size = room * each;
		err = call(request, &list);
		if (!err && list.nr <= room) {
			*nr = list.nr;
			return 0;
		}
		free(*entries);
		*entries = NULL;
		if (err)
			return err;
		room = list.nr + 64;
	}
}

/**
 * luo_module__live - what LUO holds now
 * @entries: result, to be freed
 * @nr: their number
 *
 * Return: 0, -ENOENT when live update is off, -ENOMEM.
 */
int luo_module__live(struct luob_live_entry **entries, size_t *nr)
{
	return get_list(LUOB_IOC_LIVE, sizeof(**entries), (void **)entries, nr);
}

/**
 * luo_module__results - blockers and, after a rehearsal, records
 * @results: result, to be freed
 * @nr: their number, of which the module keeps a thousand
 *
 * Return: 0, -ENOMEM.
 */
int luo_module__results(struct luob_result **results, size_t *nr)
{
	struct luob_list list = { .size = LUOB_RESULTS_MAX * sizeof(**results) };
	int err;

	*results = calloc(LUOB_RESULTS_MAX, sizeof(**results));
	if (!*results)
		return -ENOMEM;
	list.buf = (__u64)(unsigned long)*results;
	err = call(LUOB_IOC_RESULTS, &list);
	*nr = list.nr < LUOB_RESULTS_MAX ? list.nr : LUOB_RESULTS_MAX;
	return err;
}

/* The module's last lines, to be freed; "" when there are none, NULL without memory. */
char *luo_module__said(void)
{
	int fd = open(LUO_MODULE_DEVICE, O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, 16 * 1024);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && text && len < 16 * 1024 - 1 &&
	       (n = read(fd, text + len, 16 * 1024 - 1 - len)) > 0)
		len += n;
	if (fd >= 0)
		close(fd);
	return text;
}

/* What a negative errno of these functions means, where nothing more is known. */
const char *luo_module__strerror(int err)
{
	return err == -ENXIO ? "no such device: is luo_bpf.ko loaded?" : strerror(-err);
}
