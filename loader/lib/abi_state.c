// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a snapshot proves about the kernel that wrote it. */
#include "lib/abi.h"
#include "lib/inspect.h"

#define MAX_DEPTH	16

struct walk {
	struct luo_abi *abi;
	struct luo_inspect *in;
	int depth;
};

static int take(struct luo_abi *abi, const char *family, const char *string, const char *space,
		const char *subtree, const struct luob_format *format)
{
	struct luo_fact *f = luo_abi__find(abi, space, string);

	if (f && !strcmp(f->subtree, subtree))
		return 0;
	f = luo_abi__add(abi);
	if (!f)
		return -ENOMEM;
	snprintf(f->family, sizeof(f->family), "%s", family);
	snprintf(f->string, sizeof(f->string), "%s", string);
	snprintf(f->space, sizeof(f->space), "%s", space);
	snprintf(f->subtree, sizeof(f->subtree), "%s", subtree);
	snprintf(f->type, sizeof(f->type), "%s", format && format->type ? format->type->name : "");
	f->value = format && format->value;
	f->mark = format ? LUO_CATALOGUE : LUO_INFERRED;
	snprintf(f->why, sizeof(f->why), "in this state");
	return 0;
}

/* One more record about a device. */
static int take_device(struct luo_abi *abi, const struct luob_handle *h, const char *string,
		       const __u8 *base)
{
	struct luo_device *d = abi->devices;
	struct luob_hw hw;
	size_t i;

	if (!h->hw_size)
		return 0;
	luob_hw__read(&hw, base + h->hw_off);
	for (i = 0; i < abi->nr_devices; i++, d++) {
		if (strcmp(d->space, h->space) || strcmp(d->name, string) ||
		    memcmp(&d->hw, &hw, sizeof(hw)))
			continue;
		d->records++;
		return 0;
	}
	d = luob_grow(abi->devices, abi->nr_devices, &abi->cap_devices, sizeof(*d));
	if (!d)
		return -ENOMEM;
	abi->devices = d;
	d += abi->nr_devices++;
	*d = (struct luo_device){ .hw = hw, .records = 1 };
	snprintf(d->space, sizeof(d->space), "%s", h->space);
	snprintf(d->name, sizeof(d->name), "%.*s", LUOB_STRING_MAX - 1, string);
	return 0;
}

static int walk_region(struct walk *w, struct luob_region *r);

static int walk_handle(struct walk *w, const struct luob_handle *h, const __u8 *base,
		       struct luob_region *up, __u64 off)
{
	struct luob_region r = { .up = up, .up_off = off + h->off };
	const struct luob_format *format = NULL;
	char string[LUOB_STRING_MAX + 1];
	struct luob_fault f;
	int err = 0;

	if (h->kind == LUOB_H_FOLIO || h->kind == LUOB_H_RANGE ||
	    luob_region__handle_null(h, base))
		return 0;
	if (h->kind == LUOB_H_CHILD) {
		format = luo_inspect__format(w->in, h, base, string);
		err = take(w->abi, format ? format->family : "", string, h->space, "", format);
		if (!err)
			err = take_device(w->abi, h, string, base);
	}
	if (err || (h->kind == LUOB_H_CHILD && (!format || format->value)))
		return err;
	err = luo_inspect__behind(w->in, h, format, base, &r, &f);
	if (!err)
		err = walk_region(w, &r);
	luob_region__free(&r);
	return err == -EBADMSG ? 0 : err;
}

static int walk_struct(struct walk *w, const struct luob_type *t, const void *base,
		       struct luob_region *r, __u64 off)
{
	__u32 i;
	int err = 0;

	for (i = 0; base && i < t->nr_handles && !err; i++)
		err = walk_handle(w, &t->handles[i], base, r, off);
	return err;
}

static int walk_region(struct walk *w, struct luob_region *r)
{
	int err = 0;
	__u64 i, off;

	if (w->depth == MAX_DEPTH)
		return 0;
	w->depth++;
	if (r->head)
		err = walk_struct(w, r->head,
				  luob_region__window(w->in->space, r, 0, r->head->size), r, 0);
	for (i = 0; r->elem && r->elem->nr_handles && i < r->nr && !err; i++) {
		const void *base = luo_inspect__elem(w->in, r, i, &off);

		err = walk_struct(w, r->elem, base, r, off);
	}
	w->depth--;
	return err;
}

static int walk_subtree(struct walk *w, const struct luob_subtree *s)
{
	const struct luob_format *format = luo_inspect__subtree(w->in, s);
	struct luob_region r = {};
	struct luob_fault f;
	int err;

	err = take(w->abi, format ? format->family : "", format ? format->string : "", "subtree",
		   s->name, format);
	if (err || !format)
		return err;
	err = luo_inspect__root(w->in, format, s->pa, &r, &f);
	if (!err)
		err = walk_region(w, &r);
	luob_region__free(&r);
	return err == -EBADMSG ? 0 : err;
}

static int read_state(struct luo_abi *abi, struct luo_state *st)
{
	struct luo_inspect in;
	struct walk w = { .abi = abi, .in = &in };
	const struct luob_format *f;
	__u32 i;
	int err;

	err = luo_inspect__open(&in, st);
	if (!err) {
		f = luob_profile__find(&st->profile->core, "kho", st->root.compatible);
		err = take(abi, "kho", st->root.compatible, "kho", "", f);
	}
	for (i = 0; i < st->root.nr_subtrees && !err; i++)
		err = walk_subtree(&w, &st->root.subtrees[i]);
	luo_inspect__close(&in);
	return err;
}

/**
 * luo_abi__snapshot - the formats of a state
 * @abi: result: what the kernel wrote; it reads the same
 * @path: snapshot
 * @profile: release or file that describes the kernel that wrote it, or NULL: it tells
 * @set: structures, the catalogue first
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL for what is no snapshot or damaged, -EIO when it can't be read, -ENOMEM.
 */
int luo_abi__snapshot(struct luo_abi **abi, const char *path, const char *profile,
		      const struct luo_type_set *set, char *msg, size_t msg_size)
{
	struct luo_state_opts opts = { .types = set, .profile = profile };
	struct luo_abi *n = luo_abi__new("snapshot");
	enum luo_state_error state;
	struct luo_state st;
	int err;

	if (!n)
		return -ENOMEM;
	state = luo_state__open(&st, path, &opts, msg, msg_size);
	err = !state ? 0 : state == LUO_STATE_SYSTEM ? -EIO : -EINVAL;
	if (!err) {
		snprintf(n->release, sizeof(n->release), "%s", st.release);
		snprintf(n->note, sizeof(n->note), "only formats that this state has; release "
						   "from the %s", st.release_from);
		err = read_state(n, &st);
		luo_state__close(&st);
	}
	if (err)
		luo_abi__free(n);
	else
		*abi = n;
	return err;
}
