// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/layout.h"
#include "lib/types.h"

#define MAX_FIELDS	4096
#define MAX_DEPTH	8
/* Fields and what they are in: structures may be empty. */
#define MAX_MEMBERS	65536
/* Damaged BTF may hold names of names without an end. */
#define MAX_NAMES	32
#define MAX_SIZE	(1U << 24)

struct reader {
	const struct btf *btf;
	const struct luo_types *tags;
	struct luo_layout *l;
	size_t cap;
	int depth;
	unsigned int nr_members;
	char *msg;
	size_t msg_size;
};

static int fail(struct reader *r, int err, const char *text)
{
	snprintf(r->msg, r->msg_size, "struct %s %s", r->l->name, text);
	return err;
}

static const char *name_of(const struct btf *btf, __u32 off)
{
	const char *s = btf__name_by_offset(btf, off);

	return s ? s : "";
}

/* Behind qualifiers, and the first name that there is on the way: __u64, phys_addr_t. */
static __u32 resolve(const struct btf *btf, __u32 id, const char **name)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	int left = MAX_NAMES;

	while (left-- && t && (btf_is_typedef(t) || btf_is_mod(t) || btf_is_type_tag(t))) {
		if (btf_is_typedef(t) && !**name)
			*name = name_of(btf, t->name_off);
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	if (t && !**name)
		*name = name_of(btf, t->name_off);
	return id;
}

static int read_members(struct reader *r, __u32 id, const char *prefix, __u32 base);

static enum luo_span_kind kind_of(const struct btf_type *t)
{
	if (btf_is_struct(t))
		return LUO_SPAN_STRUCT;
	if (btf_is_union(t))
		return LUO_SPAN_UNION;
	if (btf_is_ptr(t))
		return LUO_SPAN_POINTER;
	if (btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED)
		return LUO_SPAN_SIGNED;
	return LUO_SPAN_UNSIGNED;
}

static struct luo_span *new_field(struct reader *r, const char *prefix, const char *name)
{
	struct luo_span *f = luob_grow(r->l->fields, r->l->nr, &r->cap, sizeof(*f));

	if (!f || r->l->nr == MAX_FIELDS)
		return NULL;
	r->l->fields = f;
	f += r->l->nr;
	memset(f, 0, sizeof(*f));
	/* Too long is cut: names are for people, and for comparing with names as long. */
	snprintf(f->name, sizeof(f->name), "%s%s%s", prefix, *prefix && *name ? "." : "", name);
	return f;
}

/* @id of the innermost element; *@nr of all dimensions. */
static __u32 read_array(const struct btf *btf, __u32 id, __u32 *nr, const char **type)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	__u64 n = 1;

	int left = MAX_DEPTH;

	while (left-- && t && btf_is_array(t)) {
		n *= btf_array(t)->nelems;
		*type = "";
		id = resolve(btf, btf_array(t)->type, type);
		t = btf__type_by_id(btf, id);
	}
	*nr = n > MAX_SIZE ? MAX_SIZE : n;
	return id;
}

static int read_member(struct reader *r, __u32 owner, int i, const char *prefix, __u32 base)
{
	const struct btf_type *s = btf__type_by_id(r->btf, owner), *t;
	const struct btf_member *m = &btf_members(s)[i];
	const char *name = name_of(r->btf, m->name_off), *type = "";
	__u32 off = base + btf_member_bit_offset(s, i), nr = 0, id;
	__s64 size = btf__resolve_size(r->btf, m->type);
	struct luo_span *f;
	bool array;

	id = resolve(r->btf, m->type, &type);
	t = btf__type_by_id(r->btf, id);
	if (!t || size < 0 || size > MAX_SIZE)
		return fail(r, -EINVAL, "has a member without a usable size");
	array = btf_is_array(t);
	if (array) {
		id = read_array(r->btf, id, &nr, &type);
		t = btf__type_by_id(r->btf, id);
		if (!t)
			return fail(r, -EINVAL, "has an array of nothing");
	}
	f = new_field(r, prefix, name);
	if (!f)
		return fail(r, -ENOMEM, "has too many fields");
	if (btf_is_struct(t) && !array &&
	    !(r->tags && luo_types__tag(r->tags, owner, i, "handle", NULL))) {
		char inner[LUO_SPAN_NAME];

		memcpy(inner, f->name, sizeof(inner));
		return read_members(r, id, inner, off);
	}
	f->type = type;
	f->owner = owner;
	f->member = i;
	f->kind = kind_of(t);
	f->off = off;
	f->bits = btf_member_bitfield_size(s, i);
	f->bitfield = f->bits;
	if (!f->bits)
		f->bits = size * 8;
	f->nr = nr;
	f->flexible = array && !nr;
	if (f->kind == LUO_SPAN_STRUCT || f->kind == LUO_SPAN_UNION)
		f->elem = id;
	r->l->nr++;
	return 0;
}

static int read_members(struct reader *r, __u32 id, const char *prefix, __u32 base)
{
	const struct btf_type *s = btf__type_by_id(r->btf, id);
	int i, err = 0;

	if (r->depth == MAX_DEPTH)
		return fail(r, -EINVAL, "is nested too deep");
	r->depth++;
	for (i = 0; i < btf_vlen(s) && !err; i++) {
		if (r->nr_members++ == MAX_MEMBERS)
			err = fail(r, -EINVAL, "has too many members");
		else
			err = read_member(r, id, i, prefix, base);
	}
	r->depth--;
	return err;
}

static int by_offset(const void *a, const void *b)
{
	const struct luo_span *x = a, *y = b;

	return x->off != y->off ? (x->off < y->off ? -1 : 1) : x->member - y->member;
}

/**
 * luo_layout__read - the fields of a structure or union
 * @l: result; names in it belong to @btf
 * @btf: where
 * @id: BTF id
 * @tags: a structure that is tagged as a handle is one field then; or NULL
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL when it is no structure or has no usable size, -ENOMEM.
 */
int luo_layout__read(struct luo_layout *l, const struct btf *btf, __u32 id,
		     const struct luo_types *tags, char *msg, size_t msg_size)
{
	struct reader r = { .btf = btf, .tags = tags, .l = l, .msg = msg, .msg_size = msg_size };
	const struct btf_type *t;
	const char *name = "";
	size_t i;
	int err;

	memset(l, 0, sizeof(*l));
	id = resolve(btf, id, &name);
	t = btf__type_by_id(btf, id);
	if (!t || !btf_is_composite(t)) {
		snprintf(msg, msg_size, "'%s' is no structure", name);
		return -EINVAL;
	}
	l->name = name_of(btf, t->name_off);
	l->size = t->size;
	err = read_members(&r, id, "", 0);
	if (err) {
		luo_layout__free(l);
		return err;
	}
	if (l->nr)
		qsort(l->fields, l->nr, sizeof(*l->fields), by_offset);
	for (i = 0; i < l->nr; i++) {
		const char *dot = strrchr(l->fields[i].name, '.');

		l->fields[i].last = dot ? dot + 1 : l->fields[i].name;
	}
	return 0;
}

void luo_layout__free(struct luo_layout *l)
{
	free(l->fields);
	memset(l, 0, sizeof(*l));
}

/**
 * luo_layout__same - do fields of the same names lie at the same places?
 * @a: what was found
 * @b: what is expected
 * @text: the first difference
 * @size: bytes of @text
 *
 * How fields are grouped into embedded structures does not matter, nor do types of one
 * size: a kernel has a union of an address and a pointer where another has an address.
 *
 * Return: 0 when they do, else 1.
 */
int luo_layout__same(const struct luo_layout *a, const struct luo_layout *b, char *text,
		     size_t size)
{
	size_t i;

	for (i = 0; i < a->nr && i < b->nr; i++) {
		const struct luo_span *x = &a->fields[i], *y = &b->fields[i];

		if (strcmp(x->last, y->last)) {
			snprintf(text, size, "field %zu is '%s', not '%s'", i, x->name, y->name);
			return 1;
		}
		if (x->off != y->off) {
			snprintf(text, size, "'%s' is at bit %u, not %u", x->name, x->off, y->off);
			return 1;
		}
		if (x->bits != y->bits) {
			snprintf(text, size, "'%s' has %u bits, not %u", x->name, x->bits,
				 y->bits);
			return 1;
		}
	}
	if (a->nr != b->nr)
		snprintf(text, size, "%zu fields, not %zu", a->nr, b->nr);
	else if (a->size != b->size)
		snprintf(text, size, "%u bytes, not %u", a->size, b->size);
	else
		return 0;
	return 1;
}

int luo_layout__base(const char *name)
{
	const char *flavour = strstr(name, "___");

	return flavour ? flavour - name : (int)strlen(name);
}

/* Id of a structure, or of a union, by name; -ENOENT. */
__s32 luo_layout__find(const struct btf *btf, const char *name)
{
	__s32 id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id > 0 ? id : btf__find_by_name_kind(btf, name, BTF_KIND_UNION);
}
