// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which steps lead from what one kernel wrote to what another reads. */
#include "tx.h"

/* "pci:2" stands for a record that is called "pci" and keeps the number 2 itself. */
size_t luob_format__name(const char *string)
{
	const char *colon = strchr(string, ':');

	return colon ? (size_t)(colon - string) : strlen(string);
}

/* The record's own version, as a string: some keep a number. */
static bool version_is(const struct luob_type *t, const __u8 *p, const char *string)
{
	char number[16];

	if (t->version_size != 4)
		return strnlen((const char *)p, t->version_size) < t->version_size &&
		       !strcmp((const char *)p, string);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)luob_get(p, 4));
	if (string[luob_format__name(string)])
		string += luob_format__name(string) + 1;
	return !strcmp(number, string);
}

/**
 * luob_format__open - open a record of a known format
 * @format: what it has to be
 * @s: memory
 * @r: result, zeroed by the caller
 * @pa: its address
 * @f: what is wrong
 *
 * As luob_region__open_record(); a record with a version of its own has to have
 * the one that led here.
 *
 * Return: 0, -EBADMSG with @f set, -ENOMEM.
 */
int luob_format__open(const struct luob_format *format, const struct luob_space *s,
		      struct luob_region *r, __u64 pa, struct luob_fault *f)
{
	const struct luob_type *t = format->type;
	const __u8 *p;
	int err;

	err = luob_region__open_record(s, r, t, pa, f);
	if (err || !t->version_size)
		return err;
	p = luob_region__window(s, r, t->version_off, t->version_size);
	if (p && version_is(t, p, format->string))
		return 0;
	return luob_fault__rule(f, "WRONG_STRING", "the record's version is not '%s'",
				format->string);
}

/**
 * luob_format__open_child - open a record of another family
 * @format: what it has to be
 * @s: memory
 * @r: result, zeroed by the caller
 * @h: what leads to it, of kind LUOB_H_CHILD
 * @base: the structure that contains the handle
 * @f: what is wrong
 *
 * As luob_format__open(); where its size is recorded beside the handle, it has to be right.
 *
 * Return: 0, -EBADMSG with @f set, -ENOMEM.
 */
int luob_format__open_child(const struct luob_format *format, const struct luob_space *s,
			    struct luob_region *r, const struct luob_handle *h,
			    const void *base, struct luob_fault *f)
{
	int err = luob_format__open(format, s, r, luob_handle__value(h, base), f);
	__u64 size;

	if (err || !h->count_size)
		return err;
	size = luob_get((const __u8 *)base + h->count_off, h->count_size);
	if (size == luob_region__record_size(r))
		return 0;
	return luob_fault__rule(f, "BLOB_SIZE", "'%s' of %llu bytes, the record has %llu",
				format->string, (unsigned long long)size,
				(unsigned long long)luob_region__record_size(r));
}

/* The format of a record that is called @name, in words of who leads to it. */
const struct luob_format *luob_profile__find(const struct luob_profile *p, const char *space,
					     const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < p->nr; i++)
		if (!strcmp(p->formats[i].space, space) &&
		    luob_format__name(p->formats[i].string) == len &&
		    !strncmp(p->formats[i].string, name, len))
			return &p->formats[i];
	return NULL;
}

/* The format of a KHO subtree: the one written, or the one read. */
const struct luob_format *luob_profile__subtree(const struct luob_profile *p, const char *subtree,
						bool writes)
{
	const struct luob_format *f;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		f = &p->formats[i];
		if (!strcmp(f->subtree, subtree) && (writes ? f->writes : f->reads))
			return f;
	}
	return NULL;
}

/**
 * luob_profile__root - the format of the record behind a KHO subtree
 * @p: profile
 * @s: memory
 * @root: subtree
 * @writes: of the one that is written, else of the one that is read
 *
 * Where there are several, the record says which it is: luo_bpf.ko can write a former
 * version of its own.
 *
 * Return: the format, or NULL when the subtree is not known.
 */
const struct luob_format *luob_profile__root(const struct luob_profile *p,
					     const struct luob_space *s,
					     const struct luob_subtree *root, bool writes)
{
	const struct luob_format *first = luob_profile__subtree(p, root->name, writes), *f;
	const __u8 *version;
	size_t i;

	for (i = 0; first && i < p->nr; i++) {
		f = &p->formats[i];
		if (strcmp(f->subtree, root->name) || !(writes ? f->writes : f->reads) ||
		    !f->type || f->type->nr_fdt || f->type->version_size < 8)
			continue;
		version = luob_space__map(s, root->pa + f->type->version_off,
					  f->type->version_size);
		if (version && version_is(f->type, version, f->string))
			return f;
	}
	return first;
}

/* One state of the search: a version of the family and how it was reached. */
struct node {
	const char *string;
	__u64 fingerprint;
	int via;		/* translator, -1 for the start */
	int from;		/* node before it */
};

/* The node of a version, or @nr when it was not reached. */
static size_t visited(const struct node *nodes, size_t nr, const char *string, __u64 fp)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (nodes[i].fingerprint == fp && !strcmp(nodes[i].string, string))
			break;
	return i;
}

/* Is the program for the device that the record is about? */
bool luob_prog__fits(const struct luob_prog *p, const struct luob_record *rec)
{
	return rec->any_hw || luob_limit__fits(&p->limit, rec->has_hw ? &rec->hw : NULL);
}

static const struct luob_format *wanted(const struct luob_profile *to, const char *family,
					const struct node *n)
{
	const struct luob_format *f;
	size_t i;

	for (i = 0; i < to->nr; i++) {
		f = &to->formats[i];
		if (f->reads && f->type && !strcmp(f->family, family) &&
		    !strcmp(f->string, n->string) && f->type->fingerprint == n->fingerprint)
			return f;
	}
	return NULL;
}

static int unwind(const struct luob_prog *progs, const struct node *nodes, size_t at,
		  struct luob_record *rec)
{
	size_t i = at, nr = 0;

	for (; nodes[i].via >= 0; i = nodes[i].from)
		nr++;
	if (nr > LUOB_STEPS_MAX)
		return -E2BIG;
	rec->nr_steps = nr;
	for (i = at; nodes[i].via >= 0; i = nodes[i].from)
		rec->steps[--nr] = &progs[nodes[i].via];
	return 0;
}

/**
 * luob_plan__find - the shortest chain for a record
 * @progs: programs; acceptors are passed over
 * @nr: their number
 * @to: the target
 * @rec: @rec->format is given; @want, @steps and @nr_steps are set
 *
 * Identity is string and fingerprint: the string alone has named different
 * layouts ("luo-v1" two released ones). Of equally long chains the first program wins; of
 * programs for the same step, the one whose limit says most of those that fit the record.
 *
 * Return: 0; -ENOENT when no chain leads there; -E2BIG when it is longer than
 * LUOB_STEPS_MAX; -ENOMEM.
 */
int luob_plan__find(const struct luob_prog *progs, size_t nr, const struct luob_profile *to,
		    struct luob_record *rec)
{
	struct node *nodes = luob_alloc(nr + 1, sizeof(*nodes));
	size_t head, tail = 1, i, at;
	int err = -ENOENT;

	if (!nodes)
		return -ENOMEM;
	nodes[0].string = rec->format->string;
	nodes[0].fingerprint = rec->format->type->fingerprint;
	nodes[0].via = -1;
	for (head = 0; head < tail; head++) {
		rec->want = wanted(to, rec->format->family, &nodes[head]);
		if (rec->want) {
			err = unwind(progs, nodes, head, rec);
			break;
		}
		for (i = 0; i < nr; i++) {
			const struct luob_prog *p = &progs[i];

			if (!p->to || strcmp(p->family, rec->format->family) ||
			    strcmp(p->from_string, nodes[head].string) ||
			    p->from->fingerprint != nodes[head].fingerprint ||
			    !luob_prog__fits(p, rec))
				continue;
			at = visited(nodes, tail, p->to_string, p->to->fingerprint);
			if (at < tail && (nodes[at].via < 0 || nodes[at].from != (int)head ||
					  !luob_limit__is_closer(&p->limit,
								 &progs[nodes[at].via].limit)))
				continue;
			nodes[at].string = p->to_string;
			nodes[at].fingerprint = p->to->fingerprint;
			nodes[at].via = i;
			nodes[at].from = head;
			tail += at == tail;
		}
	}
	luob_free(nodes);
	return err;
}
