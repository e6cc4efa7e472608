// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/image_scan.h"

/* kernel/configs.c puts a gzip file between these; the magic tells them from mere text. */
#define CONFIG_START	"IKCFG_ST\x1f\x8b\x08"
#define CONFIG_END	"IKCFG_ED"
#define MARK		8
#define CONFIG_MAX	(4 << 20)
#define TEXT_MAX	(16 << 20)

#define BANNER		"Linux version "
#define RELEASE_MAX	80

/* What is looked for may lie across two pieces: this much of the last one is kept. */
#define KEEP		128
#define PIECE		(64 << 10)

/**
 * struct luo_scan - one kernel
 * @want_release: the banner too, not only the configuration
 * @release:	from the banner, or ""
 * @in_config:	between the marks
 * @complete:	the end mark was seen
 * @config:	what is between the marks
 * @len:	bytes of @config
 * @cap:	bytes allocated for it
 * @held:	bytes in @buf
 * @buf:	the end of what came before, and the piece at hand
 */
struct luo_scan {
	bool want_release;
	char release[RELEASE_MAX];
	bool in_config;
	bool complete;
	__u8 *config;
	size_t len;
	size_t cap;
	size_t held;
	__u8 buf[KEEP + PIECE];
};

struct luo_scan *luo_scan__new(bool want_release)
{
	struct luo_scan *s = calloc(1, sizeof(*s));

	if (s)
		s->want_release = want_release;
	return s;
}

void luo_scan__free(struct luo_scan *s)
{
	if (!s)
		return;
	free(s->config);
	free(s);
}

/* A release becomes part of file names and of messages. */
bool luo_image__is_release(const char *text, size_t len)
{
	size_t i;

	if (!len || len >= RELEASE_MAX || !isdigit((unsigned char)*text))
		return false;
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr(".-_+~", text[i]))
			return false;
	return true;
}

/* "Linux version 7.3.4 (builder@host) ..."; other texts start like that too. */
static void find_release(struct luo_scan *s)
{
	const __u8 *p = s->buf, *end = s->buf + s->held, *space;
	size_t n = strlen(BANNER);

	while ((p = memmem(p, end - p, BANNER, n))) {
		p += n;
		space = memchr(p, ' ', end - p);
		if (!space || !luo_image__is_release((const char *)p, space - p))
			continue;
		memcpy(s->release, p, space - p);
		return;
	}
}

static int grow(struct luo_scan *s, size_t size)
{
	size_t cap = s->cap ? s->cap : 256 << 10;
	__u8 *p;

	while (cap < size)
		cap *= 2;
	if (cap == s->cap)
		return 0;
	p = realloc(s->config, cap);
	if (!p)
		return -ENOMEM;
	s->config = p;
	s->cap = cap;
	return 0;
}

/* More of what follows the start mark. */
static int add_config(struct luo_scan *s, const __u8 *data, size_t size)
{
	size_t from = s->len < MARK ? 0 : s->len - MARK + 1;
	const __u8 *ed;

	if (grow(s, s->len + size))
		return -ENOMEM;
	memcpy(s->config + s->len, data, size);
	s->len += size;
	ed = memmem(s->config + from, s->len - from, CONFIG_END, MARK);
	if (ed) {
		s->len = ed - s->config;
		s->complete = true;
	}
	if (ed || s->len > CONFIG_MAX)
		s->in_config = false;
	return 0;
}

/* A start mark without an end nearby is none: the search goes on behind it. */
static int find_config(struct luo_scan *s)
{
	const __u8 *st;

	st = memmem(s->buf, s->held, CONFIG_START, sizeof(CONFIG_START) - 1);
	if (!st)
		return 0;
	s->in_config = true;
	s->len = 0;
	return add_config(s, st + MARK, s->buf + s->held - st - MARK);
}

static bool done(const struct luo_scan *s)
{
	return s->complete && (!s->want_release || *s->release);
}

static int take_piece(struct luo_scan *s, const __u8 *data, size_t size)
{
	size_t keep = s->held < KEEP ? s->held : KEEP;
	int err = 0;

	memmove(s->buf, s->buf + s->held - keep, keep);
	memcpy(s->buf + keep, data, size);
	s->held = keep + size;
	if (s->want_release && !*s->release)
		find_release(s);
	if (s->in_config)
		err = add_config(s, data, size);
	else if (!s->complete)
		err = find_config(s);
	return err ? err : done(s);
}

/* For struct luo_sink. Return: 1 when nothing more is wanted, 0, -ENOMEM. */
int luo_scan__take(void *priv, const void *data, size_t size)
{
	const __u8 *p = data;
	size_t n;
	int rc = 0;

	for (; size && !rc; p += n, size -= n) {
		n = size < PIECE ? size : PIECE;
		rc = take_piece(priv, p, n);
	}
	return rc;
}

/* Return: "" when there was no banner. */
const char *luo_scan__release(const struct luo_scan *s)
{
	return s->release;
}

/* Return: bytes of *@text, or 0 for damage and for a text that is too long. */
static size_t inflate_config(const struct luo_scan *s, char **text)
{
	z_stream z = { .next_in = s->config, .avail_in = s->len };
	size_t cap = 1 << 20, len = 0;
	int rc = Z_OK;
	char *p;

	*text = NULL;
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return 0;
	for (; rc == Z_OK && cap <= TEXT_MAX; cap *= 2) {
		p = realloc(*text, cap);
		if (!p)
			break;
		*text = p;
		z.next_out = (__u8 *)*text + len;
		z.avail_out = cap - len;
		rc = inflate(&z, Z_NO_FLUSH);
		len = cap - z.avail_out;
	}
	inflateEnd(&z);
	return rc == Z_STREAM_END ? len : 0;
}

/* Return: 0, -ENOENT when there is none, -EINVAL when it is damaged. */
int luo_scan__config(const struct luo_scan *s, struct luo_kconfig *c, char *msg, size_t msg_size)
{
	size_t len;
	char *text;
	int err;

	if (s->in_config) {
		snprintf(msg, msg_size, "its built-in configuration is cut short");
		return -EINVAL;
	}
	if (!s->complete)
		return -ENOENT;
	len = inflate_config(s, &text);
	err = len ? luo_kconfig__parse(text, len, c) : -EINVAL;
	free(text);
	if (err)
		snprintf(msg, msg_size, "its built-in configuration is damaged");
	return err;
}
