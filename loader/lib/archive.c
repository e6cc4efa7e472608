// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/archive.h"

#define TAR_BLOCK	512
#define TAR_NAME	100
#define TAR_SIZE	124
#define TAR_TYPE	156
#define TAR_PREFIX	345
#define TAR_PREFIX_SIZE	155

#define CPIO_HEADER	110
#define CPIO_SIZE	54	/* eight hexadecimal digits each */
#define CPIO_NAME_SIZE	94
#define CPIO_END	"TRAILER!!!"

#define MAX_NAME	4096
#define MAX_FILE	((__u64)512 << 20)

enum phase {
	HEADER,
	NAME,			/* of a cpio's file; of a tar's next one ('L') */
	BODY,
	SKIP,			/* padding, and what nobody wants */
	END,
};

/**
 * struct archive - where it stands
 * @phase:	what comes
 * @left:	bytes of it still to come
 * @pad:	bytes to skip behind the body
 * @size:	bytes of the file
 * @long_name:	@name is that of the next file
 * @name:	of the file at hand
 * @held:	what was kept of this phase
 * @consumed:	bytes taken up to the end mark
 */
struct archive {
	enum archive_kind kind;
	struct archive_files files;
	enum phase phase;
	__u64 left;
	__u64 pad;
	__u64 size;
	bool long_name;
	char name[MAX_NAME];
	struct luo_image_bytes held;
	__u64 consumed;
};

static void expect(struct archive *a, enum phase phase, __u64 size)
{
	a->phase = phase;
	a->left = size;
	a->held.size = 0;
}

static void expect_header(struct archive *a)
{
	expect(a, HEADER, a->kind == ARCHIVE_TAR ? TAR_BLOCK : CPIO_HEADER);
}

struct archive *archive__new(enum archive_kind kind, const struct archive_files *files)
{
	struct archive *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->kind = kind;
	a->files = *files;
	expect_header(a);
	return a;
}

void archive__free(struct archive *a)
{
	if (!a)
		return;
	luo_image_bytes__free(&a->held);
	free(a);
}

/* Another archive of the same kind begins. */
void archive__restart(struct archive *a)
{
	a->consumed = 0;
	a->long_name = false;
	expect_header(a);
}

/* Digits, ended by anything else. */
static __u64 number(const __u8 *p, size_t len, unsigned int base)
{
	__u64 v = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned int d = p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10;

		if (p[i] < '0' || d >= base)
			break;
		v = v * base + d;
	}
	return v;
}

/* The file, or nothing but its bytes to skip. */
static void expect_body(struct archive *a)
{
	bool want = a->size && a->size <= MAX_FILE && a->files.want(a->files.priv, a->name);

	if (want)
		expect(a, BODY, a->size);
	else
		expect(a, SKIP, a->size + a->pad);
}

static int tar_header(struct archive *a)
{
	const __u8 *h = a->held.data;
	size_t n = 0;

	if (!h[0]) {
		expect(a, END, 0);
		return 0;
	}
	if (memcmp(h + 257, "ustar", 5))
		return -EINVAL;
	a->size = number(h + TAR_SIZE, 12, 8);
	a->pad = -a->size % TAR_BLOCK;
	if (h[TAR_TYPE] == 'L' && a->size < MAX_NAME) {
		a->long_name = true;
		expect(a, NAME, a->size);
		return 0;
	}
	if (!a->long_name) {
		if (h[TAR_PREFIX] && !memcmp(h + 257, "ustar\0", 6))
			n = snprintf(a->name, MAX_NAME, "%.*s/", TAR_PREFIX_SIZE,
				     (const char *)h + TAR_PREFIX);
		snprintf(a->name + n, MAX_NAME - n, "%.*s", TAR_NAME, (const char *)h);
	}
	a->long_name = false;
	/* Only files: links have a size in some archives, and nothing behind it. */
	if (h[TAR_TYPE] != '0' && h[TAR_TYPE])
		expect(a, SKIP, h[TAR_TYPE] == '1' || h[TAR_TYPE] == '2' ? 0 : a->size + a->pad);
	else
		expect_body(a);
	return 0;
}

static int cpio_header(struct archive *a)
{
	const __u8 *h = a->held.data;
	__u64 name;

	if (memcmp(h, "070701", 6) && memcmp(h, "070702", 6))
		return -EINVAL;
	a->size = number(h + CPIO_SIZE, 8, 16);
	a->pad = -a->size % 4;
	name = number(h + CPIO_NAME_SIZE, 8, 16);
	if (!name || name > MAX_NAME)
		return -EINVAL;
	expect(a, NAME, name + -(name + CPIO_HEADER) % 4);
	return 0;
}

static void take_name(struct archive *a)
{
	size_t n = a->held.size < MAX_NAME ? a->held.size : MAX_NAME - 1;

	memcpy(a->name, a->held.data, n);
	a->name[n] = 0;
	if (a->kind == ARCHIVE_TAR)
		expect(a, SKIP, a->pad);
	else if (!strcmp(a->name, CPIO_END))
		expect(a, END, 0);
	else
		expect_body(a);
}

/* All of the phase is there. */
static int next(struct archive *a)
{
	int err = 0;

	switch (a->phase) {
	case HEADER:
		err = a->kind == ARCHIVE_TAR ? tar_header(a) : cpio_header(a);
		break;
	case NAME:
		take_name(a);
		break;
	case BODY:
		err = a->files.got(a->files.priv, a->name, a->held.data, a->held.size);
		expect(a, SKIP, a->pad);
		break;
	default:
		expect_header(a);
	}
	return err;
}

/* For struct luo_sink. Return: 0, 1 at the end, -EINVAL for damage, or what got() says. */
int archive__take(void *archive, const void *data, size_t size)
{
	struct archive *a = archive;
	const __u8 *p = data;
	int err = 0;
	size_t n;

	while (!err && a->phase != END && (size || !a->left)) {
		n = size < a->left ? size : a->left;
		if (a->phase != SKIP && n && luo_image_bytes__add(&a->held, p, n))
			return -ENOMEM;
		p += n;
		size -= n;
		a->left -= n;
		a->consumed += n;
		if (!a->left)
			err = next(a);
	}
	return err ? err : a->phase == END;
}

/* Was the end mark seen? *@consumed: bytes up to it. */
bool archive__ended(const struct archive *a, __u64 *consumed)
{
	*consumed = a->consumed;
	return a->phase == END;
}
