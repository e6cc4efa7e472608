// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-load verify --html: one page for the person who signs off. It needs nothing from
 * elsewhere, no script to be read, and is well-formed XML as well as HTML.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/verify_html.h"
#include "lib/digest.h"

extern const char verify_html_css[], verify_html_js[];

void html__text(struct html *h, const char *text)
{
	size_t used;
	long c;

	for (; *text; text += used) {
		c = cmd_char(text, strlen(text), &used);
		if (c < ' ' || (c >= 127 && c < 0xa0) || c == 0xfffe || c == 0xffff)
			fputs("?", h->body);
		else if (c == '&')
			fputs("&amp;", h->body);
		else if (c == '<')
			fputs("&lt;", h->body);
		else if (c == '>')
			fputs("&gt;", h->body);
		else if (c == '"')
			fputs("&quot;", h->body);
		else if (c == '\'')
			fputs("&#39;", h->body);
		else
			fwrite(text, 1, used, h->body);
	}
}

/* For markup and numbers; text goes by html__text(). */
void html__printf(struct html *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(h->body, fmt, ap);
	va_end(ap);
}

static void element(struct html *h, const char *open, const char *text, const char *close)
{
	fputs(open, h->body);
	html__text(h, text);
	fputs(close, h->body);
}

/* ---- the page ---- */

static void release(struct html *h)
{
	free(h->text);
	free(h->list);
	free(h->path);
	free(h);
}

/* @path is written when all is done: nothing is, if there is nothing to say. */
int html__open(struct html **page, const char *path)
{
	struct html *h = calloc(1, sizeof(*h));

	*page = NULL;
	if (!h)
		return -ENOMEM;
	h->path = strdup(path);
	h->body = open_memstream(&h->text, &h->size);
	h->contents = open_memstream(&h->list, &h->list_size);
	if (!h->path || !h->body || !h->contents) {
		if (h->body)
			fclose(h->body);
		if (h->contents)
			fclose(h->contents);
		release(h);
		return -ENOMEM;
	}
	*page = h;
	return 0;
}

static int write_page(const struct html *h, FILE *f)
{
	fprintf(f, "<!DOCTYPE html>\n"
		"<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\"/>\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'; script-src 'unsafe-inline'\"/>\n"
		"<title>luo-load verify</title>\n<style>\n%s</style>\n</head>\n<body>\n",
		verify_html_css);
	fprintf(f, "<h1>%s</h1>\n<p class=\"dim\">What luo-load verify says about %s, for the "
		"person who lets them carry state.</p>\n", h->title, h->nr == 1 ? "this object" :
		"these objects");
	if (h->nr > 1)
		fprintf(f, "<ul class=\"contents\">\n%s</ul>\n", h->list);
	fwrite(h->text, 1, h->size, f);
	fprintf(f, "<div class=\"sign\"><div>name</div><div>date</div><div>signature</div></div>\n"
		"<script>\n%s</script>\n</body>\n</html>\n", verify_html_js);
	return ferror(f) ? -EIO : 0;
}

/* Writes the page, if there is anything on it: whole, or not at all. */
int html__close(struct html *h)
{
	char tmp[4096];
	int err = 0;
	FILE *f;

	if (fclose(h->body) | fclose(h->contents))
		err = -ENOMEM;
	if (!err && h->nr) {
		snprintf(tmp, sizeof(tmp), "%s.tmp", h->path);
		f = fopen(tmp, "we");
		err = f ? write_page(h, f) : -errno;
		if (f && fclose(f) && !err)
			err = -errno;
		if (!err && rename(tmp, h->path))
			err = -errno;
		if (err && f)
			unlink(tmp);
	}
	release(h);
	return err;
}

static void badge(struct html *h, enum verify_verdict verdict)
{
	const char *name = verify_verdict__name(verdict);

	html__printf(h, " <span class=\"badge %s\">%s</span>", name, name);
}

/* A heading with the verdict, which the list of contents has, too. */
static void start_section(struct html *h, const char *name, enum verify_verdict verdict)
{
	FILE *body = h->body;

	html__printf(h, "<h2%s id=\"o%u\">", h->nr ? "" : " class=\"first\"", h->nr);
	html__text(h, name);
	badge(h, verdict);
	html__printf(h, "</h2>\n");
	h->body = h->contents;
	html__printf(h, "<li><a href=\"#o%u\">", h->nr++);
	html__text(h, name);
	html__printf(h, "</a>");
	badge(h, verdict);
	html__printf(h, "</li>\n");
	h->body = body;
}

static void fact(struct html *h, const char *name, const char *text)
{
	html__printf(h, "<dt>%s</dt>", name);
	element(h, "<dd>", text, "</dd>\n");
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- one object ---- */

static void facts(struct html *h, const struct luo_object *obj, const struct verify_result *res)
{
	const struct luob_prog *p = luo_object__prog(obj);
	__u8 digest[LUO_DIGEST_SIZE];
	char text[256], time[32];
	const void *bytes;
	size_t size;

	bytes = luo_object__bytes(obj, &size);
	luo_digest__bytes(bytes, size, digest);
	html__printf(h, "<dl class=\"facts\">\n");
	fact(h, "file", base_name(luo_object__path(obj)));
	luo_digest__text(digest, text);
	html__printf(h, "<dt>SHA-256</dt><dd class=\"mono\">%s</dd>\n", text);
	fact(h, "author", luo_object__author(obj)[0] ? luo_object__author(obj) : "not named");
	fact(h, "licence", luo_object__licence(obj)[0] ? luo_object__licence(obj) : "not named");
	snprintf(text, sizeof(text), "%.60s %.60s, layout %016llx", p->family, p->from_string,
		 (unsigned long long)p->from->fingerprint);
	fact(h, p->to ? "from" : "reads", text);
	if (p->to) {
		snprintf(text, sizeof(text), "%.60s %.60s, layout %016llx", p->family,
			 p->to_string, (unsigned long long)p->to->fingerprint);
		fact(h, "to", text);
	}
	if (!luob_limit__any(&p->limit))
		fact(h, "hardware", luob_limit__text(&p->limit, text, sizeof(text)));
	snprintf(text, sizeof(text), "%u paths, %llu instructions on symbols, %s", res->paths,
		 (unsigned long long)res->insns, cmd_time(res->ns, time, sizeof(time)));
	fact(h, "looked at", text);
	html__printf(h, "</dl>\n");
}

static const char *const promises[] = {
	[VERIFY_COMPLETE] = "every byte of the new records is written",
	[VERIFY_CLEAN] = "they depend on the source, constants and look-ups only",
	[VERIFY_LOSS] = "no field is dropped silently",
	[VERIFY_NARROWING] = "bits that are lost are tested first",
	[VERIFY_SHARED] = "a field that both versions have keeps its value",
	[VERIFY_HANDLES] = "each handle goes to one place, none is computed",
	[VERIFY_CONTAINERS] = "all elements are carried, counts are what was made",
	[VERIFY_VERSION] = "the new record says what it is",
	[VERIFY_REFUSAL] = "who refuses does not return success",
	[VERIFY_WINDOW] = "accesses lie in their windows",
	[VERIFY_TERMINATES] = "bounds of loops are tested",
	[VERIFY_CONTRACT] = "calls are used as the contract has it",
	[VERIFY_MEANING] = "what says something else is stated, not copied unseen",
	[VERIFY_WAIVER] = "what the source waives is there, with a reason",
};

/* Who only reads owes less. */
static bool applies(unsigned int rule, bool accept)
{
	return !accept || rule == VERIFY_CLEAN || rule == VERIFY_REFUSAL ||
	       rule == VERIFY_WINDOW || rule == VERIFY_TERMINATES || rule == VERIFY_CONTRACT;
}

static void properties(struct html *h, const struct verify_result *res, bool accept)
{
	enum verify_verdict worst;
	unsigned int rule;
	size_t i;

	html__printf(h, "<h3>Properties, on every path that returns success</h3>\n"
		     "<div class=\"props\">\n");
	for (rule = 0; rule <= VERIFY_WAIVER; rule++) {
		if (!applies(rule, accept))
			continue;
		worst = VERIFY_PROVED;
		for (i = 0; i < res->nr_findings; i++)
			if (verify_rule__class(res->findings[i].rule) == rule &&
			    !res->findings[i].waived && res->findings[i].verdict > worst)
				worst = res->findings[i].verdict;
		/* What was not followed may hide anything. */
		if (worst == VERIFY_PROVED && res->verdict == VERIFY_UNKNOWN)
			worst = VERIFY_UNKNOWN;
		html__printf(h, "<div><b>%s</b> <span class=\"%s\">%s</span><br/>"
			     "<span class=\"dim\">%s</span></div>\n", verify_rule__name(rule),
			     verify_verdict__name(worst), verify_verdict__name(worst),
			     rule == VERIFY_CLEAN && accept ?
			     "it decides by the record and configuration only" : promises[rule]);
	}
	html__printf(h, "</div>\n");
	if (res->nr_findings)
		html__printf(h, "<ul class=\"findings\">\n");
	for (i = 0; i < res->nr_findings; i++) {
		const struct verify_finding *f = &res->findings[i];

		html__printf(h, "<li><span class=\"%s\">%s</span> ", f->waived ? "unknown" :
			     verify_verdict__name(f->verdict), f->waived ? "waived" :
			     verify_verdict__name(f->verdict));
		element(h, "<code>", f->file, "");
		html__printf(h, ":%u</code> ", f->line);
		html__text(h, f->text);
		if (f->waived)
			element(h, " because ", f->waived, "");
		html__printf(h, " <span class=\"dim\">(%s)</span></li>\n",
			     verify_rule__name(f->rule));
	}
	if (res->nr_findings)
		html__printf(h, "</ul>\n");
}

/* LUO_LOSS(), as it stands in the object. */
static void losses(struct html *h, const struct luo_object *obj)
{
	const char *tag = NULL, *why;
	char field[128];

	html__printf(h, "<h3>Declared losses</h3>\n");
	while ((tag = luo_object__next_loss(obj, tag))) {
		if (strncmp(tag, "field=", 6))
			continue;
		snprintf(field, sizeof(field), "%.*s", (int)strcspn(tag + 6, " "), tag + 6);
		why = strstr(tag, "why=");
		element(h, "<p><code>", field, "</code>: ");
		element(h, "", why ? why + 4 : "no reason", "</p>\n");
	}
	if (!luo_object__next_loss(obj, NULL))
		html__printf(h, "<p>None.</p>\n");
}

/* What no property says, and the reader has to judge. */
static void notes(struct html *h, const struct verify_result *res)
{
	size_t i;

	html__printf(h, "<h3>Not judged</h3>\n");
	for (i = 0; i < res->nr_notes; i++)
		element(h, "<p>", res->notes[i], "</p>\n");
	if (!res->nr_notes)
		html__printf(h, "<p>Nothing.</p>\n");
}

static void legend(struct html *h)
{
	static const char *const kinds[][2] = {
		{ "copied", "copied" }, { "converted", "converted" }, { "constant", "constant" },
		{ "count", "number of elements" }, { "outside", "look-up, configuration" },
		{ "moved", "handle moved" }, { "child", "record of another family" },
		{ "region", "new region, records carried" }, { "tested", "tested only" },
		{ "dropped", "dropped" },
	};
	unsigned int i;

	html__printf(h, "<div class=\"legend\">");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		html__printf(h, "<span class=\"k-%s\">%s</span>", kinds[i][0], kinds[i][1]);
	html__printf(h, "<span class=\"dash\">only under a condition</span></div>\n");
}

static void flow_table(struct html *h, const struct verify_result *res, bool input)
{
	size_t i;

	html__printf(h, input ? "<h3>Where every old field goes</h3>\n<table class=\"flows\">\n"
		     "<tr><th>old field</th><th>how</th><th colspan=\"2\">to</th></tr>\n" :
		     "<h3>Where every new field comes from</h3>\n<table class=\"flows\">\n"
		     "<tr><th>new field</th><th>how</th><th>from</th><th>if</th></tr>\n");
	for (i = 0; i < res->nr_flows; i++) {
		const struct verify_flow *f = &res->flows[i];

		if (f->input != input)
			continue;
		element(h, "<tr><td class=\"f\">", f->field, "</td>");
		html__printf(h, "<td class=\"k k-%s\">%s</td>", verify_flow__name(f->kind),
			     verify_flow__name(f->kind));
		element(h, input ? "<td class=\"f\" colspan=\"2\">" : "<td class=\"f\">", f->from,
			"</td>");
		if (!input)
			element(h, "<td class=\"f dim\">", f->when[0] ? f->when : "always",
				"</td>");
		html__printf(h, "</tr>\n");
	}
	html__printf(h, "</table>\n");
}

static void check_table(struct html *h, const struct verify_result *res, bool accept)
{
	size_t i;

	html__printf(h, "<h3>%s</h3>\n", accept ? "Rules it refuses by" : "What it refuses");
	if (!res->nr_checks) {
		html__printf(h, "<p>Nothing: it takes every record.</p>\n");
		return;
	}
	html__printf(h, "<table>\n<tr><th>rule</th><th>if</th><th>line</th></tr>\n");
	for (i = 0; i < res->nr_checks; i++) {
		element(h, "<tr><td class=\"f\">", res->checks[i].rule, "</td>");
		element(h, "<td class=\"f\">", res->checks[i].when, "</td>");
		html__printf(h, "<td class=\"dim\">%u</td></tr>\n", res->checks[i].line);
	}
	html__printf(h, "</table>\n");
}

static void unread(struct html *h, const struct verify_result *res)
{
	size_t i;

	html__printf(h, "<h3>Fields it never looks at</h3>\n<p class=\"mono\">");
	for (i = 0; i < res->nr_unread; i++)
		element(h, i ? ", " : "", res->unread[i], "");
	html__printf(h, "%s</p>\n", res->nr_unread ? "" : "None.");
}

static void object_section(struct html *h, const struct luo_object *obj,
			   const struct verify_result *res)
{
	const struct luob_prog *p = luo_object__prog(obj);

	start_section(h, p->name, res->verdict);
	facts(h, obj, res);
	properties(h, res, !p->to);
	if (p->to)
		losses(h, obj);
	if (p->to)
		notes(h, res);
	if (!p->to) {
		html__printf(h, "<h3>What it looks at</h3>\n<div class=\"legend\">"
			     "<span class=\"k-read\">read</span>"
			     "<span class=\"k-unread\">never looked at</span>"
			     "<span class=\"k-tested\">rule</span></div>\n");
		html__draw_checks(h, res, p->from_string);
		check_table(h, res, true);
		unread(h, res);
		return;
	}
	html__printf(h, "<h3>Records and flows</h3>\n");
	legend(h);
	html__draw_flows(h, res, p->from_string, p->to_string);
	flow_table(h, res, false);
	flow_table(h, res, true);
	check_table(h, res, false);
}

void verify_html_object(struct html *h, struct luo_object *obj, const struct verify_result *res)
{
	h->title = "Sign-off sheet";
	object_section(h, obj, res);
}

/* ---- a chain ---- */

static void example(struct html *h, const struct verify_example *ex)
{
	size_t i;

	html__printf(h, "<td class=\"f\">");
	for (i = 0; i < ex->nr; i++) {
		element(h, i ? "<br/>" : "", ex->values[i].field, " = ");
		html__text(h, ex->values[i].value);
	}
	if (ex->was[0]) {
		element(h, "<br/><b>", ex->was, " becomes ");
		element(h, "", ex->back, "</b>");
	}
	html__printf(h, "</td>");
}

static void fate_table(struct html *h, const struct verify_chain *res)
{
	size_t i;

	html__printf(h, "<h3>What becomes of every field</h3>\n<table>\n"
		     "<tr><th>field</th><th>fate</th><th>how</th>"
		     "<th>a record that shows it</th></tr>\n");
	for (i = 0; i < res->nr_fates; i++) {
		const struct verify_fate *f = &res->fates[i];

		element(h, "<tr><td class=\"f\">", f->field, "</td>");
		html__printf(h, "<td class=\"k k-%s\">%s</td><td>", verify_fate__name(f->kind),
			     verify_fate__name(f->kind));
		if (f->kind == FATE_CHANGED)
			html__printf(h, res->round_trip ? "comes back as " : "becomes ");
		html__text(h, f->text);
		if (f->by[0])
			element(h, " <span class=\"dim\">(declared by ", f->by, ")</span>");
		if (f->when[0])
			element(h, " <span class=\"dim\">if ", f->when, "</span>");
		html__printf(h, "</td>");
		example(h, &f->example);
		html__printf(h, "</tr>\n");
	}
	html__printf(h, "</table>\n");
}

static void refuses_table(struct html *h, const struct verify_chain *res)
{
	size_t i;

	html__printf(h, "<h3>What is refused on the way, after the first object took it</h3>\n");
	if (!res->nr_refuses) {
		html__printf(h, "<p>Nothing.</p>\n");
		return;
	}
	html__printf(h, "<table>\n<tr><th>object</th><th>rule</th><th>if</th>"
		     "<th>a record that shows it</th></tr>\n");
	for (i = 0; i < res->nr_refuses; i++) {
		const struct verify_refuses *r = &res->refuses[i];

		element(h, "<tr><td class=\"f\">", r->object, "</td>");
		if (r->rule[0])
			element(h, "<td class=\"f\">", r->rule, "</td>");
		else
			html__printf(h, "<td class=\"refused\">an error that no rule explains"
				     "</td>");
		element(h, "<td class=\"f\">", r->when, "</td>");
		example(h, &r->example);
		html__printf(h, "</tr>\n");
	}
	html__printf(h, "</table>\n");
}

void verify_html_chain(struct html *h, struct luo_object **objs, size_t nr,
		       const struct verify_chain *res)
{
	const struct luob_prog *first = luo_object__prog(objs[0]), *p;
	char name[128];
	size_t i;

	h->title = res->round_trip ? "Sign-off sheet: round trip" : "Sign-off sheet: chain";
	snprintf(name, sizeof(name), "%.60s: %s", first->family, res->round_trip ?
		 "there and back" : "one step after the other");
	start_section(h, name, res->verdict);
	html__printf(h, "<div class=\"chain\">");
	element(h, "<span class=\"rec mono\">", first->from_string, "</span>");
	for (i = 0; i < nr; i++) {
		p = luo_object__prog(objs[i]);
		element(h, "<span class=\"by\">", p->name, "<br/>&#8594;</span>");
		element(h, "<span class=\"rec mono\">", p->to_string, "</span>");
	}
	html__printf(h, "</div>\n");
	if (res->why[0])
		element(h, "<p class=\"unknown\">", res->why, "</p>\n");
	fate_table(h, res);
	refuses_table(h, res);
	html__printf(h, "<h3>From the first record to the last</h3>\n");
	legend(h);
	html__draw_flows(h, &res->whole, first->from_string,
			 luo_object__prog(objs[nr - 1])->to_string);
	flow_table(h, &res->whole, false);
	flow_table(h, &res->whole, true);
	for (i = 0; i < nr; i++)
		object_section(h, objs[i], &res->objects[i]);
}
