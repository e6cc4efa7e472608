// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is asked about a layout that types.c made: names of fields, and differences. */
#include "lib/types_int.h"

/* The id behind typedefs and qualifiers. */
__u32 types__skip_names(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_typedef(t) || btf_is_mod(t) || btf_is_type_tag(t))) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	return id;
}

/* Offset and size of a member by name; -ENOENT. */
int types__member(const struct btf *btf, const struct btf_type *s, const char *name, __u32 *off,
		  __u32 *size)
{
	const struct btf_member *m = btf_members(s);
	__s64 bytes;
	__u16 i;

	for (i = 0; i < btf_vlen(s); i++, m++) {
		if (strcmp(btf__name_by_offset(btf, m->name_off), name))
			continue;
		bytes = btf__resolve_size(btf, m->type);
		if (bytes < 0 || btf_member_bitfield_size(s, i) || btf_member_bit_offset(s, i) % 8)
			return -EINVAL;
		*off = btf_member_bit_offset(s, i) / 8;
		*size = bytes;
		return 0;
	}
	return -ENOENT;
}

const char *types__name(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;

	return name ? name : "";
}

/**
 * luo_type__field - the name of the field at an offset
 * @t: layout
 * @off: bytes
 * @name: result, "a.b" for embedded structures; "" when there is none
 * @size: bytes of @name
 *
 * Return: offset inside of the field.
 */
size_t luo_type__field(const struct luob_type *t, __u32 off, char *name, size_t size)
{
	const struct btf *btf = luo_types__btf(luo_type__types(t));
	const struct btf_type *s = btf__type_by_id(btf, luo_type__id(t));
	const struct btf_member *m = btf_members(s);
	size_t len = 0;
	int i = 0;

	name[0] = 0;
	while (i < btf_vlen(s)) {
		__u32 bits = btf_member_bitfield_size(s, i), start = btf_member_bit_offset(s,
											   i) / 8;
		__s64 bytes = bits ? (btf_member_bit_offset(s, i) % 8 + bits + 7) / 8 :
				     btf__resolve_size(btf, m[i].type);

		if (bytes < 0 || off < start || off >= start + bytes) {
			i++;
			continue;
		}
		len += snprintf(name + len, len < size ? size - len : 0, "%s%s", len ? "." : "",
				btf__name_by_offset(btf, m[i].name_off));
		off -= start;
		s = btf__type_by_id(btf, types__skip_names(btf, m[i].type));
		if (!btf_is_struct(s) || len >= size)
			break;
		m = btf_members(s);
		i = 0;
	}
	return off;
}

/* A member by name. Return: 0, -ENOENT, -EINVAL for a bit-field. */
int luo_type__find(const struct luob_type *t, const char *name, __u32 *off, __u32 *size)
{
	const struct btf *btf = luo_types__btf(luo_type__types(t));

	return types__member(btf, btf__type_by_id(btf, luo_type__id(t)), name, off, size);
}

static int diff_member(const struct btf *ba, const struct btf_type *a, const struct btf *bb,
		       const struct btf_type *b, int i, char *text, size_t size)
{
	const struct btf_member *ma = &btf_members(a)[i], *mb = &btf_members(b)[i];
	const char *na = btf__name_by_offset(ba, ma->name_off);
	const char *nb = btf__name_by_offset(bb, mb->name_off);

	if (strcmp(na, nb)) {
		snprintf(text, size, "field %d is '%s', not '%s'", i, na, nb);
		return 1;
	}
	if (btf_member_bit_offset(a, i) != btf_member_bit_offset(b, i)) {
		snprintf(text, size, "'%s' is at bit %u, not %u", na, btf_member_bit_offset(a, i),
			 btf_member_bit_offset(b, i));
		return 1;
	}
	if (btf_member_bitfield_size(a, i) != btf_member_bitfield_size(b, i) ||
	    btf__resolve_size(ba, ma->type) != btf__resolve_size(bb, mb->type)) {
		snprintf(text, size, "'%s' has another size", na);
		return 1;
	}
	if (strcmp(types__name(ba, ma->type), types__name(bb, mb->type))) {
		snprintf(text, size, "'%s' is a '%s', not a '%s'", na, types__name(ba, ma->type),
			 types__name(bb, mb->type));
		return 1;
	}
	return 0;
}

/**
 * luo_type__diff - the first difference of two layouts
 * @a: what was found
 * @b: what was expected
 * @text: one line
 * @size: bytes of @text
 *
 * Return: 0 when their fingerprints agree, else 1.
 */
int luo_type__diff(const struct luob_type *a, const struct luob_type *b, char *text, size_t size)
{
	const struct btf *ba = luo_types__btf(luo_type__types(a));
	const struct btf *bb = luo_types__btf(luo_type__types(b));
	const struct btf_type *ta = btf__type_by_id(ba, luo_type__id(a));
	const struct btf_type *tb = btf__type_by_id(bb, luo_type__id(b));
	int i;

	if (a->fingerprint == b->fingerprint)
		return 0;
	if (a->size != b->size) {
		snprintf(text, size, "%u bytes, not %u", a->size, b->size);
		return 1;
	}
	for (i = 0; i < btf_vlen(ta) && i < btf_vlen(tb); i++)
		if (diff_member(ba, ta, bb, tb, i, text, size))
			return 1;
	if (a->layout == b->layout) {
		snprintf(text, size, "the layout is the same, but it means something else");
		return 1;
	}
	snprintf(text, size, "tags or what handles lead to differ");
	return 1;
}
