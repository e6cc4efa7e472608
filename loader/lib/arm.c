// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "core/blob.h"
#include "lib/arm.h"
#include "lib/plan.h"
#include "lib/verdict.h"

/* Rules are small enumerations: more than that is no rule of ours. */
#define MAX_RULE	256

/* An array in the making. */
struct array {
	void *p;
	size_t nr;
	size_t cap;
	size_t each;
};

struct packer {
	struct array types;
	struct array handles;
	struct array fdt;
	struct array formats;
	struct array progs;
	struct array rules;
	const struct luob_type **seen;
	size_t cap_seen;
	int err;
};

static void *push(struct packer *p, struct array *a)
{
	void *n = luob_grow(a->p, a->nr, &a->cap, a->each);

	if (!n) {
		p->err = -ENOMEM;
		return NULL;
	}
	a->p = n;
	n = (__u8 *)n + a->nr++ * a->each;
	memset(n, 0, a->each);
	return n;
}

static void copy_name(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static __s32 pack_type(struct packer *p, const struct luob_type *t);

static void pack_handle(struct packer *p, size_t at, const struct luob_handle *h)
{
	__s32 head = pack_type(p, h->head), elem = pack_type(p, h->elem);
	struct luob_blob_handle *to = (struct luob_blob_handle *)p->handles.p + at;

	to->off = h->off;
	to->size = h->size;
	to->bits = h->bits;
	to->kind = h->kind;
	to->count_at = h->count_at;
	to->one_page = h->one_page;
	to->count_off = h->count_off;
	to->count_size = h->count_size;
	to->string_off = h->string_off;
	to->string_size = h->string_size;
	to->key_off = h->key_off;
	to->hw_off = h->hw_off;
	to->hw_size = h->hw_size;
	memcpy(to->space, h->space, sizeof(to->space));
	to->head = head;
	to->elem = elem;
}

static __s32 new_type(struct packer *p, const struct luob_type *t)
{
	struct luob_blob_type *to = push(p, &p->types);
	const struct luob_type **seen;

	if (!to)
		return -1;
	seen = luob_grow(p->seen, p->types.nr - 1, &p->cap_seen, sizeof(*seen));
	if (!seen) {
		p->err = -ENOMEM;
		return -1;
	}
	p->seen = seen;
	seen[p->types.nr - 1] = t;
	copy_name(to->name, sizeof(to->name), t->name);
	to->fingerprint = t->fingerprint;
	to->layout = t->layout;
	to->size = t->size;
	to->nodes_off = t->nodes_off;
	to->nodes_size = t->nodes_size;
	to->version_off = t->version_off;
	to->version_size = t->version_size;
	to->unique_off = t->unique_off;
	to->unique_size = t->unique_size;
	to->handles = p->handles.nr;
	to->nr_handles = t->nr_handles;
	to->fdt = p->fdt.nr;
	to->nr_fdt = t->nr_fdt;
	return p->types.nr - 1;
}

/* The index of a type, packed with all that it leads to; -1 for none. */
static __s32 pack_type(struct packer *p, const struct luob_type *t)
{
	struct luob_fdt_field *f;
	size_t i, handles;
	__s32 at, nodes;

	if (!t)
		return -1;
	for (i = 0; i < p->types.nr; i++)
		if (p->seen[i] == t)
			return i;
	at = new_type(p, t);
	if (at < 0)
		return at;
	handles = p->handles.nr;
	for (i = 0; i < t->nr_handles && !p->err; i++)
		push(p, &p->handles);
	for (i = 0; i < t->nr_fdt && !p->err; i++) {
		f = push(p, &p->fdt);
		if (f)
			*f = t->fdt[i];
	}
	for (i = 0; i < t->nr_handles && !p->err; i++)
		pack_handle(p, handles + i, &t->handles[i]);
	nodes = pack_type(p, t->nodes);
	if (!p->err)
		((struct luob_blob_type *)p->types.p)[at].nodes = nodes;
	return at;
}

static void pack_formats(struct packer *p, const struct luo_profile *profile)
{
	size_t i;

	for (i = 0; i < profile->core.nr && !p->err; i++) {
		const struct luob_format *f = &profile->core.formats[i];
		__s32 type = pack_type(p, f->type);
		struct luob_blob_format *to = push(p, &p->formats);

		if (!to)
			return;
		copy_name(to->family, sizeof(to->family), f->family);
		copy_name(to->string, sizeof(to->string), f->string);
		copy_name(to->space, sizeof(to->space), f->space);
		copy_name(to->subtree, sizeof(to->subtree), f->subtree);
		to->type = type;
		to->reads = f->reads;
		to->writes = f->writes;
		to->value = f->value;
	}
}

static void pack_rules(struct packer *p, const struct luo_object *obj, __u32 prog)
{
	struct luob_blob_rule *to;
	const char *name;
	__u32 i;

	for (i = 0; i < MAX_RULE && !p->err; i++) {
		name = luo_object__rule(obj, i);
		to = name ? push(p, &p->rules) : NULL;
		if (!to)
			continue;
		copy_name(to->name, sizeof(to->name), name);
		to->prog = prog;
		to->nr = i;
	}
}

static void pack_losses(struct packer *p, const struct luob_prog *prog, size_t at)
{
	struct luob_blob_prog *to;
	unsigned int i;
	__s32 type;

	for (i = 0; i < prog->nr_losses; i++) {
		type = pack_type(p, prog->losses[i].type);
		to = (struct luob_blob_prog *)p->progs.p + at;
		to->loss_types[i] = type;
		to->loss_offs[i] = prog->losses[i].off;
		to->nr_losses = i + 1;
	}
}

/* Their names, for the report; what does not fit is a '+'. */
static void name_losses(const struct luo_object *obj, char *to, size_t size)
{
	const char *tag = NULL, *why;
	char field[64];
	size_t n = 0;

	while (luo_object__loss(obj, &tag, field, sizeof(field), &why)) {
		if (n + strlen(field) + 3 > size) {
			strcpy(to + n, "+");
			return;
		}
		n += snprintf(to + n, size - n, "%s%s", n ? "," : "", field);
	}
}

static void pack_progs(struct packer *p, const struct luo_objects *objects,
		       const struct luo_attached *at)
{
	const void *bytes;
	size_t i, size;

	for (i = 0; i < objects->nr && !p->err; i++) {
		const struct luob_prog *prog = &objects->progs[i];
		__s32 from = pack_type(p, prog->from), to_type = pack_type(p, prog->to);
		struct luob_blob_prog *to = push(p, &p->progs);

		if (!to)
			return;
		copy_name(to->name, sizeof(to->name), prog->name);
		copy_name(to->family, sizeof(to->family), prog->family);
		copy_name(to->from_string, sizeof(to->from_string), prog->from_string);
		copy_name(to->to_string, sizeof(to->to_string), prog->to_string);
		to->from = from;
		to->to = to_type;
		to->limit = prog->limit;
		to->map_id = at[i].map_id;
		to->prog_id = at[i].prog_id;
		to->verified = luo_objects__verified(objects, i);
		bytes = luo_object__bytes(objects->objects[i], &size);
		luo_digest__bytes(bytes, size, to->digest);
		name_losses(objects->objects[i], to->losses, sizeof(to->losses));
		pack_losses(p, prog, p->progs.nr - 1);
		pack_rules(p, objects->objects[i], i);
	}
}

static size_t room(const struct array *a)
{
	return (a->nr * a->each + 7) & ~(size_t)7;
}

static __u8 *put(__u8 *to, const struct array *a)
{
	if (a->nr)
		memcpy(to, a->p, a->nr * a->each);
	return to + room(a);
}

static int join(struct packer *p, const struct luob_blob_head *head, void **blob, size_t *size)
{
	__u8 *to;

	*size = ((sizeof(*head) + 7) & ~(size_t)7) + room(&p->types) + room(&p->handles) +
		room(&p->fdt) + room(&p->formats) + room(&p->progs) + room(&p->rules);
	to = calloc(1, *size);
	if (!to)
		return -ENOMEM;
	*blob = to;
	memcpy(to, head, sizeof(*head));
	((struct luob_blob_head *)to)->size = *size;
	to += (sizeof(*head) + 7) & ~(size_t)7;
	to = put(to, &p->types);
	to = put(to, &p->handles);
	to = put(to, &p->fdt);
	to = put(to, &p->formats);
	to = put(to, &p->progs);
	put(to, &p->rules);
	return 0;
}

/**
 * luo_blob__pack - what the module has to know, as core/blob.h describes it
 * @objects: attached objects
 * @at: what the kernel calls them, in the same order
 * @from: profile of the running kernel
 * @to: profile of the next
 * @deferred: whether the next has DEFERRED_STRUCT_PAGE_INIT
 * @image: what has to be loaded, or NULL for any
 * @blob: result, to be freed
 * @size: its bytes
 *
 * Return: 0, -ENOMEM.
 */
int luo_blob__pack(const struct luo_objects *objects, const struct luo_attached *at,
		   const struct luo_profile *from, const struct luo_profile *to,
		   enum luob_known deferred, const struct luo_digests *image, void **blob,
		   size_t *size)
{
	struct packer p = {
		.types.each = sizeof(struct luob_blob_type),
		.handles.each = sizeof(struct luob_blob_handle),
		.fdt.each = sizeof(struct luob_fdt_field),
		.formats.each = sizeof(struct luob_blob_format),
		.progs.each = sizeof(struct luob_blob_prog),
		.rules.each = sizeof(struct luob_blob_rule),
	};
	struct luob_blob_head head = {
		.magic = LUOB_BLOB_MAGIC, .version = LUOB_BLOB_VERSION,
		.max_order = to->max_order,
		.deferred = to->deferred ? deferred : LUOB_NO,
		.has_image = image != NULL,
	};
	int err;

	copy_name(head.from_release, sizeof(head.from_release), from->core.release);
	copy_name(head.to_release, sizeof(head.to_release), to->core.release);
	copy_name(head.from_kho, sizeof(head.from_kho), from->kho);
	copy_name(head.to_kho, sizeof(head.to_kho), to->kho);
	if (image) {
		memcpy(head.kernel, image->kernel, sizeof(head.kernel));
		memcpy(head.initrd, image->initrd, sizeof(head.initrd));
		memcpy(head.cmdline, image->cmdline, sizeof(head.cmdline));
	}
	pack_formats(&p, from);
	head.nr_from = p.formats.nr;
	pack_formats(&p, to);
	pack_progs(&p, objects, at);
	head.nr_types = p.types.nr;
	head.nr_handles = p.handles.nr;
	head.nr_fdt = p.fdt.nr;
	head.nr_formats = p.formats.nr;
	head.nr_progs = p.progs.nr;
	head.nr_rules = p.rules.nr;
	err = p.err ? p.err : join(&p, &head, blob, size);
	free(p.types.p);
	free(p.handles.p);
	free(p.fdt.p);
	free(p.formats.p);
	free(p.progs.p);
	free(p.rules.p);
	free(p.seen);
	return err;
}
