// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fdt_view.h"

/* "/node:property" names depth one; "/" + "*" stands for every other node. */
static bool path_is(const char *path, const char *node, const char *prop)
{
	size_t n = strlen(node);

	return path[0] == '/' && !strncmp(path + 1, node, n) && path[1 + n] == ':' &&
	       !strcmp(path + 2 + n, prop);
}

static struct luob_fdt_field *find_field(const struct luob_type *t, const char *node,
					 const char *prop)
{
	__u32 i;

	for (i = 0; t && i < t->nr_fdt; i++)
		if (path_is(t->fdt[i].path, node, prop))
			return &t->fdt[i];
	return NULL;
}

/* Does the table name a node? All others are elements, or unknown. */
bool luob_fdt_view__names(const struct luob_type *t, const char *node)
{
	size_t n = strlen(node);
	__u32 i;

	for (i = 0; i < t->nr_fdt; i++)
		if (!strncmp(t->fdt[i].path + 1, node, n) && t->fdt[i].path[1 + n] == ':')
			return true;
	return false;
}

static int read_prop(const struct luob_fdt_field *field, const void *p, int len, void *base,
		     struct luob_fault *f)
{
	if (field->size) {
		if (len != (int)field->size)
			return luob_fault__rule(f, "FDT_PROPERTY", "'%s' has %d bytes, not %u",
						field->path, len, field->size);
		memcpy((__u8 *)base + field->off, p, len);
		return 0;
	}
	if (len != (int)strlen(field->text) + 1 || memcmp(p, field->text, len))
		return luob_fault__rule(f, "FDT_VERSION", "'%s' is not \"%s\"", field->path,
					field->text);
	return 0;
}

/* All properties of one node into @base; each table entry exactly once. */
static int read_node(const struct luob_type *t, const char *pattern, const void *fdt, int node,
		     void *base, struct luob_fault *f)
{
	struct luob_fdt_field *field;
	__u32 want = 0, got = 0, i;
	const char *prop;
	const void *p;
	int off, len, err;

	fdt_for_each_property_offset(off, fdt, node) {
		p = fdt_getprop_by_offset(fdt, off, &prop, &len);
		if (!p)
			return luob_fault__set(f, "FDT node '/%s' is damaged", pattern);
		field = find_field(t, pattern, prop);
		if (!field)
			return luob_fault__rule(f, "FDT_UNKNOWN", "unknown property '%s' in FDT "
								  "node '/%s'",
						prop, pattern);
		err = read_prop(field, p, len, base, f);
		if (err)
			return err;
		got++;
	}
	for (i = 0; i < t->nr_fdt; i++)
		if (path_is(t->fdt[i].path, pattern, strchr(t->fdt[i].path, ':') + 1)) {
			want++;
			if (!fdt_getprop(fdt, node, strchr(t->fdt[i].path, ':') + 1, NULL))
				return luob_fault__rule(f, "FDT_MISSING", "no property '%s'",
							t->fdt[i].path);
		}
	if (got != want)
		return luob_fault__rule(f, "FDT_PROPERTY", "FDT node '/%s' repeats a property",
					pattern);
	return 0;
}

/* Named nodes go into the head, all others are elements if the type has some. */
static int read_nodes(const struct luob_type *t, const void *fdt, void *flat, struct luob_fault *f)
{
	__u8 *elem = (__u8 *)flat + t->size;
	const char *name;
	int node, err;

	fdt_for_each_subnode(node, fdt, 0) {
		name = fdt_get_name(fdt, node, NULL);
		if (!name)
			return luob_fault__set(f, "an FDT node is damaged");
		if (fdt_first_subnode(fdt, node) >= 0)
			return luob_fault__rule(f, "FDT_UNKNOWN", "FDT node '/%s' has children",
						name);
		if (luob_fdt_view__names(t, name)) {
			err = read_node(t, name, fdt, node, flat, f);
		} else if (t->nodes) {
			err = read_node(t->nodes, "*", fdt, node, elem, f);
			elem += t->nodes->size;
		} else {
			err = luob_fault__rule(f, "FDT_UNKNOWN", "unknown FDT node '/%s'", name);
		}
		if (err)
			return err;
	}
	return 0;
}

/* A node that the table names and the tree lacks is refused, never defaulted. */
static int need_nodes(const struct luob_type *t, const void *fdt, struct luob_fault *f)
{
	char node[LUOB_FDT_PATH_MAX];
	size_t n;
	__u32 i;

	for (i = 0; i < t->nr_fdt; i++) {
		n = strcspn(t->fdt[i].path + 1, ":");
		memcpy(node, t->fdt[i].path + 1, n);
		node[n] = 0;
		if (n && fdt_subnode_offset(fdt, 0, node) < 0)
			return luob_fault__rule(f, "FDT_MISSING", "no FDT node '/%s'", node);
	}
	return 0;
}

static int count_nodes(const struct luob_type *t, const void *fdt)
{
	int node, nr = 0;

	fdt_for_each_subnode(node, fdt, 0)
		if (!luob_fdt_view__names(t, fdt_get_name(fdt, node, NULL) ?: ""))
			nr++;
	return nr;
}

/**
 * luob_fdt_view__read - make the flat structure of an FDT
 * @t: its type
 * @fdt: the blob, @size bytes; hostile
 * @flat: the structure, followed by one element per repeating node; to be freed
 * @flat_size: its bytes
 * @f: what is wrong
 *
 * Return: 0, -EBADMSG, -ENOMEM.
 */
int luob_fdt_view__read(const struct luob_type *t, const void *fdt, size_t size, void **flat,
			__u64 *flat_size, struct luob_fault *f)
{
	int nr = 0, err;

	err = fdt_check_full(fdt, size);
	if (err)
		return luob_fault__rule(f, "BAD_FDT", "not a valid FDT (%s)", fdt_strerror(err));
	if (t->nodes)
		nr = count_nodes(t, fdt);
	*flat_size = t->size + (t->nodes ? (__u64)nr * t->nodes->size : 0);
	*flat = luob_alloc(1, *flat_size ? *flat_size : 1);
	if (!*flat)
		return -ENOMEM;
	if (t->nodes)
		luob_put64((__u8 *)*flat + t->nodes_off, nr);
	err = need_nodes(t, fdt, f);
	if (!err)
		err = read_node(t, "", fdt, 0, *flat, f);
	if (!err)
		err = read_nodes(t, fdt, *flat, f);
	if (err) {
		luob_free(*flat);
		*flat = NULL;
	}
	return err;
}

static int write_node(const struct luob_type *t, const char *node, const void *flat, void *fdt)
{
	const struct luob_fdt_field *field;
	const char *prop;
	__u32 i;
	int err = 0;

	for (i = 0; !err && i < t->nr_fdt; i++) {
		field = &t->fdt[i];
		prop = strchr(field->path, ':') + 1;
		if (!path_is(field->path, node, prop))
			continue;
		if (field->size)
			err = fdt_property(fdt, prop, (const __u8 *)flat + field->off, field->size);
		else
			err = fdt_property_string(fdt, prop, field->text);
	}
	return err;
}

/* Each named node once, in the order in which the table first mentions it. */
static int write_nodes(const struct luob_type *t, const void *flat, void *fdt)
{
	char node[LUOB_FDT_PATH_MAX];
	__u32 i, k;
	size_t n;
	int err = 0;

	for (i = 0; !err && i < t->nr_fdt; i++) {
		n = strcspn(t->fdt[i].path + 1, ":");
		memcpy(node, t->fdt[i].path + 1, n);
		node[n] = 0;
		for (k = 0; k < i && strncmp(t->fdt[k].path, t->fdt[i].path, n + 2); k++)
			;
		if (!n || k < i)
			continue;
		err = fdt_begin_node(fdt, node);
		if (!err)
			err = write_node(t, node, flat, fdt);
		if (!err)
			err = fdt_end_node(fdt);
	}
	return err;
}

/**
 * luob_fdt_view__write - serialise a flat structure
 * @t: its type; repeating nodes have no names and cannot be written
 * @flat: the structure
 * @fdt: room for the blob
 * @size: of the room, in bytes
 * @f: what is wrong
 *
 * Return: 0, -EBADMSG.
 */
int luob_fdt_view__write(const struct luob_type *t, const void *flat, void *fdt, size_t size,
			 struct luob_fault *f)
{
	int err;

	if (t->nodes)
		return luob_fault__rule(f, "FDT_UNKNOWN", "repeating nodes cannot be written");
	err = fdt_create(fdt, size);
	if (!err)
		err = fdt_finish_reservemap(fdt);
	if (!err)
		err = fdt_begin_node(fdt, "");
	if (!err)
		err = write_node(t, "", flat, fdt);
	if (!err)
		err = write_nodes(t, flat, fdt);
	if (!err)
		err = fdt_end_node(fdt);
	if (!err)
		err = fdt_finish(fdt);
	if (err)
		return luob_fault__rule(f, "BAD_FDT", "FDT cannot be written (%s)",
					fdt_strerror(err));
	return 0;
}
