// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/driver_records.h"
#include "lib/incoming.h"
#include "lib/pci_records.h"

#define BYTES_MAX	(sizeof(struct luo_bpf_pci___v2) + \
			 LUO_BPF_PCI_MAX * sizeof(struct luo_bpf_pci_dev___v2))
/* include/linux/ioport.h: I/O ports, memory, prefetchable, 64 bits wide. */
#define KIND_OF_BAR	0x00102300ULL

static bool terminated(const char *s, size_t size)
{
	return strnlen(s, size) < size;
}

/* From another kernel, or a file: nothing of it is taken for granted. */
static int check(const struct luo_bpf_pci___v2 *r, size_t size)
{
	const struct luo_bpf_pci_dev___v2 *d = (const void *)(r + 1);
	__u32 i;

	if (size < sizeof(*r) || !terminated(r->compatible, sizeof(r->compatible)))
		return -EBADMSG;
	if (strcmp(r->compatible, LUO_BPF_PCI))
		return -EPROTONOSUPPORT;
	if (r->nr > LUO_BPF_PCI_MAX || (size - sizeof(*r)) / sizeof(*d) < r->nr)
		return -EBADMSG;
	for (i = 0; i < r->nr; i++)
		if (!terminated(d[i].driver, sizeof(d->driver)) || strchr(d[i].driver, '/') ||
		    !terminated(d[i].override, sizeof(d->override)) ||
		    !terminated(d[i].modalias, sizeof(d->modalias)))
			return -EBADMSG;
	return 0;
}

/**
 * luo_pci_records__read - what the old kernel handed over
 * @path: a file with the record, or NULL: from luo_bpf.ko, or else from debugfs
 * @r: result, to be freed
 *
 * Return: 0; -ENOENT when there is none; -EPROTONOSUPPORT when it is of another version;
 * -EBADMSG when it is damaged; a negative errno.
 */
int luo_pci_records__read(const char *path, struct luo_bpf_pci___v2 **r)
{
	void *buf = calloc(1, BYTES_MAX);
	ssize_t size;
	int err;

	if (!buf)
		return -ENOMEM;
	size = luo_incoming__read(LUO_BPF_PCI_SUBTREE, path, buf, BYTES_MAX);
	err = size < 0 ? size : check(buf, size);
	if (err) {
		free(buf);
		return err;
	}
	*r = buf;
	return 0;
}

const struct luo_bpf_pci_dev___v2 *luo_pci_records__devices(const struct luo_bpf_pci___v2 *r)
{
	return (const void *)(r + 1);
}

/* As records of drivers have it (abi/driver_records.h). */
__u64 luo_pci_dev__address(const struct luo_bpf_pci_dev___v2 *d)
{
	return (__u64)d->domain << 16 | d->bdf;
}

/* "0000:00:1f.2", as sysfs calls it; @text has LUO_DRIVER_ADDRESS bytes. */
const char *luo_pci_dev__name(const struct luo_bpf_pci_dev___v2 *d, char *text)
{
	return luo_driver__address(luo_pci_dev__address(d), text);
}

/* ---- sysfs ----------------------------------------------------------------------------- */

/* A file of the device, without the newline at its end; "" when it is not there. */
static void read_text(const char *dir, const char *name, char *text, size_t size)
{
	char path[512];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	n = luo_incoming__file(path, text, size - 1);
	n = n < 0 ? 0 : n;
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
}

static __u32 read_number(const char *dir, const char *name)
{
	char text[32];

	read_text(dir, name, text, sizeof(text));
	return strtoul(text, NULL, 0);
}

static void read_link(const char *dir, const char *name, char *text, size_t size)
{
	char path[512], to[512], *last;
	size_t len;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	n = readlink(path, to, sizeof(to) - 1);
	to[n < 0 ? 0 : n] = 0;
	last = strrchr(to, '/') ? strrchr(to, '/') + 1 : to;
	len = strlen(last) < size ? strlen(last) : size - 1;
	memcpy(text, last, len);
	text[len] = 0;
}

/* Lines "START END FLAGS". */
static void read_bars(const char *dir, struct luo_bpf_pci_bar *bars)
{
	unsigned long long start, end, flags;
	char path[512];
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "%s/resource", dir);
	f = fopen(path, "re");
	for (i = 0; f && i < LUO_BPF_PCI_BARS; i++) {
		if (fscanf(f, "%llx %llx %llx", &start, &end, &flags) != 3)
			break;
		if (!flags)
			continue;
		bars[i].start = start;
		bars[i].size = end - start + 1;
		bars[i].flags = flags;
	}
	if (f)
		fclose(f);
}

static int read_now(const char *sysfs, const struct luo_bpf_pci_dev___v2 *was,
		    struct luo_bpf_pci_dev___v2 *d)
{
	char dir[400], name[LUO_DRIVER_ADDRESS];
	struct stat st;

	memset(d, 0, sizeof(*d));
	snprintf(dir, sizeof(dir), "%s/bus/pci/devices/%s", sysfs,
		 luo_pci_dev__name(was, name));
	if (stat(dir, &st))
		return -errno;
	d->domain = was->domain;
	d->bdf = was->bdf;
	d->vendor = read_number(dir, "vendor");
	d->device = read_number(dir, "device");
	d->subvendor = read_number(dir, "subsystem_vendor");
	d->subdevice = read_number(dir, "subsystem_device");
	d->class = read_number(dir, "class");
	d->revision = read_number(dir, "revision");
	d->num_vfs = read_number(dir, "sriov_numvfs");
	read_bars(dir, d->bars);
	read_link(dir, "driver", d->driver, sizeof(d->driver));
	read_text(dir, "driver_override", d->override, sizeof(d->override));
	if (!strcmp(d->override, "(null)"))
		d->override[0] = 0;
	return 0;
}

static __u32 compare_bars(const struct luo_bpf_pci_bar *a, const struct luo_bpf_pci_bar *b)
{
	__u32 differs = 0;
	int i;

	for (i = 0; i < LUO_BPF_PCI_BARS; i++) {
		if (a[i].size != b[i].size || (a[i].flags ^ b[i].flags) & KIND_OF_BAR)
			differs |= LUO_PCI_BARS;
		if (a[i].start != b[i].start)
			differs |= LUO_PCI_MOVED;
	}
	return differs;
}

/**
 * luo_pci__compare - is a device what it was?
 * @sysfs: where that is mounted
 * @was: its record, with the names that drivers have by now
 * @now: result
 *
 * Return: 0, also when it is not; a negative errno.
 */
int luo_pci__compare(const char *sysfs, const struct luo_bpf_pci_dev___v2 *was,
		     struct luo_pci_now *now)
{
	const struct luo_bpf_pci_dev___v2 *d = &now->dev;
	int err = read_now(sysfs, was, &now->dev);

	now->differs = 0;
	if (err == -ENOENT) {
		now->differs = LUO_PCI_GONE;
		return 0;
	}
	if (err)
		return err;
	if (d->vendor != was->vendor || d->device != was->device ||
	    d->subvendor != was->subvendor || d->subdevice != was->subdevice ||
	    d->class != was->class || d->revision != was->revision)
		now->differs |= LUO_PCI_IDS;
	now->differs |= compare_bars(was->bars, d->bars);
	if (strcmp(d->driver, was->driver))
		now->differs |= LUO_PCI_DRIVER;
	if (strcmp(d->override, was->override))
		now->differs |= LUO_PCI_OVERRIDE;
	if (was->num_vfs != LUO_BPF_PCI_UNKNOWN16 && d->num_vfs != was->num_vfs)
		now->differs |= LUO_PCI_VFS;
	return 0;
}

bool luo_pci__has_driver(const char *sysfs, const char *driver)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/bus/pci/drivers/%s", sysfs, driver);
	return !stat(path, &st);
}

static int write_text(const char *sysfs, const char *name, const char *text)
{
	char path[512];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/bus/pci/%s", sysfs, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/**
 * luo_pci__enable_vfs - switch virtual functions on, as many as there were
 * @sysfs: where that is mounted
 * @was: the record of the physical function, which has a driver and no virtual function
 *
 * Return: 0; a negative errno, also the driver's.
 */
int luo_pci__enable_vfs(const char *sysfs, const struct luo_bpf_pci_dev___v2 *was)
{
	char name[LUO_DRIVER_ADDRESS], file[64], line[16];

	luo_pci_dev__name(was, name);
	snprintf(file, sizeof(file), "devices/%s/sriov_numvfs", name);
	snprintf(line, sizeof(line), "%u\n", was->num_vfs);
	return write_text(sysfs, file, line);
}

/**
 * luo_pci__bind - give a device without a driver the one it had
 * @sysfs: where that is mounted
 * @was: its record, with the names that drivers have by now
 *
 * By driver_override, so that no other takes it; then that is what it was before.
 *
 * Return: 0 when the kernel was asked; what became of it is for luo_pci__compare().
 */
int luo_pci__bind(const char *sysfs, const struct luo_bpf_pci_dev___v2 *was)
{
	char name[LUO_DRIVER_ADDRESS], file[64], line[LUO_BPF_PCI_NAME + 1];
	int err, back;

	luo_pci_dev__name(was, name);
	snprintf(file, sizeof(file), "devices/%s/driver_override", name);
	err = write_text(sysfs, file, was->driver);
	if (err)
		return err;
	err = write_text(sysfs, "drivers_probe", name);
	/* A newline alone takes it away. */
	snprintf(line, sizeof(line), "%s\n", was->override);
	back = write_text(sysfs, file, line);
	return err ? err : back;
}
