// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Results of a composition: fates of fields, refusals, each with a record that shows it. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compose.h"

const char *verify_fate__name(enum verify_fate_kind kind)
{
	static const char *const names[] = {
		[FATE_KEPT] = "kept", [FATE_NEW] = "new", [FATE_FORM] = "form",
		[FATE_MOVED] = "moved", [FATE_TESTED] = "tested", [FATE_LOST] = "lost",
		[FATE_UNKNOWN] = "unknown", [FATE_CHANGED] = "changed",
	};

	return names[kind];
}

static struct verify_fate *find_fate(struct cx *cx, const char *field)
{
	struct verify_chain *out = cx->out;
	struct verify_fate *list;
	size_t i;

	for (i = 0; i < out->nr_fates; i++)
		if (!strcmp(out->fates[i].field, field))
			return &out->fates[i];
	list = luob_grow(out->fates, out->nr_fates, &out->cap_fates, sizeof(*list));
	if (!list)
		longjmp(*cx->v->ts.bail, BAIL_MEMORY);
	out->fates = list;
	list = &list[out->nr_fates++];
	memset(list, 0, sizeof(*list));
	snprintf(list->field, sizeof(list->field), "%s", field);
	return list;
}

/* Of what different paths do to a field, the worst is told. */
void cx__fate(struct cx *cx, const char *field, const struct fate *f, const char *fmt, ...)
{
	struct verify_fate *old = find_fate(cx, field), n = { .kind = f->kind };
	enum example_answer found;
	va_list ap;

	if (old->kind > f->kind || (old->kind == f->kind && (old->text[0] || !f->facts)))
		return;
	snprintf(n.field, sizeof(n.field), "%s", field);
	snprintf(n.by, sizeof(n.by), "%s", f->by ? f->by : "");
	va_start(ap, fmt);
	vsnprintf(n.text, sizeof(n.text), fmt, ap);
	va_end(ap);
	if (f->kind > FATE_LOST)
		vfy__when(cx->v, f->facts, n.when, sizeof(n.when));
	if (f->kind == FATE_LOST || f->kind == FATE_CHANGED || f->kind == FATE_FORM) {
		found = example__find(cx->v, cx->stages[0].self, f->facts, f->was, f->is,
				      &n.example);
		if (found == EXAMPLE_NONE)
			return;
		if (found == EXAMPLE_UNKNOWN && f->kind == FATE_CHANGED)
			n.kind = FATE_UNKNOWN;
		if (f->handle && n.example.nr)
			example__add(cx->v, &n.example, field, f->handle);
	}
	free(old->example.values);
	*old = n;
}

void cx__refuses(struct cx *cx, const struct kept *k, const struct route *route,
		 const struct term *newest)
{
	const struct luo_line *line = luo_lines__at(cx->stage->code.lines, k->insn);
	struct verify_chain *out = cx->out;
	struct verify_refuses r = {
		.file = line ? line->file : "", .line = line ? line->line : 0,
	};
	struct verify_refuses *list;
	struct fact one = { .cond = newest };
	size_t i;

	snprintf(r.object, sizeof(r.object), "%s", luo_object__prog(cx->stage->obj)->name);
	snprintf(r.rule, sizeof(r.rule), "%s", k->rule ? k->rule : "");
	if (newest && newest->op != T_CONST)
		vfy__when(cx->v, &one, r.when, sizeof(r.when));
	for (i = 0; i < out->nr_refuses; i++)
		if (!strcmp(out->refuses[i].rule, r.rule) && out->refuses[i].line == r.line &&
		    !strcmp(out->refuses[i].object, r.object) &&
		    !strcmp(out->refuses[i].when, r.when))
			return;
	if (example__find(cx->v, cx->stages[0].self, route->facts, NULL, NULL, &r.example) ==
	    EXAMPLE_NONE)
		return;
	list = luob_grow(out->refuses, out->nr_refuses, &out->cap_refuses, sizeof(*list));
	if (!list)
		longjmp(*cx->v->ts.bail, BAIL_MEMORY);
	out->refuses = list;
	list[out->nr_refuses++] = r;
}

void verify_chain__free(struct verify_chain *res)
{
	size_t i;

	for (i = 0; i < res->nr_objects; i++)
		verify_result__free(&res->objects[i]);
	for (i = 0; i < res->nr_fates; i++)
		free(res->fates[i].example.values);
	for (i = 0; i < res->nr_refuses; i++)
		free(res->refuses[i].example.values);
	verify_result__free(&res->whole);
	free(res->objects);
	free(res->fates);
	free(res->refuses);
}
