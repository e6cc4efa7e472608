// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What no property says, because it is meaning: fields of other names, fields that only
 * the new version has, what a look-up is asked, what LUO_LOSS() gives up. A proof is
 * silent about these, so the verdict names them, for a person to judge.
 */
#include <stdarg.h>
#include <string.h>

#include "int.h"

#define NOTES_MAX	256U

__attribute__((format(printf, 2, 3)))
static void note(struct vfy *v, const char *fmt, ...)
{
	struct verify_result *r = v->res;
	char text[sizeof(*r->notes)];
	void *list;
	va_list ap;
	size_t i;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (i = 0; i < r->nr_notes; i++)
		if (!strcmp(r->notes[i], text))
			return;
	if (r->nr_notes == NOTES_MAX)
		return;
	list = luob_grow(r->notes, r->nr_notes, &r->cap_notes, sizeof(*r->notes));
	if (!list)
		longjmp(*v->ts.bail, BAIL_MEMORY);
	r->notes = list;
	memcpy(r->notes[r->nr_notes++], text, sizeof(text));
}

/* The last word: "kind" of "a.kind". */
static const char *last(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* Has any structure of the source a field of that name? */
static bool in_source(const struct verify_result *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nr_slots; i++)
		if (r->records[r->slots[i].record].input && !r->slots[i].padding &&
		    !strcmp(last(r->slots[i].name), last(name)))
			return true;
	return false;
}

static bool same_name(const struct verify_result *r, const struct verify_flow *f)
{
	__u32 i;

	for (i = 0; i < f->nr_src; i++)
		if (!strcmp(last(r->slots[f->src[i]].name), last(r->slots[f->slot].name)))
			return true;
	return false;
}

static void note_flow(struct vfy *v, const struct verify_flow *f)
{
	const struct verify_result *r = v->res;
	const struct verify_slot *s = &r->slots[f->slot];

	if (s->padding || s->reserved || s->version || s->handle)
		return;
	switch (f->kind) {
	case FLOW_COPIED:
	case FLOW_CONVERTED:
		if (!same_name(r, f))
			note(v, "new.%s <- %s: the names differ, and nothing compares them",
			     f->field, f->from);
		break;
	case FLOW_CONSTANT:
	case FLOW_OUTSIDE:
		if (!in_source(r, s->name))
			note(v, "new.%s <- %s: the source has no such field", f->field, f->from);
		break;
	default:
		break;
	}
}

/* Also in the turns of loops. */
static void note_lookups(struct vfy *v, const struct effect *e, const struct effect *end)
{
	char key[96], kind[32];
	const struct effect *w;
	const struct turn *t;

	for (; e != end; e = effect__prev(v, e)) {
		for (t = e->kind == E_LOOP ? e->loop->turns : NULL; t; t = t->next) {
			for (w = t->state->effects;
			     w && !(w->kind == E_TURN && w->loop == e->loop);
			     w = effect__prev(v, w))
				;
			note_lookups(v, t->state->effects, w);
		}
		/* Those that the contract knows are checked. */
		if (e->kind == E_LOOKUP && !term_is(e->off2, LUOB_LOOKUP_MEMFD_SEALS))
			note(v, "luob_lookup() asks for what is of kind %s, by the key %s",
			     vfy__term(v, e->off2, kind, sizeof(kind)),
			     vfy__term(v, e->off, key, sizeof(key)));
	}
}

/* The lineage is known. */
void vfy__say_notes(struct vfy *v)
{
	const struct verify_result *r = v->res;
	const struct kept *k;
	size_t i;

	for (i = 0; i < r->nr_flows; i++)
		if (!r->flows[i].input)
			note_flow(v, &r->flows[i]);
	for (k = v->done; k; k = k->next)
		note_lookups(v, k->effects, NULL);
	vfy__note_losses(v, note);
}
