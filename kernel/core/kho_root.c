// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kho_root.h"
#include "../abi/kho.h"

/* The one table of root formats, by kexec_handover.c of each. kho-v2 was never released. */
static const struct luob_kho_format formats[] = {
	{ "kho-v1", .radix = false, .sized = false },	/* 6.19 */
	{ "kho-v3", .radix = true, .sized = true },	/* 7.1 */
	{ "kho-v4", .radix = true, .sized = true },	/* 7.2, 7.3 */
};

/* The format behind a root's version string, or NULL when it is not known. */
const struct luob_kho_format *luob_kho_format__find(const char *compatible)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].compatible, compatible))
			return &formats[i];
	return NULL;
}

static int get_u64(const void *fdt, int node, const char *name, const char *prop, __u64 *v,
		   struct luob_fault *f)
{
	int len;
	const void *p = fdt_getprop(fdt, node, prop, &len);

	if (!p)
		return luob_fault__set(f, "KHO root: node '%s' has no property '%s'", name, prop);
	if (len != (int)sizeof(*v))
		return luob_fault__set(f, "KHO root: property '%s' of '%s' has %d bytes, not 8",
				       prop, name, len);
	*v = luob_get64(p);
	return 0;
}

/* Every property must be one of @known; a null pointer ends the list. */
static int only_props(const void *fdt, int node, const char *name, const char *const *known,
		      struct luob_fault *f)
{
	const char *prop;
	int p, i;

	fdt_for_each_property_offset(p, fdt, node) {
		if (!fdt_getprop_by_offset(fdt, p, &prop, NULL))
			return luob_fault__set(f, "KHO root: node '%s' is damaged", name);
		for (i = 0; known[i] && strcmp(known[i], prop); i++)
			;
		if (!known[i])
			return luob_fault__set(f, "KHO root: node '%s' has an unknown property "
						  "'%s'",
					       name, prop);
	}
	return 0;
}

static int parse_subtree(struct luob_kho_root *root, const void *fdt, int node,
			 struct luob_fault *f)
{
	static const char *const sized[] = { KHO_PROP_DATA, KHO_PROP_SIZE, NULL };
	static const char *const plain[] = { KHO_PROP_FDT, NULL };
	struct luob_subtree *s = &root->subtrees[root->nr_subtrees];
	const char *name = fdt_get_name(fdt, node, NULL);
	__u32 i;
	int err;

	if (root->nr_subtrees == LUOB_MAX_SUBTREES)
		return luob_fault__set(f, "KHO root: more than %d subtrees", LUOB_MAX_SUBTREES);
	if (!name || !*name || strlen(name) >= sizeof(s->name))
		return luob_fault__set(f, "KHO root: bad name of subtree %u", root->nr_subtrees);
	for (i = 0; i < root->nr_subtrees; i++)
		if (!strcmp(root->subtrees[i].name, name))
			return luob_fault__set(f, "KHO root: subtree '%s' is there twice", name);
	strcpy(s->name, name);
	err = only_props(fdt, node, name, root->format->sized ? sized : plain, f);
	if (!err && fdt_first_subnode(fdt, node) >= 0)
		err = luob_fault__set(f, "KHO root: subtree '%s' has children", name);
	if (!err)
		err = get_u64(fdt, node, name, root->format->sized ? KHO_PROP_DATA : KHO_PROP_FDT,
			      &s->pa, f);
	if (!err && root->format->sized)
		err = get_u64(fdt, node, name, KHO_PROP_SIZE, &s->size, f);
	if (!err && !s->pa)
		err = luob_fault__set(f, "KHO root: subtree '%s' is at address 0", name);
	if (!err)
		root->nr_subtrees++;
	return err;
}

/**
 * luob_kho_root__parse - read the KHO root FDT
 * @root: result
 * @page: KHO_ROOT_SIZE bytes
 * @f: what is wrong
 *
 * Unknown properties are refused: they would be lost by luob_kho_root__build().
 *
 * Return: 0, -EBADMSG with @f set; -EPROTONOSUPPORT with @root->compatible set
 * when the version string is not known.
 */
int luob_kho_root__parse(struct luob_kho_root *root, const void *page, struct luob_fault *f)
{
	static const char *const known[] = { KHO_PROP_COMPATIBLE, KHO_PROP_MAP, NULL };
	const char *compatible;
	int node, len, err;

	memset(root, 0, sizeof(*root));
	err = fdt_check_full(page, KHO_ROOT_SIZE);
	if (err)
		return luob_fault__set(f, "KHO root: not a valid FDT of one page (%s)",
				       fdt_strerror(err));
	compatible = fdt_getprop(page, 0, KHO_PROP_COMPATIBLE, &len);
	if (!compatible || len < 2 || len > (int)sizeof(root->compatible) || compatible[len - 1])
		return luob_fault__set(f, "KHO root: no usable property 'compatible'");
	memcpy(root->compatible, compatible, len);
	root->format = luob_kho_format__find(root->compatible);
	if (!root->format) {
		luob_fault__set(f, "KHO root: version '%s' is not known", root->compatible);
		return -EPROTONOSUPPORT;
	}
	err = only_props(page, 0, "/", known, f);
	if (err)
		return err;
	/* 6.19 adds the map at the very end of the freeze: none yet is no damage. */
	if (fdt_getprop(page, 0, KHO_PROP_MAP, NULL) || root->format->radix) {
		err = get_u64(page, 0, "/", KHO_PROP_MAP, &root->map_pa, f);
		if (err)
			return err;
	}
	fdt_for_each_subnode(node, page, 0) {
		err = parse_subtree(root, page, node, f);
		if (err)
			return err;
	}
	return 0;
}

static int put_subtree(void *fdt, const struct luob_subtree *s, bool sized)
{
	int err = fdt_begin_node(fdt, s->name);

	if (!err)
		err = fdt_property(fdt, sized ? KHO_PROP_DATA : KHO_PROP_FDT, &s->pa,
				   sizeof(s->pa));
	if (!err && sized)
		err = fdt_property(fdt, KHO_PROP_SIZE, &s->size, sizeof(s->size));
	return err ? err : fdt_end_node(fdt);
}

/**
 * luob_kho_root__build - write a KHO root FDT
 * @root: what to write; only its format decides the version string
 * @page: KHO_ROOT_SIZE bytes
 * @f: what is wrong
 *
 * Return: 0, -EBADMSG when it does not fit in a page.
 */
int luob_kho_root__build(const struct luob_kho_root *root, void *page, struct luob_fault *f)
{
	__u32 i;
	int err;

	memset(page, 0, KHO_ROOT_SIZE);
	err = fdt_create(page, KHO_ROOT_SIZE);
	if (!err)
		err = fdt_finish_reservemap(page);
	if (!err)
		err = fdt_begin_node(page, "");
	if (!err)
		err = fdt_property_string(page, KHO_PROP_COMPATIBLE, root->format->compatible);
	if (!err)
		err = fdt_property(page, KHO_PROP_MAP, &root->map_pa, sizeof(root->map_pa));
	for (i = 0; !err && i < root->nr_subtrees; i++)
		err = put_subtree(page, &root->subtrees[i], root->format->sized);
	if (!err)
		err = fdt_end_node(page);
	if (!err)
		err = fdt_finish(page);
	if (err)
		return luob_fault__set(f, "KHO root: %u subtrees do not fit in a page (%s)",
				       root->nr_subtrees, fdt_strerror(err));
	return 0;
}
