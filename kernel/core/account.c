// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "account.h"
#include "../abi/kho.h"

/* Sessions are counted by their type's name, whatever its flavour. */
#define SESSION_TYPE	"luo_session_ser"

static void report(struct luob_walk *w, const struct luob_region *r, __u64 off,
		   const struct luob_fault *f)
{
	if (!w->quiet)
		luo_tx__block_fault(w->tx, NULL, r, off, f);
}

/* The state of one range that somebody refers to. */
struct use {
	struct luob_walk *w;
	const struct luob_region *r;	/* the container of the handle */
	__u64 off;
	enum luob_used as;
	bool twice;
};

static int use_range(void *priv, __u64 pa, unsigned int order, bool exact)
{
	struct luob_range *range;
	struct use *u = priv;
	struct luob_fault f;

	if (u->w->range)
		return u->w->range(u->w->priv, pa, order, exact);
	range = luob_ledger__find(&u->w->tx->space.ledger, pa);
	if (!range || range->dropped)
		luob_fault__rule(&f, range ? "DROPPED" : "NOT_PRESERVED", "0x%llx is not preserved",
				 (unsigned long long)pa);
	else if (exact && range->order != order)
		luob_fault__rule(&f, "WRONG_ORDER", "0x%llx is preserved with order %u, not %u",
				 (unsigned long long)pa, range->order, order);
	else if (range->used) {
		luob_fault__rule(&f, "USED_TWICE", "0x%llx belongs to another record too",
				 (unsigned long long)pa);
		u->twice = true;
	} else {
		range->used = u->as;
		return 0;
	}
	report(u->w, u->r, u->off, &f);
	return 0;
}

/**
 * luob_child__string - the version string beside a child's handle
 * @h: handle of kind LUOB_H_CHILD
 * @base: the structure that contains it
 * @string: LUOB_STRING_MAX bytes
 *
 * Return: whether the string is terminated and not empty.
 */
bool luob_child__string(const struct luob_handle *h, const void *base, char *string)
{
	const char *s = (const char *)base + h->string_off;
	__u32 max = h->string_size < LUOB_STRING_MAX ? h->string_size : LUOB_STRING_MAX;

	memcpy(string, s, max);
	return max && *s && memchr(s, 0, max);
}

static int walk_child(struct luob_walk *w, struct luob_region *r, __u64 off,
		      const struct luob_handle *h, const void *base)
{
	struct luob_region rec = { .up = r, .up_off = off };
	const struct luob_format *format;
	char string[LUOB_STRING_MAX];
	struct luob_fault f;
	int err = 0;

	w->records++;
	if (!luob_child__string(h, base, string)) {
		luob_fault__rule(&f, "STRING_NOT_TERMINATED", "version string is empty or not "
							      "terminated");
		report(w, r, off, &f);
		return 0;
	}
	format = luob_profile__find(w->profile, h->space, string);
	if (!format) {
		luob_fault__rule(&f, "UNKNOWN_RECORD", "%s '%s' is not known to %s", h->space,
				 string,
				 w->profile->release);
		report(w, r, off, &f);
		return 0;
	}
	if (w->child) {
		err = w->child(w, format, r, off, h, base);
		if (err)
			return err;
	}
	if (format->value)
		return 0;
	if (luob_region__handle_null(h, base))
		err = luob_fault__rule(&f, "HANDLE_MISSING", "no record behind '%s'", string);
	else
		err = luob_format__open_child(format, &w->tx->space, &rec, h, base, &f);
	if (err == -EBADMSG) {
		report(w, r, off, &f);
		err = 0;
	} else if (!err) {
		err = luob_walk__region(w, &rec);
	}
	luob_region__free(&rec);
	return err;
}

/* A handle is null exactly when nothing is counted. */
static bool null_is_right(const struct luob_handle *h, const void *base)
{
	__u64 count = luob_get((const __u8 *)base + h->count_off, h->count_size);
	bool null = luob_region__handle_null(h, base);

	if (h->kind == LUOB_H_VMALLOC && null &&
	    luob_get((const __u8 *)base + h->off + offsetof(struct kho_vmalloc___v1,
							    total_pages), 4))
		return false;
	return h->count_at != LUOB_COUNT_BESIDE || null == !count;
}

static int walk_content(struct luob_walk *w, struct luob_region *r, __u64 off,
			const struct luob_handle *h, const struct luob_region *behind)
{
	struct use u = { .w = w, .r = r, .off = off, .as = LUOB_USED_CONTENT };
	__u64 pages;

	w->content += behind->size;
	if (h->kind == LUOB_H_FOLIO && behind->size > KHO_PAGE_SIZE)
		w->large++;
	if (h->kind == LUOB_H_FOLIO)
		return use_range(&u, behind->pa, 0, false);
	pages = (behind->size + KHO_PAGE_SIZE - 1) >> KHO_PAGE_SHIFT;
	return luob_each_run(behind->pa, pages, use_range, &u);
}

static int walk_handle(struct luob_walk *w, struct luob_region *r, __u64 off,
		       const struct luob_handle *h, const void *base)
{
	struct luob_region behind = { .up = r, .up_off = off };
	struct luob_fault f;
	int err;

	if (h->kind == LUOB_H_CHILD)
		return walk_child(w, r, off, h, base);
	if (!null_is_right(h, base)) {
		luob_fault__rule(&f, "COUNT_MISMATCH", "address 0x%llx and count contradict each "
						       "other",
				 (unsigned long long)luob_handle__value(h, base));
		report(w, r, off, &f);
		return 0;
	}
	if (luob_region__handle_null(h, base))
		return 0;
	err = luob_region__open(&w->tx->space, &behind, h, base, &f);
	if (err == -EBADMSG) {
		report(w, r, off, &f);
		err = 0;
	} else if (!err && (h->kind == LUOB_H_FOLIO || h->kind == LUOB_H_RANGE)) {
		err = walk_content(w, r, off, h, &behind);
	} else if (!err) {
		err = luob_walk__region(w, &behind);
	}
	luob_region__free(&behind);
	return err;
}

static int walk_handles(struct luob_walk *w, struct luob_region *r, const struct luob_type *t,
			__u64 base_off)
{
	const void *base = luob_region__window(&w->tx->space, r, base_off, t->size);
	struct luob_fault f;
	__u32 i;
	int err;

	luob_relax();
	if (!base) {
		luob_fault__rule(&f, "NOT_IN_MEMORY", "%u bytes are not in memory", t->size);
		report(w, r, base_off, &f);
		return 0;
	}
	for (i = 0; i < t->nr_handles; i++) {
		err = walk_handle(w, r, base_off + t->handles[i].off, &t->handles[i], base);
		if (err)
			return err;
	}
	return 0;
}

/* luo_session_deserialize(), luo_file_deserialize(): names and tokens are unique. */
static int check_unique(struct luob_walk *w, const struct luob_region *r)
{
	const struct luob_type *t = r->elem;
	__u64 off = r->head ? r->head->size : 0, i, key;
	struct luob_set seen = {};
	struct luob_fault f;
	const __u8 *p;
	size_t len;
	int err = 0;

	for (i = 0; i < r->nr && !err; i++, off += r->stride) {
		p = luob_region__window(&w->tx->space, r, off + t->unique_off, t->unique_size);
		if (!p)
			continue;
		len = t->unique_size > 8 ? strnlen((const char *)p,
						   t->unique_size) : t->unique_size;
		key = luob_fp_bytes(LUOB_FP_INIT, p, len);
		err = luob_set__add(&seen, key ? key : 1);
		if (err == -EEXIST) {
			luob_fault__rule(&f, "NOT_UNIQUE", "another element of the container has "
							   "the same");
			report(w, r, off + t->unique_off, &f);
			err = 0;
		}
	}
	luob_set__free(&seen);
	return err;
}

static int walk_region(struct luob_walk *w, struct luob_region *r)
{
	struct use u = {
		.w = w, .r = r->up ? r->up : r, .off = r->up ? r->up_off : 0,
		.as = LUOB_USED_RECORD,
	};
	__u64 off, i;
	int err;

	err = luob_region__each_range(r, use_range, &u);
	/* What is met again is not followed again: it may lead back here. */
	if (err || u.twice)
		return err;
	if (r->head && r->head->nr_handles)
		err = walk_handles(w, r, r->head, 0);
	if (err || !r->elem)
		return err;
	if (!strncmp(r->elem->name, SESSION_TYPE, sizeof(SESSION_TYPE) - 1))
		w->sessions += r->nr;
	if (r->elem->unique_size && !w->quiet)
		err = check_unique(w, r);
	off = r->head ? r->head->size : 0;
	for (i = 0; !err && r->elem->nr_handles && i < r->nr; i++, off += r->stride)
		err = walk_handles(w, r, r->elem, off);
	return err;
}

/**
 * luob_walk__region - account a region and all that it leads to
 * @w: walk
 * @r: opened region
 *
 * Damage is reported as a blocker and the walk goes on beside it.
 *
 * Return: 0, -ENOMEM or what a callback returned.
 */
int luob_walk__region(struct luob_walk *w, struct luob_region *r)
{
	struct luob_fault f;
	int err;

	if (w->depth == LUOB_WALK_DEPTH) {
		luob_fault__rule(&f, "TOO_DEEP", "records lead to records more than %d times",
				 LUOB_WALK_DEPTH);
		report(w, r, LUOB_NO_OFF, &f);
		return 0;
	}
	w->depth++;
	err = walk_region(w, r);
	w->depth--;
	return err;
}

/**
 * luob_walk__root - account a subtree's record
 * @w: walk
 * @format: of the record
 * @pa: its address
 *
 * Return: as luob_walk__region().
 */
int luob_walk__root(struct luob_walk *w, const struct luob_format *format, __u64 pa)
{
	struct luob_region r = { .label = format->subtree };
	struct luob_fault f;
	int err;

	w->records++;
	err = luob_format__open(format, &w->tx->space, &r, pa, &f);
	if (err == -EBADMSG) {
		r.head = format->type;
		report(w, &r, 0, &f);
		err = 0;
	} else if (!err) {
		err = luob_walk__region(w, &r);
	}
	luob_region__free(&r);
	return err;
}

static void report_orphans(struct luob_walk *w)
{
	const struct luob_ledger *l = &w->tx->space.ledger;
	__u64 nr = 0, first = 0;
	struct luob_fault f;
	size_t i;

	for (i = 0; i < l->nr; i++) {
		if (l->ranges[i].dropped || l->ranges[i].used)
			continue;
		if (!nr++)
			first = l->ranges[i].pa;
	}
	w->orphans = nr;
	if (!nr)
		return;
	luob_fault__rule(&f, "UNREFERENCED", "%llu preserved ranges are referred to by nothing, "
					     "the first at 0x%llx",
			 (unsigned long long)nr, (unsigned long long)first);
	report(w, NULL, 0, &f);
}

/**
 * luo_tx__account - check that a whole state accounts for every preserved page
 * @tx: transaction with a filled ledger
 * @root: the KHO root to start from
 * @root_pa: its own page
 * @profile: formats that may occur
 * @w: walk; @child and @priv may be set, the rest is set here
 *
 * Return: 0 (blockers may have been reported), -ENOMEM.
 */
int luo_tx__account(struct luo_tx *tx, const struct luob_kho_root *root, __u64 root_pa,
		    const struct luob_profile *profile, struct luob_walk *w)
{
	struct luob_region r = {};
	struct use u = { .w = w, .r = &r, .as = LUOB_USED_RECORD };
	__u32 i;
	int err;

	w->tx = tx;
	w->profile = profile;
	luob_ledger__unuse_all(&tx->space.ledger);
	err = use_range(&u, root_pa, 0, true);
	for (i = 0; !err && i < root->nr_subtrees; i++) {
		const struct luob_format *f =
			luob_profile__root(profile, &tx->space, &root->subtrees[i],
					   profile == tx->from);

		if (f)
			err = luob_walk__root(w, f, root->subtrees[i].pa);
	}
	if (!err)
		report_orphans(w);
	return err;
}
