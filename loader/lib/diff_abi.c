// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* All formats of two kernels, family by family. */
#include "lib/diff.h"
#include "lib/layout.h"

/* One kernel: its own structures are opened when they are needed. */
struct kernel {
	const struct luo_abi *abi;
	struct luo_types *own;
};

struct comparer {
	struct luo_diff *diff;
	struct luo_types *catalogue;
	struct kernel a;
	struct kernel b;
	char *msg;
	size_t msg_size;
};

static int own_types(struct comparer *c, struct kernel *k)
{
	const void *data;
	struct btf *btf;
	__u32 size;

	if (k->own || !k->abi->btf)
		return 0;
	data = btf__raw_data(k->abi->btf, &size);
	btf = data ? btf__new(data, size) : NULL;
	if (btf && !luo_types__new(&k->own, btf, k->abi->release))
		return 0;
	snprintf(c->msg, c->msg_size, "no memory, or damaged BTF");
	return -ENOMEM;
}

static bool as_in_catalogue(struct comparer *c, const struct kernel *k, const struct luo_fact *f)
{
	struct luo_row row = {
		.family = f->family, .string = f->string, .space = f->space, .subtree = f->subtree,
		.type = f->type, .value = f->value,
	};
	char why[200];

	return f->mark != LUO_INFERRED || !k->abi->btf ||
	       luo_abi__fits(k->abi, &row, c->catalogue, why, sizeof(why));
}

/*
 * A structure of the catalogue has tags, so it is better than the kernel's own, if they
 * agree; a vendor's kernel may have another behind the same string.
 */
static int open_side(struct comparer *c, struct kernel *k, const struct luo_fact *f,
		     struct luo_diff_side *s)
{
	char name[64];
	__s32 id;
	int err;

	*s = (struct luo_diff_side){ .types = c->catalogue, .string = f->string };
	if (!*f->type)
		return 0;
	id = luo_layout__find(luo_types__btf(c->catalogue), f->type);
	if (id > 0 && as_in_catalogue(c, k, f)) {
		s->id = id;
		return 0;
	}
	err = own_types(c, k);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%.*s", luo_layout__base(f->type), f->type);
	id = k->own ? luo_layout__find(luo_types__btf(k->own), name) : -ENOENT;
	if (id > 0) {
		s->types = k->own;
		s->id = id;
		return 0;
	}
	snprintf(c->msg, c->msg_size, "%s: struct %s is neither in its BTF nor in the catalogue",
		 k->abi->release, f->type);
	return -EINVAL;
}

static bool same_family(const struct luo_fact *x, const struct luo_fact *y)
{
	if (strcmp(x->space, y->space) || strcmp(x->subtree, y->subtree))
		return false;
	return *x->family ? !strcmp(x->family, y->family) :
			    !*y->family && !strcmp(x->string, y->string);
}

/* How many of the same family come before: several strings of one are compared in order. */
static size_t rank(const struct luo_abi *abi, const struct luo_fact *f)
{
	const struct luo_fact *x;
	size_t n = 0;

	for (x = abi->facts; x < f; x++)
		n += !x->absent && same_family(x, f);
	return n;
}

static const struct luo_fact *counterpart(const struct luo_abi *abi, const struct luo_fact *f,
					  size_t n)
{
	size_t i;

	for (i = 0; i < abi->nr; i++)
		if (!abi->facts[i].absent && same_family(&abi->facts[i], f) && !n--)
			return &abi->facts[i];
	return NULL;
}

static const char *name_of(const struct luo_fact *f)
{
	return *f->family ? f->family : "?";
}

static int note_marks(struct comparer *c, const struct kernel *k, const struct luo_fact *f)
{
	if (f->mark != LUO_INFERRED)
		return 0;
	return luo_diff__add(c->diff, LUO_NOT_CERTAIN, name_of(f), "", "", "%s: %s: %s",
			     k->abi->release, f->string, f->why);
}

static int compare(struct comparer *c, const struct luo_fact *x, const struct luo_fact *y)
{
	size_t before = c->diff->nr;
	struct luo_diff_side a, b;
	int err;

	err = open_side(c, &c->a, x, &a);
	if (!err)
		err = open_side(c, &c->b, y, &b);
	if (!err)
		err = luo_diff__records(c->diff, name_of(x), &a, &b);
	if (!err)
		err = note_marks(c, &c->a, x);
	if (!err)
		err = note_marks(c, &c->b, y);
	if (!err && before == c->diff->nr)
		err = luo_diff__add(c->diff, LUO_SAME, name_of(x), "", "", "'%s'", x->string);
	if (err && !*c->msg)
		snprintf(c->msg, c->msg_size, "%s: its BTF is damaged", name_of(x));
	return err;
}

static int compare_all(struct comparer *c)
{
	const struct luo_abi *a = c->a.abi, *b = c->b.abi;
	const struct luo_fact *other;
	size_t i;
	int err = 0;

	for (i = 0; i < a->nr && !err; i++) {
		const struct luo_fact *f = &a->facts[i];

		if (f->absent)
			continue;
		other = counterpart(b, f, rank(a, f));
		err = other ? compare(c, f, other) :
			      luo_diff__add(c->diff, LUO_FAMILY_REMOVED, name_of(f), "", "",
					    "'%s': %s has nothing of it", f->string, b->release);
	}
	for (i = 0; i < b->nr && !err; i++) {
		const struct luo_fact *f = &b->facts[i];

		if (!f->absent && !counterpart(a, f, rank(b, f)))
			err = luo_diff__add(c->diff, LUO_FAMILY_ADDED, name_of(f), "", "",
					    "'%s': %s has nothing of it", f->string, a->release);
	}
	return err;
}

/**
 * luo_diff__abi - compare all formats of two kernels
 * @diff: findings are added
 * @a: old kernel
 * @b: new kernel
 * @catalogue: structures with tags
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL for a structure that is nowhere or BTF that can't be read, -ENOMEM.
 */
int luo_diff__abi(struct luo_diff *diff, const struct luo_abi *a, const struct luo_abi *b,
		  struct luo_types *catalogue, char *msg, size_t msg_size)
{
	struct comparer c = {
		.diff = diff, .catalogue = catalogue, .a.abi = a, .b.abi = b,
		.msg = msg, .msg_size = msg_size,
	};
	int err;

	*msg = 0;
	err = compare_all(&c);
	luo_types__free(c.a.own);
	luo_types__free(c.b.own);
	return err;
}
