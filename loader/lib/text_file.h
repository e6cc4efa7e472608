/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files that people write or read: a line with a name and a version, then lines of words. */
#ifndef LUO_LIB_TEXT_FILE_H
#define LUO_LIB_TEXT_FILE_H

#include <stdio.h>

#define LUO_TEXT_LINE	1024

/**
 * struct luo_text - a file that is being read
 * @f:		of it
 * @line:	number of the line in @text; 0: what is wrong is wrong with the whole file
 * @text:	the line
 * @msg:	what is wrong, on one line and without the file's name
 * @msg_size:	bytes of @msg
 */
struct luo_text {
	FILE *f;
	size_t line;
	char text[LUO_TEXT_LINE];
	char *msg;
	size_t msg_size;
};

int luo_text__open(struct luo_text *t, const char *path, char *msg, size_t msg_size);
int luo_text__version(struct luo_text *t, const char *name, int newest);
int luo_text__line(struct luo_text *t, const char *end);
int luo_text__words(struct luo_text *t, const char *end, char **words, int max);
int luo_text__bad(struct luo_text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int luo_text__finish(struct luo_text *t);

#endif /* LUO_LIB_TEXT_FILE_H */
