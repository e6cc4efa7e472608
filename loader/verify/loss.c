// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* LUO_LOSS(): which bits it covers, and whether that is what it was meant for. */
#include <string.h>

#include "int.h"

/* Bits of a field that are lost, as a statement has it. */
struct lost {
	struct lost *next;
	const char *tag;
	const struct luob_type *type;
	const struct field *field;
	__u32 bits;
};

static const char *find_tag(const struct luo_object *obj, const struct luob_type *type,
			    const char *field)
{
	const char *tag = NULL;

	while ((tag = luo_object__next_loss(obj, tag)))
		if (luo_loss__names(tag, type ? type->name : "", field))
			return tag;
	return NULL;
}

/* The statement that declares the loss of a field, or NULL; @type: NULL for any. */
const char *vfy__loss_tag(struct vfy *v, const struct luob_type *type, const char *field)
{
	const char *tag = find_tag(v->obj, type, field);
	unsigned int i;

	for (i = 0; !tag && v->chain && v->chain[i]; i++)
		tag = find_tag(v->chain[i], type, field);
	return tag;
}

static const char *reason(const char *tag)
{
	const char *why = strstr(tag, "why=");

	return why ? why + 4 : "";
}

/* The same: its reason, or NULL. */
const char *vfy__loss(struct vfy *v, const struct luob_type *type, const char *field)
{
	const char *tag = vfy__loss_tag(v, type, field);

	return tag ? reason(tag) : NULL;
}

void vfy__note_loss(struct vfy *v, const char *tag, const struct luob_type *type,
		    const struct field *f, __u32 bits)
{
	struct lost *l;

	for (l = v->lost; l; l = l->next)
		if (l->tag == tag && l->type == type && l->field == f)
			break;
	if (!l) {
		l = terms__alloc(&v->ts, sizeof(*l));
		l->tag = tag;
		l->type = type;
		l->field = f;
		l->next = v->lost;
		v->lost = l;
	}
	if (bits > l->bits)
		l->bits = bits;
}

static bool is_field(struct vfy *v, const char *tag, const struct luob_type *t)
{
	const struct fields *fs = t ? fields__of(v, t) : NULL;
	unsigned int i;

	for (i = 0; fs && i < fs->nr; i++)
		if (luo_loss__names(tag, t->name, fs->field[i].name))
			return true;
	for (i = 0; t && i < t->nr_handles; i++)
		if (is_field(v, tag, t->handles[i].head) || is_field(v, tag, t->handles[i].elem))
			return true;
	return t && t->nodes && is_field(v, tag, t->nodes);
}

/* A name that stands for lost fields of several structures hides those that nobody meant. */
static void check_wide(struct vfy *v, const char *tag)
{
	int n = strcspn(tag + 6, " ");
	const struct lost *l, *o;

	for (l = v->lost; l && l->tag != tag; l = l->next)
		;
	for (o = l; o && (o->tag != tag || o->type == l->type); o = o->next)
		;
	if (o)
		vfy__find_form(v, VERIFY_LOSS_WIDE, 0,
			       "LUO_LOSS(\"%.*s\") covers %.60s.%.60s and %.60s.%.60s: say which, "
			       "as \"%.60s.%.60s\"", n, tag + 6, l->type->name, l->field->name,
			       o->type->name, o->field->name, l->type->name, l->field->name);
}

void vfy__check_losses(struct vfy *v)
{
	const char *tag = NULL;
	int n;

	while ((tag = luo_object__next_loss(v->obj, tag))) {
		n = strcspn(tag + 6, " ");
		if (!is_field(v, tag, v->prog->from) && !is_field(v, tag, v->prog->to))
			vfy__find_form(v, VERIFY_WAIVER, 0, "LUO_LOSS(\"%.*s\"), but no field is "
				       "called that: remove it", n, tag + 6);
		check_wide(v, tag);
	}
}

/* All that is covered, for a person to read. */
void vfy__note_losses(struct vfy *v, void (*say)(struct vfy *v, const char *fmt, ...))
{
	const struct lost *l;

	for (l = v->lost; l; l = l->next)
		say(v, "%s.%s is lost, %u of its %u bits: %s", l->type->name, l->field->name,
		    l->bits, l->field->bits, reason(l->tag));
}
