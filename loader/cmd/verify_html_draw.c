// SPDX-License-Identifier: GPL-2.0-only
/* Records and flows as SVG: the old record left, the new one right, curves between them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/verify_html.h"

#define WIDTH		1100
#define BOX		350		/* a record */
#define LEFT		34		/* offsets stand beside it */
#define RIGHT		(WIDTH - BOX - 34)
#define HEAD		26
#define PILL_MAX	22		/* characters; two have room between records */
#define GAP		22		/* between records */
#define ROW_MIN		24
#define ROW_MAX		60

/* Where a slot was drawn. */
struct at {
	int y;
	int height;
	int right;		/* end of what hangs on it */
	int flows;		/* of the output: how many end here, */
	int drawn;		/* and are drawn */
};

struct drawing {
	struct html *h;
	const struct verify_result *res;
	struct at *slots;	/* by number */
	int y;
	bool rules;		/* on the right there is nothing else */
};

/*
 * Three pixels for a byte: sizes can be seen, strings do not take the page. What comes from
 * several places has room for each.
 */
static int row_height(const struct drawing *d, __u32 slot)
{
	int h = d->res->slots[slot].bits * 3 / 8, least = 21 * d->slots[slot].flows + 3;

	h = h < ROW_MIN ? ROW_MIN : h > ROW_MAX ? ROW_MAX : h;
	return h < least ? least : h;
}

static int record_height(const struct drawing *d, const struct verify_record *r)
{
	int h = HEAD;
	__u32 i;

	for (i = 0; i < r->nr; i++)
		h += row_height(d, r->first + i);
	return h;
}

static void rect(struct html *h, const char *class, int x, int y, int w, int height, int rx)
{
	html__printf(h, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
		     "rx=\"%d\"/>", class, x, y, w, height, rx);
}

/* At most @max characters, with a sign that there is more. */
static void short_text(struct html *h, const char *text, int max)
{
	char part[160];

	if (max > (int)sizeof(part) - 1)
		max = sizeof(part) - 1;
	snprintf(part, sizeof(part), "%.*s", max, text);
	if ((int)strlen(text) > max)
		snprintf(part + max - 2, 3, "..");
	html__text(h, part);
}

static void draw_size(struct html *h, const struct verify_slot *s)
{
	if (s->bit % 8 || s->bits % 8)
		html__printf(h, "%u bit", s->bits);
	else
		html__printf(h, "%u B", s->bits / 8);
}

static void draw_row(struct drawing *d, int x, __u32 nr, const char *mark)
{
	const struct verify_slot *s = &d->res->slots[nr];
	int y = d->slots[nr].y, height = d->slots[nr].height, mid = y + height / 2 + 4;
	struct html *h = d->h;

	html__printf(h, "<g data-f=\"s%u\">", nr);
	rect(h, s->padding ? "pad" : "row", x, y, BOX, height, 0);
	if (!s->padding)
		rect(h, mark, x, y, 4, height, 0);
	/* Offsets stand outside, where no curve ends. */
	html__printf(h, "<text class=\"small\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%u%s</text>",
		     x == LEFT ? x - 5 : x + BOX + 5, mid, x == LEFT ? "end" : "start", s->bit / 8,
		     s->bit % 8 ? "+" : "");
	html__printf(h, "<text x=\"%d\" y=\"%d\">", x + 12, mid);
	short_text(h, s->name, 22);
	html__printf(h, "<title>");
	html__text(h, s->name);
	html__printf(h, ": ");
	html__text(h, s->type);
	html__printf(h, ", bit %u to %u</title></text>", s->bit, s->bit + s->bits - 1);
	html__printf(h, "<text class=\"small\" x=\"%d\" y=\"%d\" text-anchor=\"end\">",
		     x + BOX - 50, mid);
	short_text(h, s->type, 19);
	html__printf(h, "</text><text class=\"small\" x=\"%d\" y=\"%d\" text-anchor=\"end\">",
		     x + BOX - 8, mid);
	draw_size(h, s);
	html__printf(h, "</text></g>\n");
}

/* What becomes of a field of the source, or what one of the output is made of. */
static const char *mark_of(const struct drawing *d, __u32 slot, char *buf, size_t size)
{
	size_t i;

	for (i = 0; i < d->res->nr_flows; i++) {
		if (d->res->flows[i].slot != slot)
			continue;
		snprintf(buf, size, "mark k-%s", verify_flow__name(d->res->flows[i].kind));
		return buf;
	}
	snprintf(buf, size, "mark k-%s", d->res->slots[slot].seen ? "read" : "unread");
	return buf;
}

/* "files[i].", "files->": the way to fields, without its end. */
static void record_name(const struct verify_record *r, char *buf, size_t size)
{
	size_t n = strlen(r->path);

	if (!n)
		snprintf(buf, size, "record");
	else if (r->path[n - 1] == '.')
		snprintf(buf, size, "%.*s", (int)n - 1, r->path);
	else
		snprintf(buf, size, "%.*s (head)", (int)n - 2, r->path);
}

static void draw_record(struct drawing *d, const struct verify_record *r, int x, int y)
{
	struct html *h = d->h;
	char mark[32], name[128];
	__u32 i;

	rect(h, "box", x, y, BOX, record_height(d, r), 5);
	html__printf(h, "<text class=\"head\" x=\"%d\" y=\"%d\">", x + 12, y + 17);
	record_name(r, name, sizeof(name));
	/* Of a long way the end says more. */
	if (strlen(name) > 27)
		html__printf(h, "..");
	html__text(h, strlen(name) > 27 ? name + strlen(name) - 25 : name);
	html__printf(h, "<title>");
	html__text(h, name);
	html__printf(h, "</title>");
	html__printf(h, "</text><text class=\"small\" x=\"%d\" y=\"%d\" text-anchor=\"end\">",
		     x + BOX - 8, y + 17);
	short_text(h, r->type, strlen(name) > 12 ? 18 : 26);
	html__printf(h, ", %u B</text>\n", r->size);
	y += HEAD;
	for (i = r->first; i < r->first + r->nr; i++) {
		d->slots[i].y = y;
		d->slots[i].height = row_height(d, i);
		d->slots[i].right = x + BOX;
		draw_row(d, x, i, mark_of(d, i, mark, sizeof(mark)));
		y += d->slots[i].height;
	}
}

static const struct verify_record *find_record(const struct verify_result *res, bool input,
					       const char *path)
{
	size_t i;

	for (i = 0; i < res->nr_records; i++)
		if (res->records[i].input == input && !strcmp(res->records[i].path, path))
			return &res->records[i];
	return NULL;
}

/* Records with the same way to them stand beside each other. */
static void place_pair(struct drawing *d, const struct verify_record *in,
		       const struct verify_record *out)
{
	int left = in ? record_height(d, in) : 0, right = out ? record_height(d, out) : 0;

	if (in)
		draw_record(d, in, LEFT, d->y);
	if (out)
		draw_record(d, out, RIGHT, d->y);
	d->y += (left > right ? left : right) + GAP;
}

static int pair_height(const struct drawing *d, const struct verify_record *in,
		       const struct verify_record *out)
{
	int left = in ? record_height(d, in) : 0, right = out ? record_height(d, out) : 0;

	return (left > right ? left : right) + GAP;
}

/* Each record once, those of the source first. */
static int all_pairs(struct drawing *d, bool draw)
{
	const struct verify_result *res = d->res;
	const struct verify_record *in, *out;
	int height = 0;
	size_t i;

	for (i = 0; i < 2 * res->nr_records; i++) {
		const struct verify_record *r = &res->records[i % res->nr_records];

		if (r->input != (i < res->nr_records))
			continue;
		in = find_record(res, true, r->path);
		out = find_record(res, false, r->path);
		if (!r->input && in)
			continue;
		height += pair_height(d, in, out);
		if (draw)
			place_pair(d, in, out);
	}
	return height;
}

static int middle(const struct at *a)
{
	return a->y + a->height / 2;
}

/* Where the next flow of a field ends: one below the other. */
static int next_end(struct at *a)
{
	int n = a->flows ? a->flows : 1;

	return a->y + a->height * (2 * a->drawn++ + 1) / (2 * n);
}

/* A value or a reason that hangs on a field. */
static void draw_pill(struct drawing *d, const struct verify_flow *f, const char *text, int at)
{
	struct at *a = &d->slots[f->slot];
	int most = d->rules ? 86 : PILL_MAX;
	int len = (int)strlen(text) > most ? most : (int)strlen(text), w = len * 67 / 10 + 14;
	int y = at - 9, x = f->input ? a->right + 10 : RIGHT - 10 - w;
	struct html *h = d->h;

	html__printf(h, "<g data-f=\"s%u\" class=\"k-%s\"><title>", f->slot,
		     verify_flow__name(f->kind));
	html__text(h, f->from);
	if (f->when[0]) {
		html__printf(h, ", if ");
		html__text(h, f->when);
	}
	html__printf(h, "</title><path class=\"flow%s\" d=\"M%d %dH%d\"/>",
		     f->when[0] ? " if" : "", f->input ? a->right : RIGHT, y + 9,
		     f->input ? x : x + w);
	rect(h, "pill", x, y, w, 18, 9);
	html__printf(h, "<text class=\"pilltext\" x=\"%d\" y=\"%d\">", x + 7, y + 13);
	short_text(h, text, most);
	html__printf(h, "</text></g>\n");
	/* Several of one field of the source stand in a row. */
	if (f->input)
		a->right = x + w;
}

static void draw_curve(struct drawing *d, const struct verify_flow *f, __u32 src, int y2)
{
	const struct at *a = &d->slots[src], *b = &d->slots[f->slot];
	int x1 = LEFT + BOX, x2 = RIGHT, y1 = middle(a), mid = (x1 + x2) / 2;
	bool thick = f->kind == FLOW_MOVED || f->kind == FLOW_CHILD || f->kind == FLOW_REGION;
	struct html *h = d->h;

	if (!a->height || !b->height)
		return;
	html__printf(h, "<path data-f=\"s%u s%u\" class=\"flow k-%s%s%s\" ", src, f->slot,
		     verify_flow__name(f->kind), thick ? " thick" : "", f->when[0] ? " if" : "");
	html__printf(h, "d=\"M%d %dC%d %d %d %d %d %d\"><title>new.", x1, y1, mid, y1, mid, y2,
		     x2, y2);
	html__text(h, f->field);
	html__printf(h, ": ");
	html__text(h, f->from);
	if (f->when[0]) {
		html__printf(h, ", if ");
		html__text(h, f->when);
	}
	html__printf(h, "</title></path>\n");
}

/* Flows that are told beside the field, not drawn from one to another. */
static bool hangs(const struct verify_flow *f)
{
	switch (f->kind) {
	case FLOW_TO:
	case FLOW_REPLACED:
		return false;
	case FLOW_CONVERTED:
	case FLOW_COUNT:
		return true;
	default:
		return f->input || !f->nr_src;
	}
}

static const char *label_of(const struct verify_flow *f)
{
	switch (f->kind) {
	case FLOW_COUNT:
		return "count";
	case FLOW_CHILD:
		return "by the engine";
	case FLOW_ALONG:
		return "along";
	case FLOW_DROPPED:
		return strncmp(f->from, "given up with", 13) ? f->from : "given up";
	default:
		return f->from;
	}
}

static void draw_flow(struct drawing *d, const struct verify_flow *f)
{
	struct at *a = &d->slots[f->slot];
	int y = f->input ? middle(a) : next_end(a);
	__u32 i;

	for (i = 0; i < f->nr_src; i++)
		draw_curve(d, f, f->src[i], y);
	if (hangs(f))
		draw_pill(d, f, label_of(f), y);
}

static void draw_start(struct drawing *d, int height)
{
	struct html *h = d->h;

	html__printf(h, "<div class=\"drawing\"><svg viewBox=\"0 0 %d %d\" "
		     "xmlns=\"http://www.w3.org/2000/svg\" role=\"img\">\n", WIDTH, height);
	if (!h->drawings++)
		html__printf(h, "<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" "
			     "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
			     "<path d=\"M0 0V7\"/></pattern></defs>\n");
}

static void draw_side(struct html *h, int x, const char *what, const char *name)
{
	html__printf(h, "<text class=\"side\" x=\"%d\" y=\"16\">%s", x, what);
	short_text(h, name, 36);
	html__printf(h, "</text>\n");
}

/* A translator, or a chain of them. */
void html__draw_flows(struct html *h, const struct verify_result *res, const char *from,
		      const char *to)
{
	struct drawing d = { .h = h, .res = res, .y = 26 };
	size_t i;

	d.slots = calloc(res->nr_slots + 1, sizeof(*d.slots));
	if (!d.slots || !res->nr_records) {
		free(d.slots);
		return;
	}
	for (i = 0; i < res->nr_flows; i++)
		if (!res->flows[i].input)
			d.slots[res->flows[i].slot].flows++;
	draw_start(&d, all_pairs(&d, false) + d.y);
	draw_side(h, LEFT, "old: ", from);
	draw_side(h, RIGHT, "new: ", to);
	all_pairs(&d, true);
	for (i = 0; i < res->nr_flows; i++)
		draw_flow(&d, &res->flows[i]);
	html__printf(h, "</svg></div>\n");
	free(d.slots);
}

/* Does a condition speak of this field? */
static bool speaks_of(const char *when, const char *path, const char *name)
{
	const char *at = when;
	char field[200];
	size_t n;

	n = snprintf(field, sizeof(field), "old.%s%s", path, name);
	while ((at = strstr(at, field))) {
		at += n;
		if (!isalnum((unsigned char)*at) && (!*at || !strchr("_.-[", *at)))
			return true;
	}
	return false;
}

static void draw_rules(struct drawing *d, const struct verify_record *r, __u32 slot)
{
	const struct verify_slot *s = &d->res->slots[slot];
	struct verify_flow pill = { .input = true, .kind = FLOW_TESTED, .slot = slot };
	char said[512] = "";
	size_t i, len = 0, nr = 0;

	for (i = 0; i < d->res->nr_checks; i++) {
		const struct verify_check *c = &d->res->checks[i];

		if (!speaks_of(c->when, r->path, s->name))
			continue;
		snprintf(pill.from + strlen(pill.from), sizeof(pill.from) - strlen(pill.from),
			 "%s%s if %s", pill.from[0] ? "; " : "", c->rule, c->when);
		nr++;
		if (strstr(said, c->rule))
			continue;
		len += snprintf(said + len, sizeof(said) - len, "%s%s", len ? ", " : "", c->rule);
		if (len >= sizeof(said))
			break;
	}
	if (said[0])
		draw_pill(d, &pill, nr == 1 ? pill.from : said, middle(&d->slots[slot]));
}

/* An acceptor: what it looks at, and which rules that serves. */
void html__draw_checks(struct html *h, const struct verify_result *res, const char *from)
{
	struct drawing d = { .h = h, .res = res, .y = 26, .rules = true };
	size_t i;
	__u32 k;

	d.slots = calloc(res->nr_slots + 1, sizeof(*d.slots));
	if (!d.slots || !res->nr_records) {
		free(d.slots);
		return;
	}
	draw_start(&d, all_pairs(&d, false) + d.y);
	draw_side(h, LEFT, "reads: ", from);
	html__printf(h, "<text class=\"side\" x=\"%d\" y=\"16\">rules that refuse by it</text>\n",
		     LEFT + BOX + 20);
	all_pairs(&d, true);
	for (i = 0; i < res->nr_records; i++)
		for (k = 0; k < res->records[i].nr; k++)
			draw_rules(&d, &res->records[i], res->records[i].first + k);
	html__printf(h, "</svg></div>\n");
	free(d.slots);
}
