// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines of words. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text_file.h"

/* Return: 0, or what open(2) says, with @msg. */
int luo_text__open(struct luo_text *t, const char *path, char *msg, size_t msg_size)
{
	int err;

	t->line = 0;
	t->msg = msg;
	t->msg_size = msg_size;
	t->f = fopen(path, "re");
	if (t->f)
		return 0;
	err = -errno;
	snprintf(msg, msg_size, "%s", strerror(-err));
	return err;
}

/* Says what is wrong, and where. Return: -EINVAL. */
int luo_text__bad(struct luo_text *t, const char *fmt, ...)
{
	va_list ap;
	int n = 0;

	if (t->line)
		n = snprintf(t->msg, t->msg_size, "line %zu: ", t->line);
	va_start(ap, fmt);
	vsnprintf(t->msg + n, t->msg_size - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/**
 * luo_text__version - read the first line, "luo-NAME VERSION"
 * @t: file
 * @name: what it has to be
 * @newest: version that is understood
 *
 * What a newer version means is not guessed.
 *
 * Return: the version, -EINVAL.
 */
int luo_text__version(struct luo_text *t, const char *name, int newest)
{
	char magic[32], *end = "";
	long v = 0;
	int n;

	n = snprintf(magic, sizeof(magic), "luo-%s ", name);
	if (fgets(t->text, sizeof(t->text), t->f) && !strncmp(t->text, magic, n))
		v = strtol(t->text + n, &end, 10);
	if (v <= 0 || strcmp(end, "\n"))
		return luo_text__bad(t, "no %s: its first line is not 'luo-%s %d'", name, name,
				     newest);
	if (v > newest)
		return luo_text__bad(t, "%s of version %ld, this luo-load knows versions up to "
				     "%d: use a newer one", name, v, newest);
	t->line = 1;
	return v;
}

/* Cuts the line that was read at one of @end, '\n' among them. Return: 0; -EINVAL. */
int luo_text__line(struct luo_text *t, const char *end)
{
	if (!strchr(t->text, '\n') && !feof(t->f))
		return luo_text__bad(t, "it is too long");
	t->text[strcspn(t->text, end)] = 0;
	return 0;
}

/**
 * luo_text__words - the words of the line that was read
 * @t: file
 * @end: characters that end a line's words, '\n' among them
 * @words: result, in @t->text
 * @max: room in @words
 *
 * Return: their number, 0 for a line without any; -EINVAL.
 */
int luo_text__words(struct luo_text *t, const char *end, char **words, int max)
{
	char *save = NULL, *w;
	int nr = 0;

	if (luo_text__line(t, end))
		return -EINVAL;
	for (w = strtok_r(t->text, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		if (nr == max)
			return luo_text__bad(t, "too many words");
		words[nr++] = w;
	}
	return nr;
}

/* No more lines: what is wrong now is wrong with the file. Return: 0, -EINVAL. */
int luo_text__finish(struct luo_text *t)
{
	t->line = 0;
	return ferror(t->f) ? luo_text__bad(t, "%s", strerror(errno)) : 0;
}
