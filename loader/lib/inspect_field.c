// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The members of a structure, as BTF and its tags describe them. */
#include "lib/inspect.h"

static __u32 behind_names(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_typedef(t) || btf_is_mod(t) || btf_is_type_tag(t))) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	return id;
}

/* Typedef names between a member and its type: luo_phys_t says "address". */
static bool is_named(const struct btf *btf, __u32 id, const char *name)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	for (; t && (btf_is_typedef(t) || btf_is_mod(t)); t = btf__type_by_id(btf, t->type))
		if (btf_is_typedef(t) && !strcmp(btf__name_by_offset(btf, t->name_off), name))
			return true;
	return false;
}

static bool is_number(const struct btf_type *t, __u32 bytes)
{
	return (btf_is_int(t) || btf_is_any_enum(t)) &&
	       (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
}

static void look_at_array(const struct btf *btf, const struct btf_type *t, struct luo_field *f)
{
	const struct btf_type *e = btf__type_by_id(btf, behind_names(btf, btf_array(t)->type));
	__s64 each = btf__resolve_size(btf, btf_array(t)->type);

	if (!e || each <= 0 || !is_number(e, each))
		return;
	f->each = each;
	f->bits = each * 8;
	f->kind = LUO_FIELD_NUMBERS;
	if (each == 1 && !strcmp(btf__name_by_offset(btf, e->name_off), "char"))
		f->kind = LUO_FIELD_STRING;
}

static void look_at_type(const struct btf *btf, __u32 type, struct luo_field *f)
{
	const struct btf_type *t = btf__type_by_id(btf, f->id);

	f->kind = LUO_FIELD_BYTES;
	if (btf_is_struct(t)) {
		f->kind = LUO_FIELD_STRUCT;
	} else if (btf_is_array(t)) {
		look_at_array(btf, t, f);
	} else if (is_number(t, f->size)) {
		f->each = f->size;
		f->negative = btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED;
		f->kind = is_named(btf, type, "luo_phys_t") ? LUO_FIELD_ADDRESS : LUO_FIELD_NUMBER;
	}
}

static void look_at_tags(__u32 id, int i, struct luo_field *f)
{
	const char *flags = luo_types__tag(f->types, id, i, "flags", NULL);

	f->unique = luo_types__tag(f->types, id, i, "unique", NULL);
	f->version = luo_types__tag(f->types, id, i, "version-field", NULL);
	f->reserved = luo_types__tag(f->types, id, i, "reserved", NULL);
	if (flags && !strncmp(flags, "enum=", 5) && f->kind == LUO_FIELD_NUMBER) {
		f->kind = LUO_FIELD_FLAGS;
		snprintf(f->flags, sizeof(f->flags), "%.*s", (int)strcspn(flags + 5, " "),
			 flags + 5);
	}
}

/* What belongs to a handle is shown with the handle. */
static bool is_counted(const struct luob_type *t, const struct luo_field *f)
{
	const struct luob_handle *h;
	__u32 i;

	for (i = 0; i < t->nr_handles; i++) {
		h = &t->handles[i];
		if (h->count_at == LUOB_COUNT_BESIDE && h->count_off == f->off)
			return true;
		if (h->kind == LUOB_H_CHILD && h->string_off == f->off)
			return true;
	}
	return t->nodes && t->nodes_off == f->off;
}

/* BTF of an object may say anything. */
static void check_bounds(const struct luob_type *t, struct luo_field *f)
{
	bool list = f->kind == LUO_FIELD_STRING || f->kind == LUO_FIELD_NUMBERS;
	__u64 end = f->bit_off + (list ? f->size * 8ULL : f->bits);

	if (f->kind == LUO_FIELD_STRUCT || (end + 7) / 8 <= t->size)
		return;
	f->kind = LUO_FIELD_BYTES;
	f->size = 0;
}

/**
 * luo_field__get - one member of a structure
 * @t: the record
 * @id: BTF id of @t, or of a structure embedded in it
 * @i: number of the member
 * @base: bytes from the start of the record to that structure
 * @f: result
 *
 * Return: false behind the last member.
 */
bool luo_field__get(const struct luob_type *t, __u32 id, int i, __u32 base, struct luo_field *f)
{
	struct luo_types *types = luo_type__types(t);
	const struct btf *btf = luo_types__btf(types);
	const struct btf_type *s = btf__type_by_id(btf, id);
	const struct btf_member *m;
	__s64 size;

	if (!s || !btf_is_struct(s) || i >= btf_vlen(s))
		return false;
	m = &btf_members(s)[i];
	size = btf__resolve_size(btf, m->type);
	memset(f, 0, sizeof(*f));
	f->types = types;
	f->name = btf__name_by_offset(btf, m->name_off);
	f->bit_off = base * 8 + btf_member_bit_offset(s, i);
	f->off = f->bit_off / 8;
	f->size = size > 0 ? size : 0;
	f->id = behind_names(btf, m->type);
	look_at_type(btf, m->type, f);
	if (!f->bits)
		f->bits = btf_member_bitfield_size(s, i) ?: f->size * 8;
	look_at_tags(id, i, f);
	if (f->bit_off % 8 == 0 && luo_types__tag(types, id, i, "handle", NULL))
		f->handle = luob_type__handle(t, f->off);
	if (f->handle)
		f->kind = LUO_FIELD_HANDLE;
	f->counted = is_counted(t, f);
	check_bounds(t, f);
	return true;
}

/* A number, or the one at @index of an array; bit-fields may cross bytes. */
__u64 luo_field__number(const struct luo_field *f, const void *record, __u32 index)
{
	__u32 bit = f->bit_off + index * f->each * 8, bits = f->bits, shift = bit % 8, n;
	const __u8 *p = (const __u8 *)record + bit / 8;
	__u64 v = 0;

	for (n = 0; n < 8 && n * 8 < shift + bits; n++)
		v |= (__u64)p[n] << (8 * n);
	v >>= shift;
	if (n == 8 && shift + bits > 64)
		v |= (__u64)p[8] << (64 - shift);
	if (bits < 64)
		v &= (1ULL << bits) - 1;
	if (f->negative && bits < 64 && v >> (bits - 1))
		v |= ~0ULL << bits;
	return v;
}

/* Bytes up to the last '_' that all names have in common. */
static size_t common_prefix(const struct btf *btf, const struct btf_type *e)
{
	const char *first = btf__name_by_offset(btf, btf_enum(e)[0].name_off), *name;
	size_t n = strlen(first);
	int i;

	for (i = 1; i < btf_vlen(e); i++) {
		name = btf__name_by_offset(btf, btf_enum(e)[i].name_off);
		while (n && strncmp(first, name, n))
			n--;
	}
	while (n && first[n - 1] != '_')
		n--;
	return n;
}

/**
 * luo_field__bit - the name of the lowest bit of a mask
 * @f: field of kind LUO_FIELD_FLAGS
 * @value: what is left of its value; what was named is taken away
 *
 * Return: the enumerator without what all have in common, or NULL when no bit that
 * is left has a name.
 */
const char *luo_field__bit(const struct luo_field *f, __u64 *value)
{
	const struct btf *btf = luo_types__btf(f->types);
	__s32 id = btf__find_by_name_kind(btf, f->flags, BTF_KIND_ENUM);
	const struct btf_type *e = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_enum *v;
	int i;

	for (i = 0; e && i < btf_vlen(e); i++) {
		v = &btf_enum(e)[i];
		if (!v->val || (*value & (__u32)v->val) != (__u32)v->val)
			continue;
		*value &= ~(__u64)(__u32)v->val;
		return btf__name_by_offset(btf, v->name_off) + common_prefix(btf, e);
	}
	return NULL;
}

/* Length of a structure's name without its flavour. */
size_t luo_type__base(const struct luob_type *t)
{
	const char *flavour = strstr(t->name, "___");

	return flavour ? (size_t)(flavour - t->name) : strlen(t->name);
}
