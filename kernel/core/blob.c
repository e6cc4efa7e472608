// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "blob.h"
#include "../abi/kho.h"

/* The arrays of a blob, found by the counts in its header. */
struct parts {
	const struct luob_blob_type *types;
	const struct luob_blob_handle *handles;
	struct luob_fdt_field *fdt;
	const struct luob_blob_format *formats;
};

#define COUNT_MAX	4096

static int bad(struct luob_fault *f, const char *what)
{
	return luob_fault__rule(f, "BAD_BLOB", "arming data: %s", what);
}

/* Every array starts on 8 bytes and lies inside. */
static void *take(void *data, size_t size, size_t *at, __u32 nr, size_t each)
{
	size_t start = (*at + 7) & ~(size_t)7;

	if (nr > COUNT_MAX || start > size || nr * each > size - start)
		return NULL;
	*at = start + nr * each;
	return (__u8 *)data + start;
}

static int find_parts(struct luob_blob *b, struct parts *p, void *data, size_t size,
		      struct luob_fault *f)
{
	const struct luob_blob_head *h = data;
	size_t at = sizeof(*h);

	if (size < sizeof(*h) || h->magic != LUOB_BLOB_MAGIC || h->size != size)
		return bad(f, "not from luo-load, or truncated");
	if (h->version != LUOB_BLOB_VERSION)
		return bad(f, "from another version of luo-load: install both together");
	p->types = take(data, size, &at, h->nr_types, sizeof(*p->types));
	p->handles = take(data, size, &at, h->nr_handles, sizeof(*p->handles));
	p->fdt = take(data, size, &at, h->nr_fdt, sizeof(*p->fdt));
	p->formats = take(data, size, &at, h->nr_formats, sizeof(*p->formats));
	b->blob_progs = take(data, size, &at, h->nr_progs, sizeof(*b->blob_progs));
	b->rules = take(data, size, &at, h->nr_rules, sizeof(*b->rules));
	if (!p->types || !p->handles || !p->fdt || !p->formats || !b->blob_progs || !b->rules)
		return bad(f, "an array lies outside");
	if (h->nr_from > h->nr_formats)
		return bad(f, "more formats of the old kernel than formats");
	b->head = h;
	return 0;
}

static bool is_string(const char *s, size_t size)
{
	return memchr(s, 0, size) != NULL;
}

/* Type number @i; -1 is no type at all. */
static bool type_at(struct luob_blob *b, __s32 i, const struct luob_type **t)
{
	*t = NULL;
	if (i < -1 || i >= (__s32)b->head->nr_types)
		return false;
	if (i >= 0)
		*t = &b->types[i];
	return true;
}

/* A number of @size bytes at @off of a structure; size 0 for none. */
static bool inside(__u32 size, __u32 off, __u32 bytes)
{
	return bytes <= size && off <= size - bytes;
}

static bool hw_ok(const struct luob_type *t, const struct luob_handle *h)
{
	return !h->hw_size || (h->hw_size == sizeof(struct luob_hw) &&
			       inside(t->size, h->hw_off, h->hw_size));
}

static bool handle_ok(const struct luob_type *t, const struct luob_handle *h)
{
	const struct luob_type *counted = h->count_at == LUOB_COUNT_HEAD ? h->head : t;

	if (h->kind > LUOB_H_CHILD || h->count_at > LUOB_COUNT_BESIDE || h->bits > 52 ||
	    h->size != (h->kind == LUOB_H_VMALLOC ? 16 : 8) || !inside(t->size, h->off, h->size))
		return false;
	if (h->count_at != LUOB_COUNT_NONE &&
	    (!counted || !h->count_size || h->count_size > 8 ||
	     h->count_size & (h->count_size - 1) ||
	     !inside(counted->size, h->count_off, h->count_size)))
		return false;
	if (h->kind == LUOB_H_CHILD)
		return inside(t->size, h->string_off, h->string_size) &&
		       inside(t->size, h->key_off, 8) &&
		       (!h->count_size || h->count_size == 4 || h->count_size == 8) &&
		       inside(t->size, h->count_off, h->count_size) && hw_ok(t, h);
	if (h->kind == LUOB_H_RANGE)
		return inside(t->size, h->string_off, 8);
	if (h->kind == LUOB_H_BLOCKS || h->kind == LUOB_H_VMALLOC)
		return h->elem && h->elem->size <= KHO_PAGE_SIZE / 2;
	return h->kind == LUOB_H_FOLIO || h->head || h->elem;
}

static bool unpack_handle(struct luob_blob *b, const struct luob_blob_handle *p,
			  struct luob_handle *h)
{
	h->off = p->off;
	h->size = p->size;
	h->bits = p->bits;
	h->kind = p->kind;
	h->count_at = p->count_at;
	h->one_page = p->one_page;
	h->count_off = p->count_off;
	h->count_size = p->count_size;
	h->string_off = p->string_off;
	h->string_size = p->string_size;
	h->key_off = p->key_off;
	h->hw_off = p->hw_off;
	h->hw_size = p->hw_size;
	memcpy(h->space, p->space, sizeof(h->space));
	return is_string(p->space, sizeof(p->space)) && type_at(b, p->head, &h->head) &&
	       type_at(b, p->elem, &h->elem);
}

static bool fdt_ok(const struct luob_type *t)
{
	__u32 i;

	for (i = 0; i < t->nr_fdt; i++) {
		const struct luob_fdt_field *f = &t->fdt[i];

		if (!is_string(f->path, sizeof(f->path)) || !is_string(f->text, sizeof(f->text)) ||
		    f->path[0] != '/' || !strchr(f->path, ':') || !inside(t->size, f->off, f->size))
			return false;
	}
	return true;
}

static bool nodes_ok(const struct luob_type *t)
{
	if (!t->nodes)
		return true;
	return t->nodes_size && t->nodes_size <= 8 && !(t->nodes_size & (t->nodes_size - 1)) &&
	       (!t->nr_fdt || t->nodes_size == 8) && inside(t->size, t->nodes_off, t->nodes_size);
}

static bool unpack_type(struct luob_blob *b, const struct parts *p, __u32 i)
{
	const struct luob_blob_head *h = b->head;
	const struct luob_blob_type *from = &p->types[i];
	struct luob_type *t = &b->types[i];

	if (!is_string(from->name, sizeof(from->name)) || !from->size || from->size > 65536 ||
	    from->handles > h->nr_handles || from->nr_handles > h->nr_handles - from->handles ||
	    from->fdt > h->nr_fdt || from->nr_fdt > h->nr_fdt - from->fdt)
		return false;
	t->name = from->name;
	t->size = from->size;
	t->fingerprint = from->fingerprint;
	t->layout = from->layout;
	t->nr_handles = from->nr_handles;
	t->handles = &b->handles[from->handles];
	t->nr_fdt = from->nr_fdt;
	t->fdt = &p->fdt[from->fdt];
	t->nodes_off = from->nodes_off;
	t->nodes_size = from->nodes_size;
	t->version_off = from->version_off;
	t->version_size = from->version_size;
	t->unique_off = from->unique_off;
	t->unique_size = from->unique_size;
	return type_at(b, from->nodes, &t->nodes) && inside(t->size, t->version_off,
							    t->version_size) &&
	       inside(t->size, t->unique_off, t->unique_size) &&
	       nodes_ok(t) && fdt_ok(t);
}

static int unpack_types(struct luob_blob *b, const struct parts *p, struct luob_fault *f)
{
	__u32 i, k;

	for (i = 0; i < b->head->nr_handles; i++)
		if (!unpack_handle(b, &p->handles[i], &b->handles[i]))
			return bad(f, "a handle refers to nothing");
	for (i = 0; i < b->head->nr_types; i++)
		if (!unpack_type(b, p, i))
			return bad(f, "a structure is damaged");
	for (i = 0; i < b->head->nr_types; i++)
		for (k = 0; k < b->types[i].nr_handles; k++)
			if (!handle_ok(&b->types[i], &b->types[i].handles[k]))
				return bad(f, "a handle lies outside of its structure");
	return 0;
}

static int unpack_formats(struct luob_blob *b, const struct parts *p, struct luob_fault *f)
{
	struct luob_format *to;
	__u32 i;

	for (i = 0; i < b->head->nr_formats; i++) {
		const struct luob_blob_format *from = &p->formats[i];

		to = &b->formats[i];
		if (!is_string(from->family, sizeof(from->family)) ||
		    !is_string(from->string, sizeof(from->string)) ||
		    !is_string(from->space, sizeof(from->space)) ||
		    !is_string(from->subtree, sizeof(from->subtree)) ||
		    !type_at(b, from->type, &to->type) ||
		    (!to->type && strcmp(from->space, "kho")))
			return bad(f, "a format is damaged");
		memcpy(to->family, from->family, sizeof(to->family));
		memcpy(to->string, from->string, sizeof(to->string));
		memcpy(to->space, from->space, sizeof(to->space));
		memcpy(to->subtree, from->subtree, sizeof(to->subtree));
		to->reads = from->reads;
		to->writes = from->writes;
		to->value = from->value;
	}
	b->from.formats = b->formats;
	b->from.nr = b->head->nr_from;
	b->to.formats = b->formats + b->head->nr_from;
	b->to.nr = b->head->nr_formats - b->head->nr_from;
	memcpy(b->from.release, b->head->from_release, sizeof(b->from.release));
	memcpy(b->to.release, b->head->to_release, sizeof(b->to.release));
	return is_string(b->from.release, sizeof(b->from.release)) &&
	       is_string(b->to.release, sizeof(b->to.release)) &&
	       is_string(b->head->from_kho, sizeof(b->head->from_kho)) &&
	       is_string(b->head->to_kho, sizeof(b->head->to_kho)) ? 0 : bad(f,
									     "a name is damaged");
}

static bool unpack_losses(struct luob_blob *b, const struct luob_blob_prog *from,
			  struct luob_prog *to)
{
	__u32 i;

	if (from->nr_losses > LUOB_LOSSES_MAX)
		return false;
	to->nr_losses = from->nr_losses;
	for (i = 0; i < from->nr_losses; i++) {
		to->losses[i].off = from->loss_offs[i];
		if (!type_at(b, from->loss_types[i], &to->losses[i].type) || !to->losses[i].type)
			return false;
	}
	return true;
}

/* Is there a handle that leads to records of the format, with a device beside it? */
static bool has_hardware(const struct luob_blob *b, const struct luob_format *format)
{
	__u32 i;

	for (i = 0; i < b->head->nr_handles; i++)
		if (b->handles[i].kind == LUOB_H_CHILD && b->handles[i].hw_size &&
		    !strcmp(b->handles[i].space, format->space))
			return true;
	return false;
}

/* A limit on what is never compared would keep the program from all records in silence. */
static bool limit_ok(const struct luob_blob *b, const struct luob_prog *p)
{
	bool known = false;
	__u32 i;

	if (!luob_limit__is_valid(&p->limit))
		return false;
	for (i = 0; i < b->head->nr_formats && !luob_limit__any(&p->limit); i++) {
		if (strcmp(b->formats[i].family, p->family))
			continue;
		known = true;
		if (has_hardware(b, &b->formats[i]))
			return true;
	}
	return !known;
}

static int unpack_progs(struct luob_blob *b, struct luob_fault *f)
{
	__u32 i;

	for (i = 0; i < b->head->nr_progs; i++) {
		const struct luob_blob_prog *from = &b->blob_progs[i];
		struct luob_prog *to = &b->progs[i];

		if (!is_string(from->name, sizeof(from->name)) ||
		    !is_string(from->family, sizeof(from->family)) ||
		    !is_string(from->from_string, sizeof(from->from_string)) ||
		    !is_string(from->to_string, sizeof(from->to_string)) ||
		    !is_string(from->losses, sizeof(from->losses)) ||
		    from->verified > 1 || !type_at(b, from->from, &to->from) || !to->from ||
		    !type_at(b, from->to, &to->to) || !unpack_losses(b, from, to))
			return bad(f, "a program is damaged");
		to->name = from->name;
		to->limit = from->limit;
		memcpy(to->family, from->family, sizeof(to->family));
		memcpy(to->from_string, from->from_string, sizeof(to->from_string));
		memcpy(to->to_string, from->to_string, sizeof(to->to_string));
		if (!limit_ok(b, to))
			return bad(f, "the hardware of a program is damaged");
	}
	for (i = 0; i < b->head->nr_rules; i++)
		if (!is_string(b->rules[i].name, sizeof(b->rules[i].name)))
			return bad(f, "a rule is damaged");
	return 0;
}

/**
 * luob_blob__unpack - check a blob and make the engine's tables of it
 * @b: result, to be released with luob_blob__free(); refers to @data
 * @data: the blob, aligned to 8 bytes; hostile
 * @size: its bytes
 * @f: what is wrong
 *
 * Return: 0, -EBADMSG, -ENOMEM.
 */
int luob_blob__unpack(struct luob_blob *b, void *data, size_t size, struct luob_fault *f)
{
	struct parts p = {};
	int err;

	memset(b, 0, sizeof(*b));
	err = find_parts(b, &p, data, size, f);
	if (err)
		return err;
	b->types = luob_alloc(b->head->nr_types + 1, sizeof(*b->types));
	b->handles = luob_alloc(b->head->nr_handles + 1, sizeof(*b->handles));
	b->formats = luob_alloc(b->head->nr_formats + 1, sizeof(*b->formats));
	b->progs = luob_alloc(b->head->nr_progs + 1, sizeof(*b->progs));
	err = b->types && b->handles && b->formats && b->progs ? 0 : -ENOMEM;
	if (!err)
		err = unpack_types(b, &p, f);
	if (!err)
		err = unpack_formats(b, &p, f);
	if (!err)
		err = unpack_progs(b, f);
	if (err)
		luob_blob__free(b);
	return err;
}

void luob_blob__free(struct luob_blob *b)
{
	luob_free(b->types);
	luob_free(b->handles);
	luob_free(b->formats);
	luob_free(b->progs);
	memset(b, 0, sizeof(*b));
}

/* The name of a program's rule, or NULL. */
const char *luob_blob__rule(const struct luob_blob *b, const struct luob_prog *prog, __u64 nr)
{
	__u32 i;

	for (i = 0; i < b->head->nr_rules; i++)
		if (b->rules[i].prog == (__u32)(prog - b->progs) && b->rules[i].nr == nr)
			return b->rules[i].name;
	return NULL;
}
