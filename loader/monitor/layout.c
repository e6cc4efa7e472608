// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A structure as a row of fields, from BTF and its tags. What lies between them is padding. */
#include <stdlib.h>
#include <string.h>

#include "mon_int.h"

struct walk {
	struct mon_layout *l;
	struct luo_types *types;
	const struct btf *btf;
	bool failed;
};

static const struct btf_type *resolve(const struct btf *btf, __u32 *id)
{
	const struct btf_type *t = btf__type_by_id(btf, *id);

	while (t && (btf_is_typedef(t) || btf_is_mod(t) || btf_is_type_tag(t))) {
		*id = t->type;
		t = btf__type_by_id(btf, *id);
	}
	return t;
}

static void add(struct walk *w, const struct mon_field *f)
{
	struct mon_field *list;

	list = luob_grow(w->l->fields, w->l->nr, &w->l->cap, sizeof(*list));
	if (!list) {
		w->failed = true;
		return;
	}
	w->l->fields = list;
	list[w->l->nr++] = *f;
}

static bool tagged(const struct walk *w, __u32 id, int i, const char *word)
{
	return luo_types__tag(w->types, id, i, word, NULL);
}

static __u32 flags_of(const struct walk *w, __u32 id, int i, const struct btf_type *t)
{
	return (tagged(w, id, i, "reserved") ? MON_RESERVED : 0) |
	       (tagged(w, id, i, "version-field") ? MON_VERSION : 0) |
	       (tagged(w, id, i, "string") ? MON_STRING : 0) |
	       (t && btf_is_array(t) ? MON_ARRAY : 0) |
	       (t && btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED ? MON_SIGNED : 0);
}

static void walk_struct(struct walk *w, __u32 id, __u32 base, const char *prefix)
{
	const struct btf_type *s = btf__type_by_id(w->btf, id), *t;
	const struct btf_member *mem = btf_members(s);
	struct mon_field f;
	__u32 inner;
	int i;

	for (i = 0; i < btf_vlen(s) && !w->failed; i++, mem++) {
		memset(&f, 0, sizeof(f));
		inner = mem->type;
		t = resolve(w->btf, &inner);
		f.bit = base + btf_member_bit_offset(s, i);
		f.bits = btf_member_bitfield_size(s, i);
		if (!f.bits)
			f.bits = btf__resolve_size(w->btf, mem->type) * 8;
		snprintf(f.name, sizeof(f.name), "%s%s%s", prefix, *prefix ? "." : "",
			 btf__name_by_offset(w->btf, mem->name_off));
		if (tagged(w, id, i, "handle"))
			f.handle = luob_type__handle(w->l->type, f.bit / 8);
		f.flags = flags_of(w, id, i, t);
		if (t && btf_is_struct(t) && !f.handle)
			walk_struct(w, inner, f.bit, f.name);
		else
			add(w, &f);
	}
}

static void add_padding(struct walk *w)
{
	struct mon_field pad = { .name = "(padding)", .flags = MON_PADDING };
	size_t nr = w->l->nr, i;
	__u32 at = 0, end;

	for (i = 0; i <= nr && !w->failed; i++) {
		end = i < nr ? w->l->fields[i].bit : w->l->type->size * 8;
		pad.bit = at;
		pad.bits = end > at ? end - at : 0;
		if (pad.bits)
			add(w, &pad);
		if (i < nr && w->l->fields[i].bit + w->l->fields[i].bits > at)
			at = w->l->fields[i].bit + w->l->fields[i].bits;
	}
}

/* Kept until another object is run. NULL without memory. */
const struct mon_layout *mon__layout(struct monitor *m, const struct luob_type *type)
{
	struct walk w = { .types = luo_type__types(type) };
	struct mon_layout *l;

	for (l = m->layouts; l; l = l->next)
		if (l->type == type)
			return l;
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->type = type;
	l->next = m->layouts;
	m->layouts = l;
	w.l = l;
	w.btf = luo_types__btf(w.types);
	walk_struct(&w, luo_type__id(type), 0, "");
	add_padding(&w);
	m->prov.failed |= w.failed;
	return l;
}

const struct mon_field *mon_layout__find(const struct mon_layout *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->nr; i++)
		if (!(l->fields[i].flags & MON_PADDING) && !strcmp(l->fields[i].name, name))
			return &l->fields[i];
	return NULL;
}

void mon__free_layouts(struct monitor *m)
{
	struct mon_layout *l;

	while ((l = m->layouts)) {
		m->layouts = l->next;
		free(l->fields);
		free(l);
	}
}
