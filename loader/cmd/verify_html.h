/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the page and its drawings. */
#ifndef LUO_CMD_VERIFY_HTML_H
#define LUO_CMD_VERIFY_HTML_H

#include "cmd/verify.h"

struct html {
	char *path;
	FILE *body;		/* in memory until the page is whole */
	char *text;
	size_t size;
	FILE *contents;		/* the list of sections */
	char *list;
	size_t list_size;
	const char *title;
	unsigned int nr;	/* sections */
	unsigned int drawings;
};

/* What a field of an object says is text: markup in it is shown, not obeyed. */
void html__text(struct html *h, const char *text);
void html__printf(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* verify_html_draw.c */
void html__draw_flows(struct html *h, const struct verify_result *res, const char *from,
		      const char *to);
void html__draw_checks(struct html *h, const struct verify_result *res, const char *from);

#endif /* LUO_CMD_VERIFY_HTML_H */
