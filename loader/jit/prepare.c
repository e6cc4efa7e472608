// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Regions for a run: the record itself, and what is behind the handles that the program
 * looks behind. Which those are is learnt from the program: a handle that it asks for is
 * prepared together with all of its kind, and the run starts again.
 */
#include "abi/kho.h"
#include "core/calls.h"
#include "jit/jit_int.h"

_Static_assert(JIT_BLOCK_ROOM == KHO_PAGE_SIZE - sizeof(struct kho_block_header_ser___v4),
	       "entries of a block");

/* Bytes of the area that stay until the step has ended. Return: their offset, or 0. */
static __u64 take(struct luo_jit *jit, __u64 bytes)
{
	__u64 at = (jit->fill + 63) & ~63ULL;

	if (bytes > jit->size || at + bytes > jit->size - JIT_SLACK) {
		jit->fill = at + bytes;	/* says how much would do */
		return 0;
	}
	jit->fill = at + bytes;
	if (jit->fill > jit->dirty)
		jit->dirty = jit->fill;
	return at;
}

static bool is_readable(const struct luob_region *r)
{
	return !(r->fresh && !r->sealed) && (r->head || r->elem);
}

/* One stretch of a region that a window can see: copied, or compared with the copy. */
static bool stretch(const struct luo_tx *tx, const struct luob_region *r, __u64 off, __u64 len,
		    __u8 *copy, bool compare)
{
	const void *p = luob_region__window(&tx->space, r, off, len);

	if (!p)
		return false;
	if (compare)
		return !memcmp(copy + off, p, len);
	memcpy(copy + off, p, len);
	return true;
}

/* Return: whether all of it could be seen, and was equal. */
static bool each_stretch(const struct luo_tx *tx, const struct luob_region *r, __u8 *copy,
			 bool compare)
{
	bool ok = true;
	__u64 off, len;
	size_t b;

	if (r->kind == LUOB_BLOCKS) {
		for (b = 0; b < r->nr_pages && ok; b++) {
			len = (b + 1 < r->nr_pages ? r->first[b + 1] : r->nr) - r->first[b];
			ok = stretch(tx, r, r->first[b] * r->stride, len * r->stride, copy,
				     compare);
		}
		return ok;
	}
	for (off = 0; off < r->size && ok; off += len) {
		len = r->size - off < KHO_PAGE_SIZE ? r->size - off : KHO_PAGE_SIZE;
		ok = stretch(tx, r, off, len, copy, compare);
	}
	return ok;
}

/* What windows may not cross. Finer than the truth is safe: the interpreter decides. */
static __u64 piece_of(const struct luob_region *r)
{
	__u64 per;
	size_t b;

	if (r->kind == LUOB_VMALLOC)
		return KHO_PAGE_SIZE;
	if (r->kind != LUOB_BLOCKS)
		return 0;
	per = JIT_BLOCK_ROOM / r->stride;
	for (b = 0; b < r->nr_pages; b++)
		if (r->first[b] != b * per)
			return r->stride;
	return per * r->stride;
}

static void describe(const struct jit_region *jr, __u64 id, struct jit_token *t)
{
	*t = (struct jit_token){
		.base = jr->base,
		.in = jr->seen ? jr->r->size : 0,
		.size = jr->r->size,
		.piece = piece_of(jr->r),
		.refs = jr->refs,
		.id = id,
	};
	t->in_plain = t->piece ? 0 : t->in;
}

static void free_region(struct jit_region *jr)
{
	if (jr->r == &jr->own)
		luob_region__free(&jr->own);
	free(jr);
}

static struct jit_region *add_region(struct luo_jit *jit)
{
	struct jit_region **list, *jr;

	list = luob_grow(jit->regions, jit->nr_regions, &jit->cap_regions, sizeof(*list));
	if (!list)
		return NULL;
	jit->regions = list;
	jr = calloc(1, sizeof(*jr));
	if (jr)
		list[jit->nr_regions++] = jr;
	return jr;
}

/* Puts the bytes into the area. Return: 0, -ENOSPC. */
static int copy_region(struct luo_jit *jit, const struct luo_tx *tx, struct jit_region *jr)
{
	const struct luob_region *r = jr->r;

	jr->seen = false;
	if (!is_readable(r))
		return 0;
	jr->base = take(jit, r->size);
	if (!jr->base)
		return -ENOSPC;
	jr->seen = each_stretch(tx, r, jit->area + jr->base, false);
	return 0;
}

/* What a handle leads to, as luob_ref() would find it. */
static int look_behind(struct luo_jit *jit, struct luo_tx *tx, const struct jit_region *from,
		       __u64 off, __u32 *ref)
{
	const struct luob_region *r = from->r;
	const struct luob_slot *slot = NULL;
	const struct luob_handle *h;
	struct jit_region *jr;
	struct luob_fault f;
	__u64 nr, base;
	const void *p;
	int err;

	*ref = JIT_REF_OTHER;
	h = luob_region__handle(r, off, &nr, &base);
	if (!h || h->kind == LUOB_H_CHILD)
		return 0;
	p = luob_region__window(&tx->space, r, base, luob_region__type_at(r, base)->size);
	if (r->slots)
		slot = &r->slots[nr];
	if (!p || (slot && slot->state != LUOB_SLOT_FREE && slot->state != LUOB_SLOT_LINKED &&
		   slot->state != LUOB_SLOT_REFFED))
		return 0;
	if (!slot || slot->state == LUOB_SLOT_FREE ||
	    (slot->state == LUOB_SLOT_LINKED && slot->id == LUOB_NO_ID)) {
		if (luob_region__handle_null(h, p)) {
			*ref = JIT_REF_NULL;
			return 0;
		}
		slot = NULL;
	}
	jr = add_region(jit);
	if (!jr)
		return -ENOMEM;
	jr->r = slot ? tx->regions[slot->id] : &jr->own;
	if (!slot) {
		err = luob_region__open(&tx->space, &jr->own, h, p, &f);
		if (err) {
			jit->nr_regions--;
			free_region(jr);
			return err == -EBADMSG ? 0 : err;
		}
	}
	*ref = (__u32)(jit->nr_regions - 1 + JIT_REF_ID);
	return copy_region(jit, tx, jr);
}

/* All handles of one kind in a region. */
static int grant(struct luo_jit *jit, struct luo_tx *tx, struct jit_region *jr,
		 const struct jit_wish *w)
{
	const struct luob_region *r = jr->r;
	__u64 i, nr, base, bytes = (r->size / 8 + 1) * sizeof(__u32), off = w->handle->off;
	int err = 0;

	if (r->head != w->type && r->elem != w->type)
		return 0;
	if (off & 7 || (r->stride & 7 && r->elem == w->type))
		return 0;
	if (!jr->refs) {
		jr->refs = take(jit, bytes);
		if (!jr->refs)
			return -ENOSPC;
		memset(jit->area + jr->refs, 0, bytes);
	}
	base = r->elem == w->type && r->head ? r->head->size : 0;
	nr = r->elem == w->type ? r->nr : 1;
	if (base & 7)
		return 0;
	for (i = 0; i < nr && !err; i++) {
		__u32 ref;

		err = look_behind(jit, tx, jr, base + i * r->stride + off, &ref);
		if (!err)
			memcpy(jit->area + jr->refs + (base + i * r->stride + off) / 2, &ref,
			       sizeof(ref));
	}
	return err;
}

/* Regions that come along are looked at too, as the list grows. */
static int grant_all(struct luo_jit *jit, struct jit_prog *p, struct luo_tx *tx)
{
	unsigned int k;
	size_t i;
	int err;

	for (i = 0; i < jit->nr_regions; i++) {
		for (k = 0; k < p->nr_wishes; k++) {
			struct jit_region *jr = jit->regions[i];

			if (jr->granted >> k & 1)
				continue;
			jr->granted |= 1U << k;
			err = grant(jit, tx, jr, &p->wishes[k]);
			if (err)
				return err;
		}
	}
	return 0;
}

/**
 * jit_prepare - bring what a step reads into the area
 * @jit: engine; nothing is prepared
 * @p: its program
 * @tx: transaction with a started step
 *
 * Return: 0, -ENOSPC, -ENOMEM.
 */
int jit_prepare(struct luo_jit *jit, struct jit_prog *p, struct luo_tx *tx)
{
	struct jit_region *jr = add_region(jit);
	const void *rodata;
	size_t size;
	__u64 at;
	int err;

	if (!jr)
		return -ENOMEM;
	rodata = luo_object__rodata(p->obj, &size);
	jit->fill = jit__rodata(jit);
	at = take(jit, size ? size : 1);
	if (!at)
		return -ENOSPC;
	memcpy(jit->area + at, rodata, size);
	jr->r = luob_step__region(tx, LUOB_SELF);
	err = copy_region(jit, tx, jr);
	return err ? err : grant_all(jit, p, tx);
}

/**
 * jit_prepare__ref - prepare a handle that a run asked for, and all of its kind
 * @jit: engine after jit_prepare()
 * @p: its program
 * @tx: transaction
 * @id: number of the prepared region
 * @off: of the handle
 *
 * Return: 0; -ENOENT when it is nothing to prepare; -ENOSPC, -ENOMEM.
 */
int jit_prepare__ref(struct luo_jit *jit, struct jit_prog *p, struct luo_tx *tx, __u64 id,
		     __u64 off)
{
	const struct luob_region *r = id < jit->nr_regions ? jit->regions[id]->r : NULL;
	const struct luob_handle *h;
	struct jit_wish w;
	__u64 nr, base;
	unsigned int k;

	h = r ? luob_region__handle(r, off, &nr, &base) : NULL;
	if (!h || p->nr_wishes == JIT_WISHES)
		return -ENOENT;
	w = (struct jit_wish){ .type = luob_region__type_at(r, base), .handle = h };
	for (k = 0; k < p->nr_wishes; k++)
		if (p->wishes[k].type == w.type && p->wishes[k].handle == h)
			return -ENOENT;
	p->wishes[p->nr_wishes++] = w;
	return grant_all(jit, p, tx);
}

/* The tables of the next run, behind what is prepared. Return: 0, -ENOSPC. */
int jit_prepare__run(struct luo_jit *jit, const struct luo_tx *tx)
{
	struct jit_head *h = jit__head(jit);
	struct jit_token *t = jit__tokens(jit);
	__u64 at = (jit->fill + 63) & ~63ULL, end = jit->size - JIT_SLACK, max;
	size_t i;

	memset(t, 0, (h->nr_tokens + 1) * sizeof(*t));
	h->regions = at;
	at += jit->nr_regions * sizeof(*t);
	h->calls = at;
	if (at + JIT_SLACK > end)
		return -ENOSPC;
	h->max_calls = (end - at) / 4 / sizeof(struct jit_call);
	at += h->max_calls * sizeof(struct jit_call);
	h->new_next = (at + 63) & ~63ULL;
	h->new_end = end;
	if (jit->dirty > h->new_next)
		memset(jit->area + h->new_next, 0, jit->dirty - h->new_next);
	jit->dirty = h->new_next;
	h->status = JIT_DONE;
	h->ret = 0;
	h->nr_calls = 0;
	max = tx->step->budget;
	for (i = 0; i < jit->nr_regions; i++) {
		t = (struct jit_token *)(jit->area + h->regions) + i;
		describe(jit->regions[i], i, t);
		max += luob_region__worth(jit->regions[i]->r);
	}
	/* One more: nothing left means that the run has been given up. */
	jit->left = h->left = max + 1;
	jit__tokens(jit)[LUOB_SELF] = *(struct jit_token *)(jit->area + h->regions);
	h->nr_tokens = LUOB_SELF;
	return 0;
}

/* Are the copies what they were copied from? */
bool jit_prepare__intact(const struct luo_jit *jit, const struct luo_tx *tx)
{
	size_t i;

	for (i = 0; i < jit->nr_regions; i++)
		if (jit->regions[i]->seen &&
		    !each_stretch(tx, jit->regions[i]->r, jit->area + jit->regions[i]->base, true))
			return false;
	return true;
}

void jit_prepare__forget(struct luo_jit *jit)
{
	while (jit->nr_regions)
		free_region(jit->regions[--jit->nr_regions]);
}
