// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A layout as a row of fields, padding included, with what the tags say of each. */
#include <string.h>

#include "int.h"

#define FIELDS_MAX 512

struct builder {
	struct vfy *v;
	struct fields *f;
	const struct luob_type *type;
	struct luo_types *types;
	const struct btf *btf;
	char name[96];
	__u64 means;
	const char *meaning;
};

static const struct btf_type *skip(const struct btf *btf, __u32 id, __u32 *end)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_typedef(t) || btf_is_mod(t) || btf_is_type_tag(t))) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	*end = id;
	return t;
}

static struct field *add(struct builder *b, __u32 bit, __u32 bits, __u32 flags, const char *name)
{
	struct field *f;

	/* types.c has seen that members lie inside; everything here relies on that. */
	if (b->f->nr == FIELDS_MAX || bit > b->type->size * 8 ||
	    bits > b->type->size * 8 - bit)
		longjmp(*b->v->ts.bail, BAIL_LIMIT);
	f = &b->f->field[b->f->nr++];
	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->bit = bit;
	f->bits = bits;
	f->flags = flags;
	f->means = b->means;
	f->meaning = b->meaning;
	return f;
}

/* "u64", "char[48]", "struct kho_vmalloc": in the words of the source. */
static void type_name(const struct btf *btf, __u32 id, char *buf, size_t size)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	char in[48];

	while (t && (btf_is_mod(t) || btf_is_type_tag(t)))
		t = btf__type_by_id(btf, id = t->type);
	if (t && btf_is_array(t)) {
		type_name(btf, btf_array(t)->type, in, sizeof(in));
		snprintf(buf, size, "%s[%u]", in, btf_array(t)->nelems);
		return;
	}
	snprintf(buf, size, "%s%.40s", t && btf_is_struct(t) ? "struct " : t && btf_is_union(t) ?
		 "union " : t && btf_is_any_enum(t) ? "enum " : "",
		 t ? btf__name_by_offset(btf, t->name_off) : "?");
}

static __u32 member_flags(const struct builder *b, __u32 id, int i, const struct btf_type *t)
{
	__u32 flags = 0;

	if (luo_types__tag(b->types, id, i, "reserved", NULL))
		flags |= FIELD_RESERVED;
	if (luo_types__tag(b->types, id, i, "version-field", NULL))
		flags |= FIELD_VERSION;
	if (luo_types__tag(b->types, id, i, "string", NULL))
		flags |= FIELD_STRING;
	if (btf_is_array(t))
		flags |= FIELD_ARRAY;
	if ((btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED))
		flags |= FIELD_SIGNED;
	return flags;
}

/* What a structure says, its members say. */
static void mean(struct builder *b, __u32 id, int component)
{
	const char *text = NULL;

	while ((text = luo_types__tag(b->types, id, component, "meaning", text))) {
		b->means = luob_fp_string(b->means ? b->means : LUOB_FP_INIT, text);
		b->meaning = text;
	}
}

static void add_struct(struct builder *b, __u32 id, __u32 base);

static void add_member(struct builder *b, __u32 id, const struct btf_type *s, int i, __u32 base)
{
	const struct btf_member *m = &btf_members(s)[i];
	__u32 bit = base + btf_member_bit_offset(s, i);
	__u32 bits = btf_member_bitfield_size(s, i), inner;
	const struct btf_type *t = skip(b->btf, m->type, &inner);
	const struct luob_handle *h = NULL;
	const char *meaning = b->meaning;
	size_t len = strlen(b->name);
	__u64 means = b->means;
	struct field *f;

	if (!bits)
		bits = btf__resolve_size(b->btf, m->type) * 8;
	snprintf(b->name + len, sizeof(b->name) - len, "%s%s", len ? "." : "",
		 btf__name_by_offset(b->btf, m->name_off));
	mean(b, id, i);
	if (luo_types__tag(b->types, id, i, "handle", NULL))
		h = luob_type__handle(b->type, bit / 8);
	if (t && btf_is_struct(t) && !h) {
		add_struct(b, inner, bit);
	} else if (bits) {
		f = add(b, bit, bits, t ? member_flags(b, id, i, t) : 0, b->name);
		/* Larger than a number: so many bytes. */
		if (bits > 64)
			f->flags |= FIELD_ARRAY;
		f->handle = h;
		type_name(b->btf, m->type, f->type, sizeof(f->type));
	}
	b->name[len] = 0;
	b->means = means;
	b->meaning = meaning;
}

static void add_struct(struct builder *b, __u32 id, __u32 base)
{
	const struct btf_type *s = btf__type_by_id(b->btf, id);
	int i;

	mean(b, id, -1);
	for (i = 0; i < btf_vlen(s); i++)
		add_member(b, id, s, i, base);
}

/* What lies between fields has no name, but it is part of the record. */
static void add_padding(struct builder *b)
{
	unsigned int i, nr = b->f->nr;
	__u32 at = 0, end;

	for (i = 0; i <= nr; i++) {
		end = i < nr ? b->f->field[i].bit : b->type->size * 8;
		if (end > at)
			add(b, at, end - at, FIELD_PADDING, "(padding)");
		if (i < nr && b->f->field[i].bit + b->f->field[i].bits > at)
			at = b->f->field[i].bit + b->f->field[i].bits;
	}
}

const struct fields *fields__of(struct vfy *v, const struct luob_type *type)
{
	struct builder b = { .v = v, .type = type };
	struct fields *f;

	for (f = v->fields; f; f = f->next)
		if (f->type == type)
			return f;
	f = terms__alloc(&v->ts, sizeof(*f));
	f->type = type;
	f->field = terms__alloc(&v->ts, FIELDS_MAX * sizeof(*f->field));
	f->seen = terms__alloc(&v->ts, type->size + 16);
	f->next = v->fields;
	v->fields = f;
	b.f = f;
	b.types = luo_type__types(type);
	b.btf = luo_types__btf(b.types);
	add_struct(&b, luo_type__id(type), 0);
	b.means = 0;
	b.meaning = NULL;
	add_padding(&b);
	return f;
}

const struct field *fields__find(const struct fields *f, const char *name)
{
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		if (!(f->field[i].flags & FIELD_PADDING) && !strcmp(f->field[i].name, name))
			return &f->field[i];
	return NULL;
}

const struct field *fields__at(const struct fields *f, __u32 bit)
{
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		if (bit >= f->field[i].bit && bit < f->field[i].bit + f->field[i].bits)
			return &f->field[i];
	return NULL;
}
