// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads and stores: the stack byte by byte, windows as bits of regions. */
#include <string.h>

#include "int.h"

#define STACK_SIZE (STACK_SLOTS * 8)

static bool give_up(struct vfy *v, struct state *s, enum verify_rule rule, const char *what)
{
	if (!s->refused)
		vfy__find(v, rule, VERIFY_UNKNOWN, s->pc, "%s", what);
	else
		vfy__find(v, VERIFY_REFUSAL, VERIFY_UNKNOWN, s->pc,
			  "cannot tell what is returned after a refusal: %s", what);
	return false;
}

static bool wrong(struct vfy *v, struct state *s, enum verify_rule rule, const char *what)
{
	if (!s->refused)
		vfy__find(v, rule, VERIFY_REFUSED, s->pc, "%s", what);
	return false;
}

/* The slots that an access by a stack pointer begins in; NULL outside of the frame. */
struct slot *mem__slot(struct vfy *v, struct state *s, struct value p, bool write,
		       unsigned int *frame, unsigned int *nr)
{
	__s64 at;

	if (!p.base || p.base->kind != BASE_STACK || p.t->op != T_CONST ||
	    p.base->frame >= s->nr_frames)
		return NULL;
	at = STACK_SIZE + (__s64)p.t->val;
	if (at < 0 || at >= STACK_SIZE || at % 8)
		return NULL;
	*frame = p.base->frame;
	*nr = at / 8;
	return &(write ? state__frame(v, s, *frame) : s->frames[*frame])->slots[*nr];
}

static bool stack_load(struct vfy *v, struct state *s, const struct base *b, __s64 at,
		       unsigned int bytes, struct value *res)
{
	const struct term *parts[8];
	const struct slot *slot;
	unsigned int i;

	at += STACK_SIZE;
	if (b->frame >= s->nr_frames || at < 0 || at + bytes > STACK_SIZE)
		return wrong(v, s, VERIFY_WINDOW, "reads outside of the stack frame");
	slot = &s->frames[b->frame]->slots[at / 8];
	if (slot->base && slot->base->kind != BASE_ITER && bytes == 8 && at % 8 == 0) {
		*res = (struct value){ .base = slot->base, .t = slot->byte[0] };
		return true;
	}
	for (i = 0; i < bytes; i++, at++) {
		slot = &s->frames[b->frame]->slots[at / 8];
		if (slot->base)
			parts[i] = vfy__fresh(v, V_POINTER, 8);
		else if (slot->byte[at % 8])
			parts[i] = slot->byte[at % 8];
		else
			parts[i] = vfy__fresh(v, V_UNINIT, 8);
	}
	*res = (struct value){ .t = term__zext(&v->ts, term__concat(&v->ts, parts, bytes), 64) };
	return true;
}

static bool stack_store(struct vfy *v, struct state *s, const struct base *b, __s64 at,
			unsigned int bytes, struct value val)
{
	struct slot *slot;
	struct frame *f;
	unsigned int i, k;

	at += STACK_SIZE;
	if (b->frame >= s->nr_frames || at < 0 || at + bytes > STACK_SIZE)
		return wrong(v, s, VERIFY_WINDOW, "writes outside of the stack frame");
	f = state__frame(v, s, b->frame);
	if (val.base && bytes == 8 && at % 8 == 0) {
		slot = &f->slots[at / 8];
		memset(slot, 0, sizeof(*slot));
		slot->base = val.base;
		slot->byte[0] = val.t;
		return true;
	}
	for (i = 0; i < bytes; i++, at++) {
		slot = &f->slots[at / 8];
		if (slot->base) {
			slot->base = NULL;
			for (k = 0; k < 8; k++)
				slot->byte[k] = vfy__fresh(v, V_POINTER, 8);
		}
		slot->byte[at % 8] = val.base ? vfy__fresh(v, V_POINTER, 8) :
						term__extract(&v->ts, val.t, 8 * i, 8);
	}
	return true;
}

static bool ctx_load(struct vfy *v, struct state *s, __s64 at, unsigned int bytes,
		     struct value *res)
{
	struct base *b;

	if (bytes != 8 || at % 8 || at < 0 || at > (v->accept ? 8 : 16))
		return wrong(v, s, VERIFY_CONTRACT, "reads the context otherwise than its "
						    "arguments");
	*res = (struct value){ .t = v->self->token };
	if (at == 16)
		res->t = term__var(&v->ts, V_ARG, 0, 64, 0, ~0ULL);
	if (!at) {
		b = terms__alloc(&v->ts, sizeof(*b));
		b->kind = BASE_TX;
		*res = (struct value){ .base = b, .t = term__const(&v->ts, 64, 0) };
	}
	return true;
}

/* A constant; what a luo_config_ name stands for may have any value. */
static bool data_load(struct vfy *v, struct state *s, __u64 at, unsigned int bytes,
		      struct value *res)
{
	const struct btf *btf = luo_types__btf(luo_object__types(v->obj));
	__s32 sec = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *t = sec < 0 ? NULL : btf__type_by_id(btf, sec), *var;
	const struct btf_var_secinfo *info = t ? btf_var_secinfos(t) : NULL;
	const __u8 *data;
	__u64 val = 0;
	size_t size;
	int i;

	data = luo_object__rodata(v->obj, &size);
	if (at > size || bytes > size - at)
		return wrong(v, s, VERIFY_WINDOW, "reads outside of .rodata");
	for (i = 0; t && i < btf_vlen(t); i++, info++) {
		var = btf__type_by_id(btf, info->type);
		if (!var || strncmp(btf__name_by_offset(btf, var->name_off), "luo_config_", 11) ||
		    at >= (__u64)info->offset + info->size || at + bytes <= info->offset)
			continue;
		res->t = term__var(&v->ts, V_CONFIG, at, bytes * 8, 0, term_mask(bytes * 8));
		res->t = term__zext(&v->ts, res->t, 64);
		return true;
	}
	memcpy(&val, data + at, bytes);
	res->t = term__const(&v->ts, 64, val);
	return true;
}

/* Is [a, a + n) certainly apart from [b, b + m)? 1 if so, 0 if @a == @b + @delta. */
static int apart(struct vfy *v, const struct term *a, __u64 n, const struct term *b, __u64 m,
		 __s64 *delta)
{
	const struct term *d = term__sub(&v->ts, a, b);

	if (d->op == T_CONST) {
		*delta = (__s64)d->val;
		return *delta >= (__s64)m || *delta + (__s64)n <= 0;
	}
	if (a->max < ~0ULL - n && b->max < ~0ULL - m &&
	    (a->max + n <= b->min || b->max + m <= a->min))
		return 1;
	return -1;
}

/* What lies in a region that the step makes, or NULL if that cannot be said. */
static bool out_byte(struct vfy *v, const struct effect *e, const struct region *r,
		     const struct term *off, const struct term **t)
{
	__s64 delta;
	int a;

	for (; e; e = effect__prev(v, e)) {
		terms__work(&v->ts);
		if (e->kind == E_NEW && e->region == r)
			break;
		/* Gathered elements are anywhere. */
		if (e->kind == E_LOOP || (e->kind == E_GATHER && e->region == r))
			return false;
		/* Former turns may have been here; what they leave elsewhere is known by now. */
		if (e->kind == E_TURN && r->id < e->loop->nr && e->loop->fills[r->id])
			return false;
		if (e->region != r || e->kind == E_REF)
			continue;
		a = apart(v, off, 1, e->off, e->kind == E_WRITE ? e->size : 8, &delta);
		if (a < 0 || (!a && e->kind != E_WRITE))
			return false;
		if (!a) {
			*t = term__extract(&v->ts, e->t, delta * 8, 8);
			return true;
		}
	}
	*t = term__const(&v->ts, 8, 0);
	return true;
}

const struct term *mem__out(struct vfy *v, const struct effect *e, const struct region *r,
			    const struct term *off, unsigned int bytes)
{
	const struct term *parts[8];
	unsigned int i;

	for (i = 0; i < bytes; i++)
		if (!out_byte(v, e, r, term__add_const(&v->ts, off, i), &parts[i]))
			return NULL;
	return term__concat(&v->ts, parts, bytes);
}

/* Fields of the source that the program looks at: acceptors are judged by them. */
static void note_seen(struct vfy *v, struct state *s, const struct region *r,
		      const struct term *off, unsigned int bytes)
{
	const struct fields *f;
	struct spot spot;
	unsigned int i;

	if (!region__spot(v, s->effects, r, off, &spot))
		return;
	f = fields__of(v, spot.type);
	for (i = 0; i < bytes && spot.off + i < spot.type->size; i++)
		f->seen[spot.off + i] = 1;
}

/* An access to a window: its offset in the region, or NULL. */
static const struct term *in_window(struct vfy *v, struct state *s, const struct value *p,
				    __s64 off, unsigned int bytes)
{
	const struct term *at = term__add_const(&v->ts, p->t, off);
	struct term_range r = path__range(&v->ts, s->facts, at);

	if (r.max <= p->base->size && r.max + bytes <= p->base->size)
		return term__add(&v->ts, p->base->off, at);
	if (at->op != T_CONST && bytes <= p->base->size &&
	    vfy__holds(v, s->facts, term__ult(&v->ts, at, term__const(&v->ts, 64,
					      p->base->size - bytes + 1))))
		return term__add(&v->ts, p->base->off, at);
	if (at->op == T_CONST)
		wrong(v, s, VERIFY_WINDOW, "an access lies outside of its window");
	else
		give_up(v, s, VERIFY_WINDOW, "cannot show that an access lies inside of its "
					     "window");
	return NULL;
}

bool mem__load(struct vfy *v, struct state *s, struct value p, __s64 off, unsigned int bytes,
	       struct value *res)
{
	const struct term *at;

	*res = (struct value){ 0 };
	if (!p.base)
		return wrong(v, s, VERIFY_WINDOW, "reads through what is no pointer");
	if (p.base->kind == BASE_IN || p.base->kind == BASE_OUT) {
		at = in_window(v, s, &p, off, bytes);
		if (!at)
			return false;
		if (p.base->kind == BASE_IN) {
			note_seen(v, s, p.base->region, at, bytes);
			res->t = term__load(&v->ts, p.base->region->id, at, bytes);
		} else {
			res->t = mem__out(v, s->effects, p.base->region, at, bytes);
		}
		if (!res->t)
			return give_up(v, s, VERIFY_CLEAN,
				       "cannot tell what is read back from the new record");
		res->t = term__zext(&v->ts, res->t, 64);
		return true;
	}
	if (p.t->op != T_CONST)
		return give_up(v, s, VERIFY_CONTRACT, "a pointer has an offset that varies");
	off += (__s64)p.t->val;
	switch (p.base->kind) {
	case BASE_CTX:
		return ctx_load(v, s, off, bytes, res);
	case BASE_STACK:
		return stack_load(v, s, p.base, off, bytes, res);
	case BASE_DATA:
		return data_load(v, s, off, bytes, res);
	case BASE_INDEX:
		if (off || bytes != 4)
			return wrong(v, s, VERIFY_WINDOW, "reads past the index of a loop");
		res->t = term__extract(&v->ts, p.base->index, 0, 32);
		res->t = term__zext(&v->ts, res->t, 64);
		return true;
	default:
		return wrong(v, s, VERIFY_CONTRACT, "reads through the transaction, which is "
						    "opaque");
	}
}

static bool out_store(struct vfy *v, struct state *s, const struct value *p, __s64 off,
		      unsigned int bytes, struct value val)
{
	const struct term *at = in_window(v, s, p, off, bytes);
	struct effect *e;

	if (!at)
		return false;
	if (s->refused)
		return true;
	if (val.base) {
		vfy__find(v, VERIFY_CLEAN, VERIFY_REFUSED, s->pc,
			  "a pointer is stored into the new record");
		return false;
	}
	e = state__effect(v, s, E_WRITE, s->pc);
	e->region = p->base->region;
	e->off = at;
	e->size = bytes;
	e->t = term__extract(&v->ts, val.t, 0, bytes * 8);
	return true;
}

bool mem__store(struct vfy *v, struct state *s, struct value p, __s64 off, unsigned int bytes,
		struct value val)
{
	if (!p.base)
		return wrong(v, s, VERIFY_WINDOW, "writes through what is no pointer");
	switch (p.base->kind) {
	case BASE_OUT:
		return out_store(v, s, &p, off, bytes, val);
	case BASE_STACK:
		if (p.t->op != T_CONST)
			return give_up(v, s, VERIFY_CONTRACT, "a stack pointer has an offset that "
							      "varies");
		return stack_store(v, s, p.base, off + (__s64)p.t->val, bytes, val);
	case BASE_IN:
		return wrong(v, s, VERIFY_CONTRACT, "writes to the source");
	default:
		return wrong(v, s, VERIFY_CONTRACT, "writes to what is not its own");
	}
}
