// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "lib/btf_copy.h"

struct copier {
	struct btf *to;
	const struct btf *from;
	__u32 *ids;		/* what each type became, 0 for nothing yet */
	__u32 nr;
	int depth;		/* damaged BTF may hold structures that hold themselves */
};

#define MAX_DEPTH	64

static int copy(struct copier *c, __u32 id);

/* The types of members come first, so that ids are known when the structure is added. */
static int copy_struct(struct copier *c, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(c->from, id);
	int i, err = 0, n = btf_vlen(t), made;
	struct btf_member *m;

	for (i = 0; i < n && !err; i++)
		err = copy(c, btf_members(t)[i].type);
	if (err)
		return err;
	made = btf__add_type(c->to, c->from, t);
	if (made < 0)
		return made;
	/* What was added is ours to change. */
	m = btf_members((struct btf_type *)btf__type_by_id(c->to, made));
	for (i = 0; i < n; i++)
		m[i].type = c->ids[btf_members(t)[i].type];
	c->ids[id] = made;
	return 0;
}

static int copy_array(struct copier *c, __u32 id)
{
	const struct btf_array *a = btf_array(btf__type_by_id(c->from, id));
	int err = copy(c, a->type), made;

	if (!err)
		err = copy(c, a->index_type);
	if (err)
		return err;
	made = btf__add_array(c->to, c->ids[a->index_type], c->ids[a->type], a->nelems);
	if (made < 0)
		return made;
	c->ids[id] = made;
	return 0;
}

static int copy_plain(struct copier *c, __u32 id, bool follow)
{
	const struct btf_type *t = btf__type_by_id(c->from, id);
	int err = follow ? copy(c, t->type) : 0, made;

	if (err)
		return err;
	made = btf__add_type(c->to, c->from, t);
	if (made < 0)
		return made;
	if (follow)
		((struct btf_type *)btf__type_by_id(c->to, made))->type = c->ids[t->type];
	c->ids[id] = made;
	return 0;
}

/* Pointers lead to nothing: what is behind them is another kernel's memory. */
static int copy_kind(struct copier *c, const struct btf_type *t, __u32 id)
{
	int made;

	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return copy_struct(c, id);
	case BTF_KIND_ARRAY:
		return copy_array(c, id);
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return copy_plain(c, id, true);
	case BTF_KIND_PTR:
		made = btf__add_ptr(c->to, 0);
		if (made < 0)
			return made;
		c->ids[id] = made;
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
	case BTF_KIND_FWD:
		return copy_plain(c, id, false);
	default:
		return -EINVAL;
	}
}

static int copy(struct copier *c, __u32 id)
{
	const struct btf_type *t = id < c->nr ? btf__type_by_id(c->from, id) : NULL;
	int err;

	if (!id || (t && c->ids[id]))
		return 0;
	if (!t || c->depth == MAX_DEPTH)
		return -EINVAL;
	c->depth++;
	err = copy_kind(c, t, id);
	c->depth--;
	return err;
}

/**
 * btf_copy__structs - the named structures that are wanted, with all that is in them
 * @to: result
 * @from: where they are
 * @want: by name
 * @priv: for @want
 *
 * Return: 0, -EINVAL when @from is damaged, -ENOMEM.
 */
int btf_copy__structs(struct btf **to, const struct btf *from,
		      bool (*want)(void *priv, const char *name), void *priv)
{
	struct copier c = { .from = from, .nr = btf__type_cnt(from) };
	const struct btf_type *t;
	const char *name;
	int err = -ENOMEM;
	__u32 id;

	c.ids = calloc(c.nr, sizeof(*c.ids));
	c.to = btf__new_empty();
	if (!c.ids || !c.to)
		goto out;
	for (err = 0, id = 1; id < c.nr && !err; id++) {
		t = btf__type_by_id(from, id);
		name = btf_is_struct(t) ? btf__name_by_offset(from, t->name_off) : NULL;
		if (name && *name && want(priv, name))
			err = copy(&c, id);
	}
out:
	free(c.ids);
	if (err)
		btf__free(c.to);
	else
		*to = c.to;
	return err;
}
