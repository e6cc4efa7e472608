// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a path, or one turn of a loop, left in one structure of a new region. */
#include <string.h>

#include "int.h"

/* Does the effect concern this structure? Then @off is the place in it. */
static bool touches(struct vfy *v, const struct image *im, const struct luob_type *head,
		    const struct luob_type *elem, const struct effect *e, __u32 *off)
{
	struct spot spot;

	if (e->region != im->region || (e->kind != E_WRITE && e->kind != E_LINK &&
					e->kind != E_MOVE && e->kind != E_CHILD))
		return false;
	if (!types__spot(v, head, elem, e->off, &spot) || spot.index != im->index)
		return false;
	*off = spot.off;
	return true;
}

static void put_write(struct vfy *v, struct image *im, const struct effect *e, __u32 off)
{
	unsigned int i;

	for (i = 0; i < e->size; i++) {
		if (off + i >= im->type->size) {
			/* The next element, or nothing: either way not what was meant. */
			vfy__find(v, VERIFY_WINDOW, VERIFY_UNKNOWN, e->insn,
				  "a store crosses the end of a structure");
			return;
		}
		if (im->filled[off + i]) {
			vfy__find(v, VERIFY_HANDLES, VERIFY_REFUSED, e->insn,
				  "bytes that a call fills are stored by the program, too");
			return;
		}
		if (im->byte[off + i])
			continue;	/* a later store was here */
		im->byte[off + i] = term__extract(&v->ts, e->t, 8 * i, 8);
		im->insn[off + i] = e->insn;
	}
}

/* A handle takes its bytes; the version string of a child comes with it. */
static void put_handle(struct image *im, const struct effect *e, __u32 off)
{
	const struct luob_handle *h = luob_type__handle(im->type, off);
	unsigned int i;

	if (!h)
		return;
	for (i = 0; i < h->size; i++)
		im->filled[off + i] = e;
	for (i = 0; h->kind == LUOB_H_CHILD && i < h->string_size; i++)
		im->filled[h->string_off + i] = e;
}

/* @e: newest effect; @stop: the loop whose turn it is, or NULL for the whole path. */
struct image *image__new(struct vfy *v, const struct region *r, const struct term *index,
			 const struct luob_type *type, const struct effect *e,
			 const struct loop *stop)
{
	struct image *im = terms__alloc(&v->ts, sizeof(*im));
	const struct luob_type *head, *elem;
	const struct luob_handle *h;
	const struct effect *first = e;
	__u32 off;

	region__types(v, e, r, &head, &elem, &h);
	im->region = r;
	im->index = index;
	im->type = type;
	im->fields = fields__of(v, type);
	im->byte = terms__alloc(&v->ts, type->size * sizeof(*im->byte));
	im->insn = terms__alloc(&v->ts, type->size * sizeof(*im->insn));
	im->filled = terms__alloc(&v->ts, type->size * sizeof(*im->filled));
	for (; e && !(e->kind == E_TURN && e->loop == stop); e = effect__prev(v, e))
		if (e->kind != E_WRITE && touches(v, im, head, elem, e, &off))
			put_handle(im, e, off);
	for (e = first; e && !(e->kind == E_TURN && e->loop == stop); e = effect__prev(v, e))
		if (e->kind == E_WRITE && touches(v, im, head, elem, e, &off))
			put_write(v, im, e, off);
	return im;
}

/* The bits of a field, at most 64; what was not written is zero. */
const struct term *image__bits(struct vfy *v, const struct image *im, __u32 bit, __u32 bits)
{
	const struct term *parts[9], *t;
	unsigned int nr = 0, lo = bit % 8, n;
	__u32 at = bit / 8;

	for (; bits; bits -= n, lo = 0, at++) {
		n = bits < 8 - lo ? bits : 8 - lo;
		t = im->byte[at] ? im->byte[at] : term__const(&v->ts, 8, 0);
		parts[nr++] = term__extract(&v->ts, t, lo, n);
	}
	return term__concat(&v->ts, parts, nr);
}
