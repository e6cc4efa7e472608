// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot_write.h"

#define PAGE	((__u64)LUO_SNAPSHOT_PAGE)
#define PA_END	(1ULL << 52)
#define CHUNK	(1U << 20)

/**
 * struct writer - a file that is being made
 * @img:	what goes into it
 * @target:	its name in the end
 * @temp:	its name until then
 * @fd:		the file
 * @ranges:	of the image, adjacent ones joined
 * @phdrs:	one for the note, one per range
 * @buf:	CHUNK bytes
 * @end:	where in the file to go on
 * @done:	bytes of memory written
 * @total:	bytes of memory
 */
struct writer {
	const struct luo_snapshot_image *img;
	char *target;
	bool nameless;		/* temp is a pattern: the file has no name yet */
	char *temp;
	int fd;
	struct luo_snapshot_range *ranges;
	size_t nr_ranges;
	Elf64_Phdr *phdrs;
	char *buf;
	__u64 end;
	__u64 done;
	__u64 total;
	char *msg;
	size_t msg_size;
};

__attribute__((format(printf, 3, 4)))
static int refuse(struct writer *w, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->msg, w->msg_size, fmt, ap);
	va_end(ap);
	return err;
}

#define no_memory(w)	refuse(w, -ENOMEM, "out of memory")

static int cannot_write(struct writer *w, int err)
{
	return refuse(w, err, "cannot write: %s", strerror(-err));
}

static int write_at(int fd, const void *buf, size_t len, __u64 off)
{
	const char *p = buf;

	while (len) {
		ssize_t n = pwrite(fd, p, len, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		off += n;
		len -= n;
	}
	return 0;
}

/* Checks and joins the ranges. */
static int join_ranges(struct writer *w)
{
	const struct luo_snapshot_image *img = w->img;
	struct luo_snapshot_range *last = NULL;
	size_t i;

	if (!img->nr_ranges)
		return refuse(w, -EINVAL, "nothing to write: no memory ranges");
	w->ranges = calloc(img->nr_ranges, sizeof(*w->ranges));
	w->phdrs = calloc(img->nr_ranges + 1, sizeof(*w->phdrs));
	if (!w->ranges || !w->phdrs)
		return no_memory(w);

	for (i = 0; i < img->nr_ranges; i++) {
		struct luo_snapshot_range r = img->ranges[i];

		if ((r.pa | r.len) % PAGE || !r.len || r.len > PA_END || r.pa > PA_END - r.len ||
		    (last && r.pa < last->pa + last->len))
			return refuse(w, -EINVAL,
				      "range %zu, %#llx bytes at %#llx: not whole pages in order",
				      i, (unsigned long long)r.len, (unsigned long long)r.pa);
		w->total += r.len;
		if (last && last->pa + last->len == r.pa) {
			last->len += r.len;
			continue;
		}
		last = &w->ranges[w->nr_ranges++];
		*last = r;
	}
	return 0;
}

/* Makes the temporary file beside what @path leads to. */
static int make_temp(struct writer *w, const char *path)
{
	char *dir, *where;
	struct stat st;
	int n;

	if (!*path || !strcmp(path, "-"))
		return refuse(w, -EINVAL, "a core can't go to standard output; give a file name");
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return refuse(w, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL,
			      "exists and is not a regular file; give another name");

	w->target = realpath(path, NULL);
	if (!w->target)
		w->target = strdup(path);
	dir = w->target ? strdup(w->target) : NULL;
	if (!dir)
		return no_memory(w);
	where = dirname(dir);
	n = asprintf(&w->temp, "%s/.luo-XXXXXX", where);
	if (n < 0) {
		w->temp = NULL;
		free(dir);
		return no_memory(w);
	}
	/* Without a name a killed writer leaves no guest memory behind. */
	w->fd = open(where, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	w->nameless = w->fd >= 0;
	free(dir);
	if (!w->nameless)
		w->fd = mkostemp(w->temp, O_CLOEXEC);
	if (w->fd >= 0)
		return 0;
	free(w->temp);
	w->temp = NULL;
	return refuse(w, -errno, "cannot make a file in its directory: %s", strerror(errno));
}

/* A name for a nameless file: linkat() cannot replace the target itself. */
static int name_temp(struct writer *w)
{
	char fd[64];

	if (!w->nameless)
		return 0;
	sprintf(w->temp + strlen(w->temp) - 6, "%06x", getpid() & 0xffffff);
	snprintf(fd, sizeof(fd), "/proc/self/fd/%d", w->fd);
	unlink(w->temp);
	if (linkat(AT_FDCWD, fd, AT_FDCWD, w->temp, AT_SYMLINK_FOLLOW))
		return refuse(w, -errno, "cannot give a finished file a name: %s",
			      strerror(errno));
	w->nameless = false;
	return 0;
}

static size_t pad4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* The note goes behind the headers. */
static int write_notes(struct writer *w)
{
	static const char name[] = LUO_SNAPSHOT_NOTE;
	size_t len = strlen(w->img->notes) + 1, head = sizeof(Elf64_Nhdr) + pad4(sizeof(name));
	Elf64_Nhdr nhdr = {
		.n_namesz = sizeof(name),
		.n_descsz = len,
		.n_type = LUO_SNAPSHOT_NOTE_TYPE,
	};
	char *p;
	int err;

	if (len > 16U << 20)
		return refuse(w, -EINVAL, "%zu bytes of notes; at most 16 MiB can be read", len);
	p = calloc(1, head + pad4(len));
	if (!p)
		return no_memory(w);
	memcpy(p, &nhdr, sizeof(nhdr));
	memcpy(p + sizeof(nhdr), name, sizeof(name));
	memcpy(p + head, w->img->notes, len);

	w->phdrs[0] = (Elf64_Phdr) {
		.p_type = PT_NOTE, .p_offset = w->end, .p_filesz = head + pad4(len), .p_align = 4,
	};
	err = write_at(w->fd, p, head + pad4(len), w->end);
	free(p);
	if (err)
		return cannot_write(w, err);
	w->end += head + pad4(len);
	return 0;
}

/* Header, program headers and, if there are that many, the section header that counts them. */
static __u64 headers_end(const struct writer *w)
{
	size_t nr = w->nr_ranges + 1;

	return sizeof(Elf64_Ehdr) + nr * sizeof(Elf64_Phdr) +
	       (nr >= PN_XNUM ? sizeof(Elf64_Shdr) : 0);
}

/*
 * Not by libelf: it cuts off what is behind the headers that it writes, so they
 * would have to go first, and section header 0 comes out as zeros (0.188).
 */
static int write_headers(struct writer *w)
{
	size_t nr = w->nr_ranges + 1, size = nr * sizeof(*w->phdrs);
	bool many = nr >= PN_XNUM;
	Elf64_Shdr shdr = { .sh_info = nr };
	Elf64_Ehdr ehdr = {
		.e_ident = {
			ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
			ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
		},
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(ehdr),
		.e_shoff = many ? sizeof(ehdr) + size : 0,
		.e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(*w->phdrs),
		.e_phnum = many ? PN_XNUM : nr,
		.e_shentsize = sizeof(shdr),
		.e_shnum = many,
	};
	int err;

	err = write_at(w->fd, &ehdr, sizeof(ehdr), 0);
	err = err ?: write_at(w->fd, w->phdrs, size, ehdr.e_phoff);
	if (many)
		err = err ?: write_at(w->fd, &shdr, sizeof(shdr), ehdr.e_shoff);
	return err ? cannot_write(w, err) : 0;
}

static bool is_zero(const char *p, size_t len)
{
	return !*p && !memcmp(p, p + 1, len - 1);
}

/* One piece of a range, less pages of zeros and zeros at the end; @file follows. */
static int write_chunk(struct writer *w, const char *buf, size_t len, __u64 at, __u64 *file)
{
	size_t from = 0, to, end;
	int err;

	while (from < len) {
		if (is_zero(buf + from, PAGE)) {
			from += PAGE;
			continue;
		}
		for (to = from + PAGE; to < len && !is_zero(buf + to, PAGE);)
			to += PAGE;
		for (end = to; !buf[end - 1];)
			end--;
		err = write_at(w->fd, buf + from, end - from, w->end + at + from);
		if (err)
			return cannot_write(w, err);
		*file = at + end;
		from = to;
	}
	return 0;
}

static int write_range(struct writer *w, const struct luo_snapshot_range *r, Elf64_Phdr *ph)
{
	const struct luo_snapshot_image *img = w->img;
	__u64 at, file = 0;
	size_t len;
	int err;

	for (at = 0; at < r->len; at += len) {
		len = r->len - at < CHUNK ? r->len - at : CHUNK;
		err = img->read(img->priv, r->pa + at, w->buf, len);
		if (err)
			return refuse(w, err, "cannot get %#zx bytes of memory at %#llx: %s", len,
				      (unsigned long long)(r->pa + at), strerror(-err));
		err = write_chunk(w, w->buf, len, at, &file);
		if (err)
			return err;
		w->done += len;
		if (img->progress)
			img->progress(img->priv, w->done, w->total);
	}

	*ph = (Elf64_Phdr) {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_offset = file ? w->end : 0,
		.p_paddr = r->pa, .p_filesz = file, .p_memsz = r->len,
	};
	w->end += file;
	return 0;
}

static int write_contents(struct writer *w)
{
	size_t i;
	int err;

	w->end = headers_end(w);
	err = write_notes(w);
	for (i = 0; i < w->nr_ranges && !err; i++)
		err = write_range(w, &w->ranges[i], &w->phdrs[i + 1]);
	err = err ?: write_headers(w);
	if (err)
		return err;
	if (fsync(w->fd))
		return cannot_write(w, -errno);
	return 0;
}

/* Only now there is something to see. */
static int publish(struct writer *w)
{
	int fd = w->fd, err = name_temp(w);

	if (err)
		return err;
	w->fd = -1;
	if (close(fd))
		return cannot_write(w, -errno);
	if (rename(w->temp, w->target))
		return refuse(w, -errno, "cannot rename a finished file to it: %s",
			      strerror(errno));
	free(w->temp);
	w->temp = NULL;

	/* The name outlives a crash too; if not, there is the old file. */
	fd = open(dirname(w->target), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	return 0;
}

static void release(struct writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	if (w->temp && !w->nameless)
		unlink(w->temp);
	free(w->temp);
	free(w->target);
	free(w->ranges);
	free(w->phdrs);
	free(w->buf);
}

int luo_snapshot__write(const char *path, const struct luo_snapshot_image *img, __u64 *bytes,
			char *msg, size_t msg_size)
{
	struct writer w = { .img = img, .fd = -1, .msg = msg, .msg_size = msg_size };
	int err;

	w.buf = malloc(CHUNK);
	err = w.buf ? join_ranges(&w) : no_memory(&w);
	err = err ?: make_temp(&w, path);
	err = err ?: write_contents(&w);
	err = err ?: publish(&w);
	if (!err && bytes)
		*bytes = w.end;
	release(&w);
	return err;
}
