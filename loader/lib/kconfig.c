// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/kconfig.h"

#define MAX_TEXT	(16 << 20)

static const struct {
	const char *set;
	size_t offset;
} options[] = {
	{ "CONFIG_TRANSPARENT_HUGEPAGE=y", offsetof(struct luo_kconfig, thp) },
	{ "CONFIG_DEFERRED_STRUCT_PAGE_INIT=y", offsetof(struct luo_kconfig, deferred) },
	{ "CONFIG_LIVEUPDATE=y", offsetof(struct luo_kconfig, liveupdate) },
	{ "CONFIG_KEXEC_HANDOVER=y", offsetof(struct luo_kconfig, kho) },
};

const struct luo_kconfig luo_kconfig_unknown = {
	LUOB_UNKNOWN, LUOB_UNKNOWN, LUOB_UNKNOWN, LUOB_UNKNOWN, 0,
};

static bool starts(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && !memcmp(line, word, n);
}

/* 7.3 says CONFIG_PAGE_SHIFT; others leave it to the architecture. */
static void read_page_size(const char *line, size_t len, struct luo_kconfig *c)
{
	static const char shift[] = "CONFIG_PAGE_SHIFT=", x86[] = "CONFIG_X86_64=y";
	size_t n = sizeof(shift) - 1;

	if (len == n + 2 && starts(line, len, shift) && line[n] == '1' && line[n + 1] >= '2' &&
	    line[n + 1] <= '6')
		c->page_size = 1U << (10 + line[n + 1] - '0');
	else if (len == sizeof(x86) - 1 && starts(line, len, x86))
		c->page_size = 4096;
}

static void read_line(const char *line, size_t len, struct luo_kconfig *c)
{
	size_t i;

	read_page_size(line, len, c);

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (len == strlen(options[i].set) && starts(line, len, options[i].set))
			*(enum luob_known *)((char *)c + options[i].offset) = LUOB_YES;
}

/* Takes from @more what it knows. */
void luo_kconfig__add(struct luo_kconfig *c, const struct luo_kconfig *more)
{
	enum luob_known known;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		known = *(enum luob_known *)((char *)more + options[i].offset);
		if (known != LUOB_UNKNOWN)
			*(enum luob_known *)((char *)c + options[i].offset) = known;
	}
	if (more->page_size)
		c->page_size = more->page_size;
}

/**
 * luo_kconfig__parse - read a configuration
 * @text: lines as in a kernel's .config; not terminated
 * @size: bytes of @text
 * @c: result; what a configuration does not set is off. Untouched on failure
 *
 * Return: 0, -EINVAL when no line is a kernel configuration's.
 */
int luo_kconfig__parse(const char *text, size_t size, struct luo_kconfig *c)
{
	struct luo_kconfig n = { LUOB_NO, LUOB_NO, LUOB_NO, LUOB_NO, 0 };
	const char *end = text + size, *nl;
	bool any = false;
	size_t len;

	for (; text < end; text += len + 1) {
		nl = memchr(text, '\n', end - text);
		len = (nl ? nl : end) - text;
		any |= starts(text, len, "CONFIG_") || starts(text, len, "# CONFIG_");
		read_line(text, len && text[len - 1] == '\r' ? len - 1 : len, &n);
	}
	if (!any)
		return -EINVAL;
	*c = n;
	return 0;
}

/**
 * luo_kconfig__is_set - is an option on?
 * @text: a configuration, as for luo_kconfig__parse()
 * @size: bytes of @text; 0 when there is none
 * @option: "CONFIG_X"
 *
 * Return: LUOB_YES for =y and =m, LUOB_NO for anything else, LUOB_UNKNOWN without @text.
 */
enum luob_known luo_kconfig__is_set(const char *text, size_t size, const char *option)
{
	const char *end = text + size, *nl;
	size_t len, n = strlen(option);

	if (!size)
		return LUOB_UNKNOWN;
	for (; text < end; text += len + 1) {
		nl = memchr(text, '\n', end - text);
		len = (nl ? nl : end) - text;
		if (len >= n + 2 && starts(text, len, option) && text[n] == '=')
			return text[n + 1] == 'y' || text[n + 1] == 'm' ? LUOB_YES : LUOB_NO;
	}
	return LUOB_NO;
}

/* All of a file, at most MAX_TEXT bytes: a configuration is 300 KiB. */
static ssize_t read_all(int fd, char **text)
{
	size_t cap = 0, len = 0;
	ssize_t n;
	char *p;

	*text = NULL;
	do {
		if (len == cap) {
			cap = cap ? cap * 2 : 1 << 16;
			p = cap <= MAX_TEXT ? realloc(*text, cap) : NULL;
			if (!p)
				return cap <= MAX_TEXT ? -ENOMEM : -EINVAL;
			*text = p;
		}
		n = read(fd, *text + len, cap - len);
		if (n < 0)
			return -errno;
		len += n;
	} while (n);
	return len;
}

/**
 * luo_kconfig__read - read a configuration file
 * @path: the file
 * @c: result, untouched on failure
 *
 * Return: 0, -EINVAL when it is no kernel configuration, what open(2) and read(2)
 * say, -ENOMEM.
 */
int luo_kconfig__read(const char *path, struct luo_kconfig *c)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;
	char *text;

	if (fd < 0)
		return -errno;
	len = read_all(fd, &text);
	close(fd);
	if (len >= 0)
		len = luo_kconfig__parse(text, len, c);
	free(text);
	return len;
}
