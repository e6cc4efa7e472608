// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lineage as a result: records with their fields, and one line for each flow. */
#include <stdlib.h>
#include <string.h>

#include "lineage.h"

#define CONDS_TOLD	3

static void *grow(struct vfy *v, void *list, size_t nr, size_t *cap, size_t size)
{
	list = luob_grow(list, nr, cap, size);
	if (!list)
		longjmp(*v->ts.bail, BAIL_MEMORY);
	return list;
}

static void say_record(struct vfy *v, struct lin_record *rec)
{
	struct verify_result *res = v->res;
	struct verify_record *r;
	struct verify_slot *s;
	unsigned int i;

	res->records = grow(v, res->records, res->nr_records, &res->cap_records, sizeof(*r));
	r = &res->records[res->nr_records];
	memset(r, 0, sizeof(*r));
	r->input = rec->input;
	r->first = res->nr_slots;
	r->nr = rec->fields->nr;
	r->size = rec->type->size;
	snprintf(r->path, sizeof(r->path), "%s", rec->path);
	snprintf(r->type, sizeof(r->type), "%s", rec->type->name);
	for (i = 0; i < rec->fields->nr; i++) {
		const struct field *f = &rec->fields->field[i];
		__u32 k;

		res->slots = grow(v, res->slots, res->nr_slots, &res->cap_slots, sizeof(*s));
		rec->slots[i].nr = res->nr_slots;
		s = &res->slots[res->nr_slots++];
		memset(s, 0, sizeof(*s));
		s->record = res->nr_records;
		s->bit = f->bit;
		s->bits = f->bits;
		s->padding = f->flags & FIELD_PADDING;
		s->reserved = f->flags & FIELD_RESERVED;
		s->version = f->flags & FIELD_VERSION;
		s->handle = f->handle != NULL;
		for (k = f->bit / 8; k <= (f->bit + f->bits - 1) / 8; k++)
			s->seen |= rec->fields->seen[k];
		snprintf(s->name, sizeof(s->name), "%s", f->name);
		snprintf(s->type, sizeof(s->type), "%s", f->type);
	}
	res->nr_records++;
}

/* "n < 10" says all that "n < 20" says. */
static bool says_less(const char *text, const char *than)
{
	const char *a = strstr(text, " < "), *b = strstr(than, " < ");

	return a && b && a - text == b - than && !strncmp(text, than, a - text) &&
	       a[3] >= '0' && a[3] <= '9' && b[3] >= '0' && b[3] <= '9' &&
	       strtoull(a + 3, NULL, 0) > strtoull(b + 3, NULL, 0);
}

/* Conditions of a flow that are not those of all that its record gets. */
static void say_conds(const struct lin_flow *f, const struct lin_conds *all, char *buf,
		      size_t size)
{
	unsigned int i, k, told = 0;
	size_t len = 0;

	buf[0] = 0;
	for (i = 0; i < f->conds.nr && told < CONDS_TOLD; i++) {
		for (k = 0; k < all->nr && strcmp(all->text[k], f->conds.text[i]); k++)
			;
		if (k < all->nr)
			continue;
		for (k = 0; k < f->conds.nr && !says_less(f->conds.text[i], f->conds.text[k]); k++)
			;
		if (k < f->conds.nr)
			continue;
		snprintf(buf + len, size - len, "%s%s", told++ ? " and " : "", f->conds.text[i]);
		len = strlen(buf);
	}
}

static struct verify_flow *new_flow(struct vfy *v, const struct lin_slot *slot,
				    enum verify_flow_kind kind)
{
	struct verify_result *res = v->res;
	struct verify_flow *f;

	res->flows = grow(v, res->flows, res->nr_flows, &res->cap_flows, sizeof(*f));
	f = &res->flows[res->nr_flows++];
	memset(f, 0, sizeof(*f));
	f->input = slot->record->input;
	f->kind = kind;
	f->slot = slot->nr;
	snprintf(f->field, sizeof(f->field), "%.60s%.60s", slot->record->path, slot->field->name);
	return f;
}

static void say_output(struct vfy *v, const struct lin_slot *slot)
{
	const struct lin_flow *f;
	struct verify_flow *o;
	unsigned int i;

	for (f = slot->flows; f; f = f->next) {
		o = new_flow(v, slot, f->kind);
		snprintf(o->from, sizeof(o->from), "%s", f->from);
		say_conds(f, &slot->record->conds, o->when, sizeof(o->when));
		for (i = 0; i < f->src.nr && i < VERIFY_SOURCES_MAX; i++)
			o->src[o->nr_src++] = f->src.slot[i]->nr;
	}
}

/* The fields of the output that one of the source reaches. */
static void find_targets(const struct verify_result *res, __u32 slot, char *buf, size_t size)
{
	const struct verify_flow *f;
	size_t i, len = 0;
	unsigned int k;

	buf[0] = 0;
	for (i = 0; i < res->nr_flows; i++) {
		f = &res->flows[i];
		for (k = 0; !f->input && k < f->nr_src && f->src[k] != slot; k++)
			;
		if (f->input || k == f->nr_src)
			continue;
		if (strstr(buf, f->field) && strlen(f->field) + 4 == len)
			continue;
		snprintf(buf + len, size - len, "%snew.%s", len ? ", " : "", f->field);
		len = strlen(buf);
	}
}

/* What goes along with a handle, and needs no flow of its own. */
static const char *goes_along(const struct lin_slot *slot)
{
	const struct luob_type *t = slot->record->type;
	const struct lin_slot *up = slot->record->up;
	unsigned int i;

	for (i = 0; i < t->nr_handles; i++) {
		const struct luob_handle *h = &t->handles[i];

		if (h->kind == LUOB_H_CHILD && h->string_off * 8 == slot->field->bit)
			return "goes with that record";
		if (h->count_at == LUOB_COUNT_BESIDE && h->count_off * 8 == slot->field->bit)
			return "number of elements";
	}
	if (up && up->field->handle && up->field->handle->count_at == LUOB_COUNT_HEAD &&
	    up->field->handle->head == t && up->field->handle->count_off * 8 == slot->field->bit)
		return "number of elements";
	return NULL;
}

static void say_input(struct vfy *v, const struct lin_slot *slot)
{
	const struct field *f = slot->field;
	const char *why = vfy__loss(v, slot->record->type, f->name), *along = goes_along(slot);
	enum verify_flow_kind kind = FLOW_TO;
	char to[256] = "";

	if (slot->lost || slot->replaced) {
		kind = slot->lost ? FLOW_DROPPED : FLOW_REPLACED;
		if (slot->lost)
			snprintf(to, sizeof(to), "given up%s%s", why ? ": " : "", why ? why : "");
		else
			snprintf(to, sizeof(to), "its records are carried");
	} else {
		find_targets(v->res, slot->nr, to, sizeof(to));
	}
	if (!to[0] && why) {
		kind = FLOW_DROPPED;
		snprintf(to, sizeof(to), "dropped: %s", why);
	} else if (!to[0]) {
		kind = slot->record->lost ? FLOW_DROPPED : along ? FLOW_ALONG :
		       f->flags & FIELD_RESERVED ? FLOW_RESERVED :
		       f->flags & FIELD_VERSION ? FLOW_VERSION :
		       slot->tested ? FLOW_TESTED : FLOW_NOTHING;
		snprintf(to, sizeof(to), "%s", kind == FLOW_DROPPED ?
			 "given up with the handle that leads here" : kind == FLOW_ALONG ? along :
			 kind == FLOW_RESERVED ? "reserved" : kind == FLOW_VERSION ? "replaced" :
			 kind == FLOW_TESTED ? "tested only" : "nothing");
	}
	snprintf(new_flow(v, slot, kind)->from, sizeof(to), "%s", to);
}

/* What was collected becomes the result. */
void vfy__say_lineage(struct vfy *v)
{
	struct lineage *l = lineage__of(v);
	unsigned int i, k;

	for (i = 0; i < l->nr; i++)
		say_record(v, l->records[i]);
	for (i = 0; i < l->nr; i++)
		for (k = 0; k < l->records[i]->fields->nr && !l->records[i]->input; k++)
			say_output(v, &l->records[i]->slots[k]);
	for (i = 0; i < l->nr; i++)
		for (k = 0; k < l->records[i]->fields->nr && l->records[i]->input; k++)
			if (!(l->records[i]->fields->field[k].flags & FIELD_PADDING))
				say_input(v, &l->records[i]->slots[k]);
	v->lineage = NULL;
}

/* Of an acceptor: all structures that a state could have. */
void vfy__say_layouts(struct vfy *v, const struct luob_type *t, const char *path)
{
	char in[96];
	unsigned int i;

	say_record(v, lineage__record(v, true, path, t));
	for (i = 0; i < t->nr_handles; i++) {
		const struct luob_handle *h = &t->handles[i];
		const struct field *f = fields__at(fields__of(v, t), h->off * 8);

		snprintf(in, sizeof(in), "%.44s%.44s->", path, f ? f->name : "?");
		if (h->head)
			vfy__say_layouts(v, h->head, in);
		snprintf(in, sizeof(in), "%.44s%.44s[i].", path, f ? f->name : "?");
		if (h->elem)
			vfy__say_layouts(v, h->elem, in);
	}
	if (t->nodes)
		vfy__say_layouts(v, t->nodes, "[i].");
}

const char *verify_flow__name(enum verify_flow_kind kind)
{
	static const char *const names[] = {
		[FLOW_COPIED] = "copied", [FLOW_CONVERTED] = "converted",
		[FLOW_CONSTANT] = "constant", [FLOW_OUTSIDE] = "outside",
		[FLOW_COUNT] = "count", [FLOW_MOVED] = "moved", [FLOW_CHILD] = "child",
		[FLOW_REGION] = "region", [FLOW_NULL] = "null", [FLOW_TO] = "reaches",
		[FLOW_REPLACED] = "replaced", [FLOW_DROPPED] = "dropped",
		[FLOW_TESTED] = "tested", [FLOW_ALONG] = "along", [FLOW_RESERVED] = "reserved",
		[FLOW_VERSION] = "version", [FLOW_NOTHING] = "nothing",
	};

	return names[kind];
}
