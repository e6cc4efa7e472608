// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernel images as kexec_file_load(2) takes them: x86's bzImage, whose header is described
 * in Documentation/arch/x86/boot.rst, and vmlinux.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/image.h"
#include "lib/image_scan.h"
#include "lib/unpack.h"

#define SECTOR		512
#define PIECE		(256 << 10)
#define MAX_PHDRS	64
/* Documentation/arch/arm64/booting.rst */
#define ARM64_MAGIC_AT	56

/* The part of the header that is looked at: 0x1f1 to 0x250 of the file. */
struct setup {
	__u8 setup_sects;
	__u8 skip1[0x202 - 0x1f2];
	char magic[4];
	__le16 version;
	__u8 skip2[0x20e - 0x208];
	__le16 kernel_version;
	__u8 skip3[0x248 - 0x210];
	__le32 payload_offset;
	__le32 payload_length;
} __attribute__((packed));

#define SETUP_AT	0x1f1
#define VERSION_BASE	0x200
#define HAS_PAYLOAD	0x0208

_Static_assert(SETUP_AT + sizeof(struct setup) == 0x250, "the header has no holes");

struct image {
	int fd;
	__u64 size;
	struct luo_image_info *info;
	struct luo_image_bytes *keep;	/* the unpacked kernel too, or NULL */
	struct luo_kconfig config;
	char *msg;
	size_t msg_size;
};

static int __attribute__((format(printf, 3, 4)))
fail(struct image *im, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(im->msg, im->msg_size, fmt, ap);
	va_end(ap);
	return err;
}

/* All of @size bytes at @off, or it is an error. */
static int read_at(struct image *im, __u64 off, void *to, size_t size)
{
	ssize_t n = pread(im->fd, to, size, off);

	if (n == (ssize_t)size)
		return 0;
	return n < 0 ? fail(im, -errno, "%s", strerror(errno)) :
		       fail(im, -EINVAL, "the file is cut short");
}

/* What was found in the unpacked kernel. */
static int take_scan(struct image *im, struct luo_scan *scan)
{
	int err = luo_scan__config(scan, &im->config, im->msg, im->msg_size);

	if (!err)
		snprintf(im->info->config_from, sizeof(im->info->config_from), "IKCONFIG");
	return err == -ENOENT ? 0 : err;
}

/* ---- what is kept of it --------------------------------------------------------------- */

int luo_image_bytes__add(struct luo_image_bytes *b, const void *data, size_t size)
{
	size_t cap = b->cap ? b->cap : 16 << 20;
	__u8 *p;

	while (cap < b->size + size)
		cap *= 2;
	if (cap != b->cap) {
		p = realloc(b->data, cap);
		if (!p)
			return -ENOMEM;
		b->data = p;
		b->cap = cap;
	}
	memcpy(b->data + b->size, data, size);
	b->size += size;
	return 0;
}

/* A file that is nowhere but in memory. Return: its descriptor, or a negative errno. */
int luo_memory_file(const void *data, size_t size)
{
	int fd = memfd_create("luo-load", MFD_CLOEXEC), err;
	const char *at = data;
	ssize_t n;

	if (fd < 0)
		return -errno;
	for (; size; at += n, size -= n) {
		n = write(fd, at, size);
		if (n > 0)
			continue;
		err = n ? -errno : -EIO;
		close(fd);
		return err;
	}
	return fd;
}

void luo_image_bytes__free(struct luo_image_bytes *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

/* ---- bzImage -------------------------------------------------------------------------- */

/* "7.3.4 (builder@host) #1 SMP ..." in the setup sectors. */
static int read_version(struct image *im, const struct setup *h, __u64 setup_end)
{
	__u64 at = le16toh(h->kernel_version) + VERSION_BASE;
	char text[sizeof(im->info->release) + 1];
	size_t len = setup_end - at;
	int err;

	if (!h->kernel_version || at >= setup_end)
		return fail(im, -EINVAL, "its header points to no version");
	if (len > sizeof(text))
		len = sizeof(text);
	err = read_at(im, at, text, len);
	if (err)
		return err;
	text[len - 1] = 0;
	len = strcspn(text, " ");
	if (!luo_image__is_release(text, len))
		return fail(im, -EINVAL, "its header holds no version");
	memcpy(im->info->release, text, len);
	return 0;
}

struct tee {
	struct luo_scan *scan;
	struct luo_image_bytes *keep;
	bool scanned;		/* the scan has all that it wants */
};

/* For struct luo_sink: what is kept is kept to its end. */
static int take(void *priv, const void *data, size_t size)
{
	struct tee *t = priv;
	int rc = t->scanned ? 1 : luo_scan__take(t->scan, data, size);

	if (rc < 0 || !t->keep)
		return rc;
	t->scanned = rc;
	return luo_image_bytes__add(t->keep, data, size);
}

static int read_payload(struct image *im, __u64 off, __u64 len)
{
	struct luo_scan *scan = luo_scan__new(false);
	struct tee tee = { .scan = scan, .keep = im->keep };
	struct luo_sink sink = { .take = take, .priv = &tee };
	int err;

	if (!scan)
		return fail(im, -ENOMEM, "no memory");
	err = luo_unpack(im->fd, off, len, &sink, im->msg, im->msg_size);
	if (err >= 0)
		err = take_scan(im, scan);
	else if (err == -ENOTSUP && !im->keep)
		err = 0;	/* a fine kernel, but it doesn't tell */
	luo_scan__free(scan);
	return err;
}

static int read_bzimage(struct image *im, const struct setup *h)
{
	__u64 setup_end = ((h->setup_sects ? h->setup_sects : 4) + 1) * SECTOR;
	__u64 off = setup_end + le32toh(h->payload_offset), len = le32toh(h->payload_length);
	int err;

	if (setup_end > im->size)
		return fail(im, -EINVAL, "the file is cut short");
	err = read_version(im, h, setup_end);
	if (err || le16toh(h->version) < HAS_PAYLOAD || !len)
		return err;
	if (off > im->size || len > im->size - off)
		return fail(im, -EINVAL, "its header promises %llu bytes, there are %llu",
			    (unsigned long long)(off + len), (unsigned long long)im->size);
	return read_payload(im, off, len);
}

/* ---- vmlinux -------------------------------------------------------------------------- */

static int scan_segment(struct image *im, const Elf64_Phdr *p, struct luo_scan *scan, char *buf)
{
	__u64 off = p->p_offset, left = p->p_filesz;
	size_t n;
	int rc;

	if (off > im->size || left > im->size - off)
		return fail(im, -EINVAL, "a segment lies outside of the file");
	for (rc = 0; left && !rc; off += n, left -= n) {
		n = left < PIECE ? left : PIECE;
		rc = read_at(im, off, buf, n);
		if (!rc)
			rc = luo_scan__take(scan, buf, n);
		if (rc == -ENOMEM)
			return fail(im, rc, "no memory");
	}
	return rc;
}

static int scan_segments(struct image *im, const Elf64_Ehdr *e, struct luo_scan *scan, char *buf)
{
	Elf64_Phdr phdrs[MAX_PHDRS];
	unsigned int i;
	int rc;

	rc = read_at(im, e->e_phoff, phdrs, e->e_phnum * sizeof(phdrs[0]));
	for (i = 0; i < e->e_phnum && !rc; i++)
		if (phdrs[i].p_type == PT_LOAD)
			rc = scan_segment(im, &phdrs[i], scan, buf);
	if (rc < 0)
		return rc;
	snprintf(im->info->release, sizeof(im->info->release), "%s", luo_scan__release(scan));
	if (!*im->info->release)
		return fail(im, -ENOEXEC,
			    "an ELF file, but no kernel: no \"Linux version\" in it");
	return take_scan(im, scan);
}

static int read_elf(struct image *im, const Elf64_Ehdr *e)
{
	struct luo_scan *scan;
	char *buf;
	int err;

	if (e->e_ident[EI_CLASS] != ELFCLASS64 || e->e_ident[EI_DATA] != ELFDATA2LSB ||
	    (e->e_type != ET_EXEC && e->e_type != ET_DYN))
		return fail(im, -ENOEXEC, "an ELF file, but no 64-bit little-endian kernel");
	if (e->e_phentsize != sizeof(Elf64_Phdr) || !e->e_phnum || e->e_phnum > MAX_PHDRS ||
	    e->e_phoff > im->size)
		return fail(im, -EINVAL, "its program headers are damaged");
	scan = luo_scan__new(true);
	buf = malloc(PIECE);
	err = scan && buf ? scan_segments(im, e, scan, buf) : fail(im, -ENOMEM, "no memory");
	luo_scan__free(scan);
	free(buf);
	return err;
}

/* ---- either --------------------------------------------------------------------------- */

static int read_image(struct image *im)
{
	union {
		Elf64_Ehdr elf;
		struct setup setup;
	} h;

	if (im->size >= sizeof(h.elf)) {
		int err = read_at(im, 0, &h.elf, sizeof(h.elf));

		if (err)
			return err;
		if (!memcmp(h.elf.e_ident, ELFMAG, SELFMAG))
			return read_elf(im, &h.elf);
		if (!memcmp((char *)&h.elf + ARM64_MAGIC_AT, "ARM\x64", 4))
			return fail(im, -ENOEXEC, "a kernel for arm64: only those for x86-64 are "
						  "read");
	}
	if (im->size >= SETUP_AT + sizeof(h.setup)) {
		int err = read_at(im, SETUP_AT, &h.setup, sizeof(h.setup));

		if (err)
			return err;
		if (!memcmp(h.setup.magic, "HdrS", sizeof(h.setup.magic)))
			return read_bzimage(im, &h.setup);
	}
	return fail(im, -ENOEXEC, "neither a bzImage nor a vmlinux");
}

static bool try_config(struct image *im, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool try_config(struct image *im, const char *fmt, ...)
{
	struct luo_image_info *info = im->info;
	char path[sizeof(info->config_from)];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(path) || luo_kconfig__read(path, &im->config))
		return false;
	snprintf(info->config_from, sizeof(info->config_from), "%s", path);
	return true;
}

/* By the release that the image itself states: its file name may say anything. */
static void look_beside(struct image *im, const char *path)
{
	const char *slash = strrchr(path, '/'), *release = im->info->release;
	int dir = slash ? (int)(slash + 1 - path) : 0;

	if (!try_config(im, "%.*sconfig-%s", dir, path, release) &&
	    !try_config(im, "/boot/config-%s", release))
		try_config(im, "/lib/modules/%s/config", release);
}

static int load(const char *path, struct luo_image_info *info, struct luo_image_bytes *keep,
		char *msg, size_t msg_size)
{
	struct image im = { .info = info, .keep = keep, .msg = msg, .msg_size = msg_size };
	struct stat st;
	int err;

	memset(info, 0, sizeof(*info));
	info->config = im.config = luo_kconfig_unknown;
	/* A pipe is not even opened: who looks for other things in it comes later. */
	if (stat(path, &st))
		return fail(&im, -errno, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(&im, -ENOEXEC, "not a regular file");
	im.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (im.fd < 0)
		return fail(&im, -errno, "%s", strerror(errno));
	im.size = st.st_size;
	err = read_image(&im);
	close(im.fd);
	if (!err && !*info->config_from)
		look_beside(&im, path);
	info->config = im.config;
	if (err && keep)
		luo_image_bytes__free(keep);
	return err;
}

/**
 * luo_image__read - release and configuration of a kernel image
 * @path: bzImage or vmlinux
 * @info: result; after a failure, nothing in it is known
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Reads only as far as needed, and keeps less than 2 MiB of a gzip'd kernel in memory; xz
 * and zstd keep their dictionary too, lz4 two blocks of 8 MiB.
 *
 * Return: 0, also when nothing tells the configuration; -ENOEXEC when it is no kernel
 * image, -EINVAL when it is a damaged one, -EFBIG, -ENOMEM, or what open(2) and read(2)
 * say.
 */
int luo_image__read(const char *path, struct luo_image_info *info, char *msg, size_t msg_size)
{
	return load(path, info, NULL, msg, msg_size);
}

/**
 * luo_image__load - as luo_image__read(), and the kernel inside of a bzImage
 * @bytes: the unpacked kernel, to be released with luo_image_bytes__free(); empty for a
 *	vmlinux, which is what it is; must be zero before
 *
 * Return: as luo_image__read(); -ENOTSUP for a compression that is not known.
 */
int luo_image__load(const char *path, struct luo_image_info *info, struct luo_image_bytes *bytes,
		    char *msg, size_t msg_size)
{
	return load(path, info, bytes, msg, msg_size);
}
