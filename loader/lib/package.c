// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/package.h"
#include "lib/unpack.h"

#define AR_MAGIC	"!<arch>\n"
#define AR_HEADER	60
#define AR_SIZE		48
#define AR_MEMBERS	16	/* a package has three */
#define RPM_MAGIC	"\xed\xab\xee\xdb"
#define PIECE		(64 << 10)

static int fail(char *msg, size_t msg_size, int err, const char *text)
{
	snprintf(msg, msg_size, "%s", text);
	return err;
}

/* Debian's packages are ar archives; Red Hat's are named, so that it can be said. */
bool luo_package__is(const char *path)
{
	char magic[8] = "";
	struct stat st;
	ssize_t n;
	int fd;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, magic, sizeof(magic));
	close(fd);
	return n == sizeof(magic) &&
	       (!memcmp(magic, AR_MAGIC, 8) || !memcmp(magic, RPM_MAGIC, 4));
}

/* Bytes that are not compressed. Return: as archive__take(). */
static int plain(int fd, __u64 off, __u64 len, struct archive *a, char *msg, size_t msg_size)
{
	static __thread char buf[PIECE];
	ssize_t n;
	int rc = 0;

	for (; len && !rc; off += n, len -= n) {
		n = pread(fd, buf, len < PIECE ? len : PIECE, off);
		if (n <= 0)
			return fail(msg, msg_size, n ? -errno : -EINVAL,
				    n ? strerror(errno) : "the file is cut short");
		rc = archive__take(a, buf, n);
	}
	return rc;
}

static int unpack(int fd, __u64 off, __u64 len, struct archive *a, char *msg, size_t msg_size)
{
	struct luo_sink sink = { .take = archive__take, .priv = a };
	int rc = luo_unpack(fd, off, len, &sink, msg, msg_size);

	if (rc != -ENOTSUP)
		return rc;
	*msg = 0;
	return plain(fd, off, len, a, msg, msg_size);
}

/* The archive "data.tar*" of a Debian package. */
static int find_data(int fd, __u64 size, __u64 *off, __u64 *len)
{
	char h[AR_HEADER + 1] = "";
	__u64 at = strlen(AR_MAGIC);
	int i;

	for (i = 0; i < AR_MEMBERS && pread(fd, h, AR_HEADER, at) == AR_HEADER; i++) {
		*len = strtoull(h + AR_SIZE, NULL, 10);
		*off = at + AR_HEADER;
		if (memcmp(h + 58, "`\n", 2) || *off > size || *len > size - *off)
			return -EINVAL;
		if (!strncmp(h, "data.tar", 8))
			return 0;
		at = *off + *len + *len % 2;
	}
	return -EINVAL;
}

static int read_package(int fd, struct archive *a, char *msg, size_t msg_size)
{
	__u64 off, len, consumed;
	char magic[8] = "";
	struct stat st;
	int rc;

	if (fstat(fd, &st) || pread(fd, magic, sizeof(magic), 0) < 0)
		return fail(msg, msg_size, -errno, strerror(errno));
	if (!memcmp(magic, RPM_MAGIC, 4))
		return fail(msg, msg_size, -ENOEXEC, "an RPM package: unpack it (rpm2cpio FILE | "
						     "cpio -id) and name its vmlinuz");
	if (find_data(fd, st.st_size, &off, &len))
		return fail(msg, msg_size, -EINVAL, "a package that is damaged or cut short");
	*msg = 0;
	rc = unpack(fd, off, len, a, msg, msg_size);
	if (rc == -EINVAL && !*msg)
		fail(msg, msg_size, rc, "the files in this package are damaged");
	else if (!rc && !archive__ended(a, &consumed))
		rc = fail(msg, msg_size, -EINVAL, "the files in this package are cut short");
	return rc < 0 ? rc : 0;
}

static int each(const char *path, enum archive_kind kind, const struct archive_files *files,
		int (*read)(int fd, struct archive *a, char *msg, size_t msg_size), char *msg,
		size_t msg_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct archive *a;

	if (fd < 0)
		return fail(msg, msg_size, -errno, strerror(errno));
	a = archive__new(kind, files);
	err = a ? read(fd, a, msg, msg_size) : fail(msg, msg_size, -ENOMEM, "no memory");
	archive__free(a);
	close(fd);
	return err;
}

/**
 * luo_package__each - files of a package
 * @path: a Debian package; its data.tar may be packed with gzip, xz or zstd
 * @files: who wants which; ends early when got() returns 1
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0, -ENOEXEC for other packages, -EINVAL for damage, -EFBIG, -ENOMEM, or what
 * open(2) and read(2) say.
 */
int luo_package__each(const char *path, const struct archive_files *files, char *msg,
		      size_t msg_size)
{
	return each(path, ARCHIVE_TAR, files, read_package, msg, msg_size);
}

/* Zeros between two archives, and behind the last: there may be many. */
static __u64 skip_zeros(int fd, __u64 off)
{
	char buf[4096];
	ssize_t n, i;

	while ((n = pread(fd, buf, sizeof(buf), off)) > 0) {
		for (i = 0; i < n && !buf[i]; i++)
			;
		off += i;
		if (i < n)
			break;
	}
	return off;
}

/*
 * An initial RAM disk is one cpio archive after the other, padded with zeros; the last is
 * usually compressed, microcode before it is not.
 */
static int read_initrd(int fd, struct archive *a, char *msg, size_t msg_size)
{
	__u64 off = 0, used;
	char magic[4];
	struct stat st;
	int rc = 1;

	if (fstat(fd, &st))
		return fail(msg, msg_size, -errno, strerror(errno));
	*msg = 0;
	while (rc > 0 && pread(fd, magic, sizeof(magic), off) == sizeof(magic)) {
		if (memcmp(magic, "0707", 4)) {
			rc = unpack(fd, off, st.st_size - off, a, msg, msg_size);
			rc = rc > 0 ? 0 : rc ? rc : -EINVAL;
			break;
		}
		archive__restart(a);
		rc = plain(fd, off, st.st_size - off, a, msg, msg_size);
		rc = rc ? rc : -EINVAL;
		if (rc > 0 && !archive__ended(a, &used))
			return 0;	/* whoever takes files has enough */
		off = skip_zeros(fd, off + used);
		archive__restart(a);
	}
	if (rc == -EINVAL && !*msg)
		fail(msg, msg_size, rc, "no initial RAM disk (cpio), or a damaged one");
	return rc < 0 ? rc : 0;
}

/* As luo_package__each(), for an initial RAM disk. */
int luo_initrd__each(const char *path, const struct archive_files *files, char *msg,
		     size_t msg_size)
{
	return each(path, ARCHIVE_CPIO, files, read_initrd, msg, msg_size);
}
