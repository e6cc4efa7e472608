// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What bytes cannot show: fields that lie the same and say something else
 * (__luo_meaning()), and strings that stand for more than one layout. The author has to
 * have seen it: LUO_MEANING() and LUO_SAME_STRING() are the statements.
 */
#include <string.h>

#include "lineage.h"
#include "lib/profile.h"

/* Does "field=NAME .." speak of @field, or of a structure that it is a member of? */
static bool speaks_of(const char *tag, const char *field)
{
	const char *name = tag + strlen("field=");
	size_t n = strcspn(name, " ");

	return !strncmp(name, field, n) && (!field[n] || field[n] == '.');
}

/* Whether LUO_MEANING() names the field. */
bool vfy__meant(struct vfy *v, const char *field)
{
	const char *tag = NULL;

	while ((tag = luo_object__statement(v->obj, "meaning-of", tag)))
		if (speaks_of(tag, field))
			return true;
	return false;
}

static const char *words(const struct field *f)
{
	return f->meaning ? f->meaning : "(nothing said)";
}

/* @f of the source, @g of the new record. */
void vfy__find_meaning(struct vfy *v, __u32 insn, const char *what, const struct field *f,
		       const struct field *g)
{
	vfy__find(v, VERIFY_MEANING, VERIFY_REFUSED, insn,
		  "%s as it is, but it meant \"%.70s\" and means \"%.70s\"; "
		  "LUO_MEANING(\"%s\", ..) has to say why that is right",
		  what, words(f), words(g), g->name);
}

/* Not the value by chance, where the path knows both: the very bits. */
bool vfy__copied(struct vfy *v, const struct fact *facts, const struct term *out,
		 const struct term *want)
{
	struct term_range r = path__range(&v->ts, facts, want);

	return r.min != r.max && path__equal(&v->ts, facts, out, want);
}

static bool check_types(struct vfy *v, const struct effect *e, const struct luob_type *a,
			const struct luob_type *b);

static bool check_fields(struct vfy *v, const struct effect *e, const struct luob_type *a,
			 const struct luob_type *b)
{
	const struct fields *fa = fields__of(v, a), *fb = fields__of(v, b);
	char what[160];
	unsigned int i;

	for (i = 0; i < fa->nr && i < fb->nr; i++) {
		const struct field *f = &fa->field[i], *g = &fb->field[i];

		if (f->means == g->means || vfy__meant(v, g->name))
			continue;
		snprintf(what, sizeof(what), "%.60s.%.60s is moved", b->name, g->name);
		vfy__find_meaning(v, e->insn, what, f, g);
		return false;
	}
	for (i = 0; i < a->nr_handles && i < b->nr_handles; i++)
		if (!check_types(v, e, a->handles[i].head, b->handles[i].head) ||
		    !check_types(v, e, a->handles[i].elem, b->handles[i].elem))
			return false;
	return check_types(v, e, a->nodes, b->nodes);
}

/* The same layout: field by field, and what handles lead to. */
static bool check_types(struct vfy *v, const struct effect *e, const struct luob_type *a,
			const struct luob_type *b)
{
	return !a || !b || a->fingerprint == b->fingerprint || check_fields(v, e, a, b);
}

/* What is moved is copied as it is, with all that is behind it. */
void vfy__check_moved(struct vfy *v, const struct scope *sc, const struct effect *e)
{
	const struct field *f, *g;
	struct spot src, dst;
	char what[128];

	if (e->kind != E_MOVE || !region__spot(v, sc->effects, e->other, e->off2, &src) ||
	    !region__spot(v, sc->effects, e->region, e->off, &dst))
		return;
	f = fields__at(fields__of(v, src.type), src.off * 8);
	g = fields__at(fields__of(v, dst.type), dst.off * 8);
	if (f && g && f->means != g->means && !vfy__meant(v, g->name)) {
		snprintf(what, sizeof(what), "new.%s is moved", g->name);
		vfy__find_meaning(v, e->insn, what, f, g);
	} else if (src.handle && dst.handle) {
		if (check_types(v, e, src.handle->head, dst.handle->head))
			check_types(v, e, src.handle->elem, dst.handle->elem);
	}
}

/* Has any record of the source that was looked at a field of that name? */
static bool in_source(const struct lineage *l, const struct field *g)
{
	const struct lin_record *r;
	unsigned int i, k;

	for (i = 0; i < l->nr; i++) {
		r = l->records[i];
		for (k = 0; r->input && k < r->fields->nr; k++)
			if (!strcmp(r->fields->field[k].name, g->name))
				return true;
	}
	return false;
}

/* Nothing but zero, on every path that writes it. */
static bool is_zero(const struct lin_slot *s)
{
	const struct lin_flow *f;

	for (f = s->flows; f; f = f->next)
		if (f->kind != FLOW_CONSTANT || strcmp(f->from, "0"))
			return false;
	return s->written && s->flows;
}

/* What was cleared with all the rest of a record, and means something there. */
void vfy__check_new(struct vfy *v)
{
	const struct lineage *l = lineage__of(v);
	const struct lin_record *r;
	unsigned int i, k;

	for (i = 0; i < l->nr; i++) {
		r = l->records[i];
		for (k = 0; !r->input && k < r->fields->nr; k++) {
			const struct field *g = &r->fields->field[k];

			if (!g->meaning || !is_zero(&r->slots[k]) || in_source(l, g) ||
			    vfy__meant(v, g->name))
				continue;
			vfy__find(v, VERIFY_MEANING, VERIFY_REFUSED, r->slots[k].insn,
				  "new.%s is always 0, is new, and means \"%.70s\"; "
				  "LUO_MEANING(\"%s\", ..) has to say why that is right", g->name,
				  g->meaning, g->name);
		}
	}
}

/* Is there such a field in @b or behind it, with a meaning? */
static bool has_meaning(struct vfy *v, const char *tag, const struct luob_type *b)
{
	const struct fields *fb = b ? fields__of(v, b) : NULL;
	unsigned int i;

	for (i = 0; fb && i < fb->nr; i++)
		if (fb->field[i].meaning && speaks_of(tag, fb->field[i].name))
			return true;
	for (i = 0; b && i < b->nr_handles; i++)
		if (has_meaning(v, tag, b->handles[i].head) ||
		    has_meaning(v, tag, b->handles[i].elem))
			return true;
	return b && b->nodes && has_meaning(v, tag, b->nodes);
}

static bool has_field(struct vfy *v, const char *tag, const struct luob_type *a)
{
	const struct fields *fa = a ? fields__of(v, a) : NULL;
	unsigned int i;

	for (i = 0; fa && i < fa->nr; i++)
		if (speaks_of(tag, fa->field[i].name))
			return true;
	for (i = 0; a && i < a->nr_handles; i++)
		if (has_field(v, tag, a->handles[i].head) ||
		    has_field(v, tag, a->handles[i].elem))
			return true;
	return a && a->nodes && has_field(v, tag, a->nodes);
}

static bool differs_there(struct vfy *v, const struct field *f, const struct luob_type *b)
{
	const struct field *g = b ? fields__find(fields__of(v, b), f->name) : NULL;
	unsigned int i;

	if (g && g->means != f->means)
		return true;
	for (i = 0; b && i < b->nr_handles; i++)
		if (differs_there(v, f, b->handles[i].head) ||
		    differs_there(v, f, b->handles[i].elem))
			return true;
	return b && b->nodes && differs_there(v, f, b->nodes);
}

/* Does a field that @tag names, in @a or behind it, say something else in @b? */
static bool differs(struct vfy *v, const char *tag, const struct luob_type *a,
		    const struct luob_type *b)
{
	const struct fields *fa = a ? fields__of(v, a) : NULL;
	unsigned int i;

	for (i = 0; fa && i < fa->nr; i++)
		if (speaks_of(tag, fa->field[i].name) && differs_there(v, &fa->field[i], b))
			return true;
	for (i = 0; a && i < a->nr_handles; i++)
		if (differs(v, tag, a->handles[i].head, b) ||
		    differs(v, tag, a->handles[i].elem, b))
			return true;
	return a && a->nodes && differs(v, tag, a->nodes, b);
}

/* One string, two layouts: of the step itself, or of a release and this step. */
static bool is_ambiguous(struct vfy *v, char *text, size_t size)
{
	const struct luob_prog *p = v->prog;

	if (!strcmp(p->from_string, p->to_string) &&
	    p->from->fingerprint != p->to->fingerprint) {
		snprintf(text, size, "\"%s\" stands for both layouts of this step",
			 p->from_string);
		return true;
	}
	return luo_profile__other_layout(p->family, p->from_string, p->from, text, size) ||
	       luo_profile__other_layout(p->family, p->to_string, p->to, text, size);
}

/* Statements about the identity, and those about nothing. */
void vfy__check_identity(struct vfy *v)
{
	const struct luob_prog *p = v->prog;
	bool stated = luo_object__statement(v->obj, "same-string", NULL) != NULL, ambiguous;
	const char *tag = NULL;
	char text[200] = "";

	ambiguous = p->to && is_ambiguous(v, text, sizeof(text));
	if (ambiguous && !stated)
		vfy__find(v, VERIFY_VERSION_STRING, VERIFY_REFUSED, 0,
			  "%s: LUO_SAME_STRING() has to say which is meant", text);
	if (!ambiguous && stated)
		vfy__find(v, VERIFY_WAIVER, VERIFY_REFUSED, 0,
			  "LUO_SAME_STRING(), but no string has two layouts here: remove it");
	while ((tag = luo_object__statement(v->obj, "meaning-of", tag)))
		if (!p->to || !(differs(v, tag, p->from, p->to) ||
				(!has_field(v, tag, p->from) && has_meaning(v, tag, p->to))))
			vfy__find(v, VERIFY_WAIVER, VERIFY_REFUSED, 0,
				  "LUO_MEANING(\"%.*s\"), but no field of that name says "
				  "something else: remove it",
				  (int)strcspn(tag + 6, " "), tag + 6);
}
