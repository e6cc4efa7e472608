// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "abi/kho.h"
#include "core/fdt_view.h"
#include "lib/inspect.h"
#include "lib/label.h"

/* The walk ends there: states made to be walked for ever share what must not be shared. */
#define MAX_FAULTS	10000
/* Nothing nests deeper; records that lead back to themselves do. */
#define MAX_DEPTH	32

static struct luo_damage *new_damage(struct luo_inspect *in)
{
	struct luo_damage *d;

	if (in->nr_damage++ >= LUO_DAMAGE_KEPT)
		return NULL;
	d = luob_grow(in->damage, in->nr_kept, &in->cap_damage, sizeof(*d));
	if (!d) {
		in->err = -ENOMEM;
		return NULL;
	}
	in->damage = d;
	d += in->nr_kept++;
	memset(d, 0, sizeof(*d));
	return d;
}

/*
 * What nothing refers to is damage only when everything is known and LUO has written
 * what it knows: kept apart until then.
 */
static void note_fault(void *priv, const struct luob_blocker *b)
{
	struct luo_inspect *in = priv;
	struct luo_damage *d = &in->loose_fault;

	if (b->has_off || !b->rule || strcmp(b->rule, "UNREFERENCED"))
		d = new_damage(in);
	if (!d)
		return;
	snprintf(d->rule, sizeof(d->rule), "%s", b->rule ? b->rule : "DAMAGED");
	snprintf(d->text, sizeof(d->text), "%s", b->text ? b->text : "");
	if (b->has_off)
		luob_label__place(in->space, b->region, b->off, d->record, sizeof(d->record),
				 d->field, sizeof(d->field));
}

static int note_child(struct luob_walk *w, const struct luob_format *f, struct luob_region *src,
		      __u64 off, const struct luob_handle *h, const void *base)
{
	struct luo_inspect *in = w->priv;
	const struct luob_region *r;
	int depth = 0;

	(void)off;
	(void)h;
	(void)base;
	if (!strcmp(f->space, "file"))
		in->files++;
	for (r = src; r; r = r->up)
		depth++;
	return depth > MAX_DEPTH || in->nr_damage > MAX_FAULTS ? -ELOOP : 0;
}

static void count_loose(struct luo_inspect *in)
{
	const struct luob_ledger *l = &in->space->ledger;
	size_t i;

	for (i = 0; i < l->nr; i++) {
		if (l->ranges[i].used)
			continue;
		in->loose++;
		in->loose_bytes += (__u64)KHO_PAGE_SIZE << l->ranges[i].order;
	}
}

/* Frozen is detected, never assumed: the same rules as for a run. */
static void judge_frozen(struct luo_inspect *in)
{
	const struct luo_state *st = in->st;
	bool stopped = luo_state__stopped(st);
	const char *at = stopped ? ", the machine stopped at machine_kexec" : "";

	in->frozen = LUOB_YES;
	if (in->sessions) {
		snprintf(in->why, sizeof(in->why), "sessions are recorded%s", at);
	} else if (!st->luo_string[0] && stopped) {
		snprintf(in->why, sizeof(in->why), "LUO is not in use%s", at);
	} else if (!st->luo_string[0]) {
		in->frozen = LUOB_UNKNOWN;
		snprintf(in->why, sizeof(in->why),
			 "no LUO state, and no note says where the machine stopped");
	} else if (stopped && !in->loose) {
		snprintf(in->why, sizeof(in->why), "there is no session%s", at);
	} else {
		in->frozen = LUOB_NO;
		snprintf(in->why, sizeof(in->why),
			 "no session is recorded%s: LUO writes them only when kexec freezes it",
			 in->loose ? ", but memory is preserved for some" : "");
	}
}

static int account(struct luo_inspect *in)
{
	struct luob_walk w = { .child = note_child, .priv = in };
	struct luo_damage *d;
	int err;

	err = luo_tx__account(&in->tx, &in->st->root, in->st->root_pa, in->tx.from, &w);
	in->sessions = w.sessions;
	in->content = w.content;
	if (err == -ELOOP) {
		note_fault(in, &(struct luob_blocker){
			.rule = "TOO_MUCH", .text = "the rest of the state was not looked at",
		});
		judge_frozen(in);
		return in->err;
	}
	if (err || in->err)
		return -ENOMEM;
	count_loose(in);
	judge_frozen(in);
	if (in->loose_fault.rule[0] && !in->unknown && in->frozen != LUOB_NO) {
		d = new_damage(in);
		if (d)
			*d = in->loose_fault;
	}
	return in->err;
}

/**
 * luo_inspect__open - look at a whole state
 * @in: result, to be closed after success and failure
 * @st: opened; its ledger moves into @in, and it has to live as long
 *
 * Return: 0 (there may be damage), -ENOMEM.
 */
int luo_inspect__open(struct luo_inspect *in, struct luo_state *st)
{
	__u32 i;

	memset(in, 0, sizeof(*in));
	in->st = st;
	in->host = (struct luob_host){ .blocker = note_fault, .priv = in };
	luo_tx__init(&in->tx, &st->mem, &in->host);
	in->space = &in->tx.space;
	in->space->ledger = st->ledger;
	memset(&st->ledger, 0, sizeof(st->ledger));
	in->tx.from = &st->profile->core;
	for (i = 0; i < st->root.nr_subtrees; i++)
		if (!luo_inspect__subtree(in, &st->root.subtrees[i]))
			in->unknown++;
	return luo_provenance__read(&in->way, st->snap) ?: account(in);
}

void luo_inspect__close(struct luo_inspect *in)
{
	if (!in->st)
		return;
	luo_tx__free(&in->tx);
	luob_set__free(&in->seen);
	luo_provenance__free(&in->way);
	free(in->damage);
}

/* The format of a subtree, or NULL when the profile does not know it. */
const struct luob_format *luo_inspect__subtree(const struct luo_inspect *in,
					       const struct luob_subtree *s)
{
	return luob_profile__root(in->tx.from, &in->tx.space, s, true);
}

/* Shared regions are damage, and could be shared so often that showing them never ends. */
static int see(struct luo_inspect *in, struct luob_region *r, struct luob_fault *f)
{
	int err = luob_set__add(&in->seen, r->pa);

	if (err == -EEXIST)
		return luob_fault__rule(f, "USED_TWICE", "0x%llx is shown above already",
					(unsigned long long)r->pa);
	return err;
}

/**
 * luo_inspect__root - open the record of a subtree
 * @in: inspected state
 * @format: of the record
 * @pa: its address
 * @r: result, zeroed by the caller; to be freed also after a failure
 * @f: what is wrong
 *
 * Return: 0, -EBADMSG, -ENOMEM.
 */
int luo_inspect__root(struct luo_inspect *in, const struct luob_format *format, __u64 pa,
		      struct luob_region *r, struct luob_fault *f)
{
	int err = luob_region__open_record(in->space, r, format->type, pa, f);

	return err ? err : see(in, r, f);
}

/* Format of a child by its version string; @string has LUOB_STRING_MAX + 1 bytes. */
const struct luob_format *luo_inspect__format(const struct luo_inspect *in,
					      const struct luob_handle *h, const void *base,
					      char *string)
{
	memset(string, 0, LUOB_STRING_MAX + 1);
	if (!luob_child__string(h, base, string))
		return NULL;
	return luob_profile__find(in->tx.from, h->space, string);
}

/**
 * luo_inspect__behind - open what is behind a handle
 * @in: inspected state
 * @h: handle, not null, no content
 * @format: for a child
 * @base: the structure that contains it
 * @r: result, zeroed by the caller; to be freed also after a failure
 * @f: what is wrong
 *
 * Return: 0, -EBADMSG, -ENOMEM.
 */
int luo_inspect__behind(struct luo_inspect *in, const struct luob_handle *h,
			const struct luob_format *format, const void *base,
			struct luob_region *r, struct luob_fault *f)
{
	int err;

	if (h->kind == LUOB_H_CHILD)
		return luo_inspect__root(in, format, luob_handle__value(h, base), r, f);
	err = luob_region__open(in->space, r, h, base, f);
	return err ? err : see(in, r, f);
}

/* Order of the preserved range that starts at @pa, or -1. */
int luo_inspect__order(const struct luo_inspect *in, __u64 pa)
{
	const struct luob_range *r = luob_ledger__find(&in->space->ledger, pa);

	return r ? r->order : -1;
}

/* Element @i of a region and where it is, or NULL when it is not in memory. */
const void *luo_inspect__elem(const struct luo_inspect *in, const struct luob_region *r, __u64 i,
			      __u64 *off)
{
	*off = (r->head ? r->head->size : 0) + i * r->stride;
	return luob_region__window(in->space, r, *off, r->elem->size);
}

/* Name of the repeating FDT node that became element @i: the flat view has none. */
const char *luo_inspect__node(const struct luo_inspect *in, const struct luob_region *r, __u64 i)
{
	const void *fdt;
	const char *name;
	int node;

	if (r->kind != LUOB_FDT || !r->head || !r->head->nodes)
		return NULL;
	fdt = luob_space__map(in->space, r->pa, KHO_PAGE_SIZE);
	if (!fdt)
		return NULL;
	fdt_for_each_subnode(node, fdt, 0) {
		name = fdt_get_name(fdt, node, NULL);
		if (name && !luob_fdt_view__names(r->head, name) && !i--)
			return name;
	}
	return NULL;
}
