// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where each field comes from and goes to; what an acceptor looks at. */
#include <string.h>

#include "int.h"

static void add_flow(struct vfy *v, const struct verify_flow *f)
{
	struct verify_result *r = v->res;
	struct verify_flow *list;
	size_t i;

	for (i = 0; i < r->nr_flows; i++) {
		if (r->flows[i].input != f->input || strcmp(r->flows[i].field, f->field) ||
		    strcmp(r->flows[i].from, f->from))
			continue;
		/* Two paths with the same outcome: no condition of one is worth telling. */
		if (strcmp(r->flows[i].when, f->when))
			r->flows[i].when[0] = 0;
		return;
	}
	list = luob_grow(r->flows, r->nr_flows, &r->cap_flows, sizeof(*list));
	if (!list)
		longjmp(*v->ts.bail, BAIL_MEMORY);
	r->flows = list;
	list[r->nr_flows++] = *f;
}

static void flow_handle(struct vfy *v, const struct effect *e, struct verify_flow *f)
{
	char text[128];

	if (!e)
		snprintf(f->from, sizeof(f->from), "null");
	else if (e->kind == E_LINK)
		snprintf(f->from, sizeof(f->from), "a new region");
	else
		snprintf(f->from, sizeof(f->from), "%s %s", e->kind == E_MOVE ? "moved from" :
			 "record of", vfy__place(v, e->other, e->off2, text, sizeof(text)));
}

static void flow_image(struct vfy *v, const struct scope *sc, const struct image *im,
		       const char *prefix)
{
	const struct term *t;
	unsigned int i;

	for (i = 0; i < im->fields->nr; i++) {
		const struct field *g = &im->fields->field[i];
		struct verify_flow f = { 0 };

		snprintf(f.field, sizeof(f.field), "%s%s", prefix, g->name);
		vfy__when(v, sc->facts, f.when, sizeof(f.when));
		if (g->handle || im->filled[g->bit / 8]) {
			flow_handle(v, im->filled[g->bit / 8], &f);
		} else {
			t = image__bits(v, im, g->bit, g->bits > 64 ? 64 : g->bits);
			vfy__term(v, t, f.from, sizeof(f.from));
		}
		add_flow(v, &f);
	}
}

static void flow_turns(struct vfy *v, const struct loop *l, const char *prefix)
{
	const struct effect *e;
	const struct turn *t;
	char name[128];
	unsigned int i;

	for (t = l->turns; t; t = t->next) {
		struct scope *sc = scope__new(v, t->state, l);

		/* The others say the same of any index. */
		if (t->state->index != l->index)
			continue;

		for (i = 0; i < sc->nr_images; i++) {
			snprintf(name, sizeof(name), "%.80s%s", prefix,
				 sc->images[i]->index ? "[i]." : "->");
			flow_image(v, sc, sc->images[i], name);
		}
		snprintf(name, sizeof(name), "%.80s[i].elements", prefix);
		for (e = t->state->effects; e && !(e->kind == E_TURN && e->loop == l); e = e->prev)
			if (e->kind == E_LOOP)
				flow_turns(v, e->loop, name);
	}
}

/* Where a field of the source goes, in the order of what is known best. */
static void flow_inputs(struct vfy *v, const struct scope *sc)
{
	const struct fields *fs = fields__of(v, v->prog->from);
	const struct effect *e;
	const char *why;
	char name[128];
	unsigned int i;
	size_t k, n;

	for (i = 0; i < fs->nr; i++) {
		const struct field *g = &fs->field[i];
		struct verify_flow f = { .input = true };

		if (g->flags & FIELD_PADDING)
			continue;
		snprintf(f.field, sizeof(f.field), "%s", g->name);
		snprintf(name, sizeof(name), "old.%s", g->name);
		n = strlen(name);
		why = vfy__loss(v, g->name);
		for (e = sc->effects; g->handle && e; e = e->prev)
			if (e->kind == E_DROP && e->region == v->self &&
			    e->off->op == T_CONST && e->off->val == g->bit / 8)
				snprintf(f.from, sizeof(f.from), "%s", e->size == LUOB_LOST ?
					 "given up" : "its records are carried");
		for (k = 0; k < v->res->nr_flows && !f.from[0]; k++) {
			const struct verify_flow *o = &v->res->flows[k];
			const char *at = o->input ? NULL : strstr(o->from, name);

			if (at && !strchr("abcdefghijklmnopqrstuvwxyz_", at[n] ? at[n] : 'a'))
				at = at + n;
			else if (at && at[n])
				at = NULL;
			if (at)
				snprintf(f.from, sizeof(f.from), "new.%.120s", o->field);
		}
		if (!f.from[0] && why)
			snprintf(f.from, sizeof(f.from), "dropped: %s", why);
		if (!f.from[0])
			snprintf(f.from, sizeof(f.from), "%s", g->flags & FIELD_RESERVED ?
				 "reserved" : g->flags & FIELD_VERSION ? "replaced" : "nothing");
		add_flow(v, &f);
	}
}

/* A path that succeeds adds what it does. */
void vfy__lineage(struct vfy *v, struct scope *sc)
{
	const struct effect *e;
	unsigned int i;
	char name[96];

	for (i = 0; i < sc->nr_images; i++) {
		const struct region *r = sc->images[i]->region;

		name[0] = 0;
		for (e = sc->effects; e; e = e->prev)
			if (e->kind == E_LINK && e->other == r) {
				vfy__place(v, e->region, e->off, name, sizeof(name) - 2);
				memmove(name, name + 4, strlen(name) > 4 ? strlen(name) - 3 : 0);
				strcat(name, "->");
			}
		flow_image(v, sc, sc->images[i], name);
	}
	for (e = sc->effects; e; e = e->prev)
		if (e->kind == E_LOOP)
			flow_turns(v, e->loop, "elements");
	flow_inputs(v, sc);
}

/* luob_refuse(): a rule and when it strikes. */
void vfy__note_check(struct vfy *v, struct state *s, const struct term *rule)
{
	const char *name = rule->op == T_CONST ? luo_object__rule(v->obj, rule->val) : NULL;
	const struct luo_line *line = luo_lines__at(v->code.lines, s->pc);
	struct verify_result *r = v->res;
	struct verify_check c = { 0 }, *list;
	const struct fact *newest = s->facts;
	struct fact one;
	size_t i;

	if (!name)
		vfy__find(v, VERIFY_CONTRACT, rule->op == T_CONST ? VERIFY_REFUSED : VERIFY_UNKNOWN,
			  s->pc, "the rule that is refused by has no name");
	snprintf(c.rule, sizeof(c.rule), "%s", name ? name : "?");
	c.line = line ? line->line : 0;
	if (newest) {
		one = *newest;
		one.prev = NULL;
		vfy__when(v, &one, c.when, sizeof(c.when));
	}
	for (i = 0; i < r->nr_checks; i++)
		if (!strcmp(r->checks[i].rule, c.rule) && r->checks[i].line == c.line &&
		    !strcmp(r->checks[i].when, c.when))
			return;
	list = luob_grow(r->checks, r->nr_checks, &r->cap_checks, sizeof(*list));
	if (!list)
		longjmp(*v->ts.bail, BAIL_MEMORY);
	r->checks = list;
	list[r->nr_checks++] = c;
}
