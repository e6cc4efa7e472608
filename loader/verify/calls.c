// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The calls of the contract. One that fails marks the step, which cannot succeed any
 * more: such paths owe nothing and end here. What is left is the path where it worked.
 */
#include <string.h>

#include "int.h"
#include "vm/insn.h"

static bool finding(struct vfy *v, struct state *s, enum verify_rule rule,
		    enum verify_verdict verdict, const char *what)
{
	if (!s->refused)
		vfy__find(v, rule, verdict, s->pc, "%s", what);
	else if (verdict == VERIFY_UNKNOWN)
		vfy__find(v, VERIFY_REFUSAL, verdict, s->pc,
			  "cannot tell what is returned after a refusal: %s", what);
	return false;
}

struct region *region__new(struct vfy *v, struct state *s)
{
	struct region *r = terms__alloc(&v->ts, sizeof(*r));
	struct region **list = v->regions;

	if (v->nr_regions == v->cap_regions) {
		v->cap_regions = v->cap_regions ? 2 * v->cap_regions : 64;
		list = terms__alloc(&v->ts, v->cap_regions * sizeof(*list));
		if (v->nr_regions)
			memcpy(list, v->regions, v->nr_regions * sizeof(*list));
		v->regions = list;
	}
	r->id = v->nr_regions;
	list[v->nr_regions++] = r;
	r->insn = s ? s->pc : 0;
	r->loop = s ? s->loop : NULL;
	if (s) {
		r->token = term__var(&v->ts, V_TOKEN, r->id, 32, 2, 0xffffffff);
		r->token = term__zext(&v->ts, r->token, 64);
	} else {
		r->token = term__const(&v->ts, 64, LUOB_SELF);
	}
	return r;
}

const struct region *vfy__region_nr(const struct vfy *v, __u64 id)
{
	return id < v->nr_regions ? v->regions[id] : NULL;
}

/* The types of a region; those of a new one are known once it is linked. */
void region__types(struct vfy *v, const struct effect *e, const struct region *r,
		   const struct luob_type **head, const struct luob_type **elem,
		   const struct luob_handle **handle)
{
	const struct effect *first = NULL;
	struct spot spot;

	*head = r->head;
	*elem = r->elem;
	*handle = r->handle;
	if (!r->fresh || r->head || r->elem)
		return;
	for (; e; e = effect__prev(v, e)) {
		terms__work(&v->ts);
		if (e->kind == E_LINK && e->other == r &&
		    region__spot(v, e->prev, e->region, e->off, &spot) && spot.handle) {
			*head = spot.handle->head;
			*elem = spot.handle->elem;
			*handle = spot.handle;
			return;
		}
		if (e->kind == E_NEW)
			first = e;
	}
	if (first && first->region == r) {
		*head = v->prog->to;
		*elem = v->prog->to ? v->prog->to->nodes : NULL;
	}
}

/* Return: whether the offset lies in a typed part; @spot->handle is one that begins there. */
bool types__spot(struct vfy *v, const struct luob_type *head, const struct luob_type *elem,
		 const struct term *off, struct spot *spot)
{
	__u64 first = head ? head->size : 0, stride, rest;
	unsigned int i;
	struct lin l;

	memset(spot, 0, sizeof(*spot));
	lin__of(&v->ts, &l, off);
	if (!l.nr && l.val < first) {
		spot->type = head;
		spot->off = l.val;
	} else {
		if (!elem || l.val < first || (off->op == T_SUM && !off->exact))
			return false;
		stride = elem->size;
		rest = l.val - first;
		l.val = rest / stride;
		for (i = 0; i < l.nr; i++) {
			if (l.coef[i] % stride)
				return false;
			l.coef[i] /= stride;
		}
		spot->type = elem;
		spot->off = rest % stride;
		spot->index = lin__term(&v->ts, &l);
	}
	spot->handle = luob_type__handle(spot->type, spot->off);
	return true;
}

bool region__spot(struct vfy *v, const struct effect *e, const struct region *r,
		  const struct term *off, struct spot *spot)
{
	const struct luob_type *head, *elem;
	const struct luob_handle *h;

	region__types(v, e, r, &head, &elem, &h);
	return types__spot(v, head, elem, off, spot);
}

/* The region of a token that a call gets. */
static const struct region *token(struct vfy *v, struct state *s, unsigned int reg)
{
	const struct value *val = &s->reg[reg];
	const struct term *t = val->t;
	unsigned int i;

	if (val->base || !t)
		t = NULL;
	for (i = v->self->id; t && i < v->nr_regions; i++)
		if (v->regions[i]->token == t)
			return v->regions[i];
	if (t && term_is(t, 0))
		return NULL;	/* a call that fails: the path ends */
	finding(v, s, VERIFY_CONTRACT, VERIFY_UNKNOWN, "cannot tell which region a token stands "
							"for");
	return NULL;
}

static const struct term *arg(struct vfy *v, const struct state *s, unsigned int reg)
{
	if (s->reg[reg].base)
		return vfy__fresh(v, V_POINTER, 64);
	return s->reg[reg].t ? s->reg[reg].t : vfy__fresh(v, V_UNINIT, 64);
}

/* An offset in the one form that equal offsets have. */
static const struct term *offset(struct vfy *v, const struct state *s, unsigned int reg)
{
	const struct term *t = path__norm(&v->ts, s->facts, arg(v, s, reg));

	return term__add_const(&v->ts, t, 0);
}

static bool done(struct vfy *v, struct state *s, const struct term *r0)
{
	unsigned int i;

	for (i = 1; i < 6; i++)
		s->reg[i] = (struct value){ 0 };
	s->reg[0] = (struct value){ .t = r0 ? r0 : term__const(&v->ts, 64, 0) };
	s->pc++;
	return true;
}

/* The bound of the loop whose index @i is, as far as the path knows. */
static const struct term *bound_of(struct vfy *v, const struct state *s, const struct term *i)
{
	const struct fact *f;

	for (f = s->facts; f; f = f->prev) {
		terms__work(&v->ts);
		if (f->cond->op == T_ULT && f->cond->arg[0] == i)
			return term__zext(&v->ts, f->cond->arg[1], i->width);
	}
	return NULL;
}

/* What lies behind the window's last byte, when the index of each loop is the last one. */
static const struct term *room_at_end(struct vfy *v, const struct state *s,
				      const struct term *all, const struct term *end)
{
	const struct term *room = term__sub(&v->ts, all, end), *t, *bound;
	unsigned int i;
	struct lin l;

	lin__of(&v->ts, &l, room);
	for (i = 0; i < l.nr; i++) {
		t = l.atom[i];
		if (t->op != T_VAR || t->kind != V_INDEX || !(l.coef[i] >> 63))
			continue;
		bound = bound_of(v, s, t);
		if (!bound)
			return NULL;
		t = term__sub(&v->ts, term__add_const(&v->ts, bound, -1ULL), t);
		room = term__add(&v->ts, room, term__scale(&v->ts, t, l.coef[i]));
	}
	return path__norm(&v->ts, s->facts, room);
}

/* Does the window end inside of the region, also in the last turn of a loop? */
static void check_end(struct vfy *v, struct state *s, const struct region *r,
		      const struct term *off, __u64 size)
{
	const struct term *all = path__norm(&v->ts, s->facts, r->fresh ? r->bytes : r->size);
	const struct term *end = term__add_const(&v->ts, off, size), *room, *behind;
	char text[96];

	if (s->refused || (all->op == T_VAR && all->kind == V_SIZE) ||
	    path__range(&v->ts, s->facts, end).max <= path__range(&v->ts, s->facts, all).min)
		return;
	room = room_at_end(v, s, all, end);
	if (room && !(path__range(&v->ts, s->facts, room).max >> 63))
		return;
	behind = term__alu(&v->ts, BPF_OR, false, term__ult(&v->ts, all, end),
			   term__ult(&v->ts, end, off));
	vfy__find_if(v, behind, VERIFY_WINDOW_END, VERIFY_UNKNOWN, s->pc,
		     "a window of %llu bytes at offset %s may end behind its region, which is a "
		     "veto", (unsigned long long)size, vfy__term(v, off, text, sizeof(text)));
}

static bool call_window(struct vfy *v, struct state *s, bool write)
{
	const struct region *r = token(v, s, 2);
	const struct term *off = offset(v, s, 3), *size = arg(v, s, 4);
	struct base *b;
	__u64 end, all;

	if (!r)
		return false;
	if (size->op != T_CONST || size->val > LUOB_WINDOW_MAX)
		return finding(v, s, VERIFY_CONTRACT, VERIFY_REFUSED,
			       "the size of a window is no constant of at most 4096");
	if (r->fresh != write)
		return finding(v, s, VERIFY_CONTRACT, VERIFY_REFUSED, write ?
			       "a write window on the source" : "a read window on a new region");
	end = path__range(&v->ts, s->facts, off).min;
	all = path__range(&v->ts, s->facts, r->fresh ? r->bytes : r->size).max;
	if (end > all || size->val > all - end)
		return finding(v, s, VERIFY_WINDOW, VERIFY_REFUSED,
			       "a window lies outside of its region: the step always fails");
	check_end(v, s, r, off, size->val);
	s->cost += size->val;
	b = terms__alloc(&v->ts, sizeof(*b));
	b->kind = write ? BASE_OUT : BASE_IN;
	b->region = r;
	b->off = off;
	b->size = size->val;
	done(v, s, NULL);
	s->reg[0].base = b;
	return true;
}

static __u64 handle_max(const struct region *r)
{
	return (1ULL << 44) / (r->elem ? r->elem->size : 1);
}

/* The engine has checked the count against what there is. */
static void open_region(struct vfy *v, struct state *s, struct region *r)
{
	const struct luob_handle *h = r->handle;
	const struct term *t = NULL, *off;
	__u64 head = h->head ? h->head->size : 0, bits = h->count_size * 8;

	r->head = h->head;
	r->elem = h->elem;
	if (!r->elem && !(r->head && r->handle->kind == LUOB_H_CONTIG)) {
		r->nr = term__const(&v->ts, 64, 0);
		r->size = vfy__fresh(v, V_SIZE, 64);
		return;
	}
	r->nr = r->elem ? term__var(&v->ts, V_ELEMS, r->id, 64, h->kind == LUOB_H_BLOCKS,
				    handle_max(r)) : term__const(&v->ts, 64, 0);
	r->size = term__scale(&v->ts, r->nr, r->elem ? r->elem->size : 0);
	r->size = term__add_const(&v->ts, r->size, head);
	if (h->count_at == LUOB_COUNT_HEAD)
		t = term__load(&v->ts, r->id, term__const(&v->ts, 64, h->count_off), bits / 8);
	if (h->count_at == LUOB_COUNT_BESIDE) {
		off = term__add_const(&v->ts, r->up_off, (__u64)h->count_off - h->off);
		t = term__load(&v->ts, r->up->id, off, bits / 8);
	}
	if (t && r->elem)
		s->facts = path__assume(&v->ts, s->facts,
					term__eq(&v->ts, term__zext(&v->ts, t, 64), r->nr), s->pc);
}

static const struct effect *find_ref(struct vfy *v, const struct state *s, const struct region *r,
				     const struct term *off)
{
	const struct effect *e;

	for (e = s->effects; e; e = effect__prev(v, e))
		if (e->kind == E_REF && e->region == r && e->off == off)
			return e;
	return NULL;
}

/* Both ways: a region behind the handle, or null. The same handle answers the same. */
static bool call_ref(struct vfy *v, struct state *s)
{
	const struct region *in = token(v, s, 2);
	const struct term *off = offset(v, s, 3);
	const struct effect *old;
	struct region *r;
	struct effect *e;
	struct spot spot;
	struct state *null;
	char text[128];

	if (!in)
		return false;
	old = find_ref(v, s, in, off);
	if (old)
		return done(v, s, old->other ? old->other->token : NULL);
	if (in->fresh)
		return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED, "luob_ref() of a new region");
	if (!region__spot(v, s->effects, in, off, &spot)) {
		vfy__find(v, VERIFY_HANDLES, VERIFY_UNKNOWN, s->pc,
			  "cannot tell which handle luob_ref() reads: offset %s",
			  vfy__term(v, off, text, sizeof(text)));
		return false;
	}
	if (!spot.handle || spot.handle->kind == LUOB_H_CHILD)
		return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED,
			       "luob_ref() where no handle to a region is");
	memset(fields__of(v, spot.type)->seen + spot.off, 1, spot.handle->size);
	null = state__clone(v, s);
	e = state__effect(v, null, E_REF, s->pc);
	e->region = in;
	e->off = off;
	done(v, null, NULL);
	null->next = v->todo;
	v->todo = null;
	v->paths++;

	r = region__new(v, s);
	r->up = in;
	r->up_off = off;
	r->handle = spot.handle;
	open_region(v, s, r);
	e = state__effect(v, s, E_REF, s->pc);
	e->region = in;
	e->off = off;
	e->other = r;
	return done(v, s, r->token);
}

static bool call_size(struct vfy *v, struct state *s)
{
	const struct region *r = token(v, s, 2);

	if (!r)
		return false;
	if (r->fresh && region__gathered(v, s->effects, r))
		return finding(v, s, VERIFY_CONTRACT, VERIFY_UNKNOWN,
			       "the size of a region that was gathered");
	return done(v, s, r->fresh ? r->bytes : r->size);
}

static bool call_new(struct vfy *v, struct state *s)
{
	const struct term *bytes = arg(v, s, 2), *kind = arg(v, s, 3);
	struct region *r;

	if (v->accept)
		return finding(v, s, VERIFY_CONTRACT, VERIFY_REFUSED,
			       "an acceptor makes a region");
	if (kind->op != T_CONST)
		return finding(v, s, VERIFY_CONTRACT, VERIFY_UNKNOWN,
			       "the kind of a region is no constant");
	r = region__new(v, s);
	r->fresh = true;
	r->kind = kind->val;
	r->bytes = term__add_const(&v->ts, path__norm(&v->ts, s->facts, bytes), 0);
	state__effect(v, s, E_NEW, s->pc)->region = r;
	/* Elements are paid for by those that they are made of. */
	s->cost += r->bytes->op == T_CONST ? r->bytes->val : 0;
	return done(v, s, r->token);
}

/* Where a handle of a region is; a finding if there is none. */
static bool handle_at(struct vfy *v, struct state *s, unsigned int reg, bool fresh,
		      const struct region **r, const struct term **off, struct spot *spot)
{
	*r = token(v, s, reg);
	if (!*r)
		return false;
	*off = offset(v, s, reg + 1);
	if ((*r)->fresh != fresh)
		return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED, fresh ?
			       "a handle is put into the source" :
			       "a handle is taken from a new region");
	if (!region__spot(v, s->effects, *r, *off, spot))
		return finding(v, s, VERIFY_HANDLES, VERIFY_UNKNOWN, fresh ?
			       "cannot tell which handle is filled: link the region first" :
			       "cannot tell which handle is meant");
	return spot->handle || finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED,
				       "no handle begins at this offset");
}

static bool same_target(const struct luob_handle *a, const struct luob_handle *b)
{
	return a->kind == b->kind && a->size == b->size && a->bits == b->bits &&
	       a->count_at == b->count_at &&
	       (a->head ? a->head->layout : 0) == (b->head ? b->head->layout : 0) &&
	       (a->elem ? a->elem->layout : 0) == (b->elem ? b->elem->layout : 0);
}

/* luob_move() and luob_child(). */
static bool call_carry(struct vfy *v, struct state *s, enum effect_kind kind)
{
	const struct region *in, *out;
	const struct term *ioff, *ooff;
	struct spot src, dst;
	struct effect *e;

	if (!handle_at(v, s, 2, true, &out, &ooff, &dst) ||
	    !handle_at(v, s, 4, false, &in, &ioff, &src))
		return false;
	if (!same_target(src.handle, dst.handle) ||
	    (src.handle->kind == LUOB_H_CHILD) != (kind == E_CHILD))
		return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED,
			       "the two handles lead to different things");
	e = state__effect(v, s, kind, s->pc);
	e->region = out;
	e->off = ooff;
	e->other = in;
	e->off2 = ioff;
	return done(v, s, NULL);
}

/* The container has to be what the handle leads to, whatever its number of elements. */
static bool fits(struct vfy *v, struct state *s, const struct region *r,
		 const struct luob_handle *h)
{
	__u64 head = h->head ? h->head->size : 0, stride = h->elem ? h->elem->size : 0, kind;
	const struct term *rest;
	unsigned int i;
	struct lin l;

	kind = h->kind == LUOB_H_BLOCKS ? LUOB_NEW_BLOCKS(stride) : LUOB_CONTIG;
	if ((h->kind != LUOB_H_BLOCKS && h->kind != LUOB_H_CONTIG) || r->kind != kind)
		return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED,
			       "the region is of another kind than the handle leads to");
	rest = term__add_const(&v->ts, r->bytes, -head);
	lin__of(&v->ts, &l, rest);
	for (i = 0; i < l.nr; i++)
		if (!stride || l.coef[i] % stride)
			return finding(v, s, VERIFY_HANDLES, VERIFY_UNKNOWN,
				       "cannot show that the region holds whole elements");
	if (stride ? l.val % stride : l.val)
		return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED,
			       "the region does not hold a head and whole elements");
	return true;
}

static bool call_link(struct vfy *v, struct state *s)
{
	const struct region *out, *r, *first = NULL;
	const struct term *off;
	const struct effect *o;
	struct spot spot;
	struct effect *e;

	if (!handle_at(v, s, 2, true, &out, &off, &spot))
		return false;
	r = token(v, s, 4);
	if (!r)
		return false;
	if (!r->fresh)
		return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED,
			       "luob_link() of a region of the source");
	for (o = s->effects; o; o = effect__prev(v, o)) {
		if (o->kind == E_LINK && o->other == r)
			return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED,
				       "the region is linked twice");
		first = o->kind == E_NEW ? o->region : first;
	}
	if (r == first)
		return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED,
			       "the new record itself is linked: only the engine leads to it");
	if (!fits(v, s, r, spot.handle))
		return false;
	e = state__effect(v, s, E_LINK, s->pc);
	e->region = out;
	e->off = off;
	e->other = r;
	return done(v, s, NULL);
}

static bool call_drop(struct vfy *v, struct state *s)
{
	const struct luob_prog *p = v->prog;
	const struct term *off, *reason;
	const struct region *in;
	struct effect *e;
	struct spot spot;
	unsigned int i;

	reason = arg(v, s, 4);
	if (!handle_at(v, s, 2, false, &in, &off, &spot))
		return false;
	if (!term_is(reason, LUOB_REPLACED) && !term_is(reason, LUOB_LOST))
		return finding(v, s, VERIFY_HANDLES, VERIFY_REFUSED,
			       "luob_drop() for a reason that is not known");
	for (i = 0; i < p->nr_losses; i++)
		if (p->losses[i].off == spot.off &&
		    p->losses[i].type->fingerprint == spot.type->fingerprint)
			break;
	if (reason->val == LUOB_LOST && i == p->nr_losses)
		return finding(v, s, VERIFY_LOSS, VERIFY_REFUSED,
			       "a handle is dropped as lost, but LUO_LOSS() does not declare it");
	e = state__effect(v, s, E_DROP, s->pc);
	e->region = in;
	e->off = off;
	e->size = reason->val;
	return done(v, s, NULL);
}

/* What was asked, and the answer; NULL for none. */
static void note_lookup(struct vfy *v, const struct state *s, struct state *to,
			const struct term *answer)
{
	const struct term *kind = arg(v, s, 2), *key = arg(v, s, 3);
	struct effect *e = state__effect(v, to, E_LOOKUP, s->pc);

	e->off = key;
	e->off2 = kind;
	e->t = answer;
}

/* enum luob_lookup_kind: of the kinds that are known, those that are asked by a token. */
static bool is_about_file(const struct term *kind)
{
	return term_is(kind, LUOB_LOOKUP_MEMFD_SEALS) || term_is(kind, LUOB_LOOKUP_VFIO_DOMAIN) ||
	       term_is(kind, LUOB_LOOKUP_VFIO_IOMMUFD);
}

static bool is_token(struct vfy *v, const struct state *s, const struct term *key)
{
	const struct region *r;
	struct spot spot;
	unsigned int i;

	if (key->op == T_VAR && key->kind == V_ARG)
		return true;
	r = key->op == T_LOAD && key->width == 64 ? vfy__region_nr(v, key->val) : NULL;
	if (!r || !region__spot(v, s->effects, r, key->arg[0], &spot))
		return false;
	for (i = 0; i < spot.type->nr_handles; i++)
		if (spot.type->handles[i].kind == LUOB_H_CHILD &&
		    spot.type->handles[i].key_off == spot.off)
			return true;
	return false;
}

static void check_key(struct vfy *v, struct state *s)
{
	const struct term *kind = arg(v, s, 2), *key = path__norm(&v->ts, s->facts, arg(v, s, 3));
	char text[96];

	if (!s->refused && is_about_file(kind) && !is_token(v, s, key))
		vfy__find(v, VERIFY_CLEAN_KEY, VERIFY_REFUSED, s->pc,
			  "luob_lookup() of a file is asked by %s, not by its token: that is the "
			  "argument, or the key beside a handle",
			  vfy__term(v, key, text, sizeof(text)));
}

/* Both ways: an answer, or an error and a value that means nothing. */
static bool call_lookup(struct vfy *v, struct state *s)
{
	struct value to = s->reg[4], val = { 0 };
	struct state *none = state__clone(v, s);
	const struct term *err = term__var(&v->ts, V_ERRNO, ++v->nr_vars, 32, -4095U, -1U);

	v->paths++;
	check_key(v, s);
	note_lookup(v, s, none, val.t);
	val.t = vfy__fresh(v, V_NO_ANSWER, 64);
	if (!mem__store(v, none, to, 0, 8, val)) {
		state__free(v, none);
		return false;
	}
	done(v, none, term__sext(&v->ts, err, 64));
	none->next = v->todo;
	v->todo = none;
	val.t = vfy__fresh(v, V_LOOKUP, 64);
	note_lookup(v, s, s, val.t);
	mem__store(v, s, to, 0, 8, val);
	return done(v, s, NULL);
}

static const struct effect *find_gather(struct vfy *v, const struct effect *e,
					const struct region *r)
{
	for (; e; e = effect__prev(v, e))
		if (e->kind == E_GATHER && e->region == r)
			return e;
	return NULL;
}

/* How many elements luob_gather() left, or NULL when it was not called. */
const struct term *region__gathered(struct vfy *v, const struct effect *e, const struct region *r)
{
	e = find_gather(v, e, r);
	return e ? e->t : NULL;
}

/* Is the key that luob_gather() leaves once inside of what is to be unique? */
bool region__told_apart(struct vfy *v, const struct effect *e, const struct region *r,
			const struct luob_type *elem)
{
	unsigned int i, off, size;

	e = find_gather(v, e, r);
	for (i = 0; e && i < 2; i++) {
		off = e->size >> (16 * i + 8) & 0xff;
		size = e->size >> (16 * i) & 0xff;
		if (size && (off < elem->unique_off ||
			     off + size > elem->unique_off + elem->unique_size))
			return false;
	}
	return e;
}

/* Elements stay what they are, in another order: what matters is their number. */
static bool call_gather(struct vfy *v, struct state *s)
{
	const struct region *r = token(v, s, 2);
	const struct term *by = arg(v, s, 3);
	const struct luob_type *head, *elem;
	const struct luob_handle *h;
	struct effect *e;

	if (!r)
		return false;
	if (!r->fresh || by->op != T_CONST)
		return finding(v, s, VERIFY_CONTRACT, VERIFY_REFUSED,
			       "luob_gather() of a region of the source, or by no constant");
	region__types(v, s->effects, r, &head, &elem, &h);
	if (!elem || elem->nr_handles || !luob_gather__by_ok(by->val, elem->size))
		return finding(v, s, VERIFY_CONTRACT, VERIFY_REFUSED,
			       "luob_gather() of what has no elements, or by no numbers of one");
	if (find_gather(v, s->effects, r))
		return finding(v, s, VERIFY_CONTAINERS, VERIFY_UNKNOWN,
			       "a region is gathered a second time");
	e = state__effect(v, s, E_GATHER, s->pc);
	e->region = r;
	e->size = by->val;
	e->t = term__var(&v->ts, V_GATHERED, ++v->nr_vars, 64, 0, LUOB_MAX_ITER);
	return done(v, s, e->t);
}

/* The veto is certain now: from here on only the return value matters. */
static bool call_refuse(struct vfy *v, struct state *s)
{
	if (!s->refused)
		vfy__note_check(v, s, arg(v, s, 2));
	if (!s->refused)
		s->refused_at = s->pc;
	s->refused = true;
	return done(v, s, term__const(&v->ts, 64, (__u64)-1));
}

static void untested(struct vfy *v, struct state *s, const struct term *end)
{
	const struct term *most = term__const(&v->ts, end->width, LUOB_MAX_ITER);

	if (!s->refused)
		vfy__find_if(v, term__ult(&v->ts, most, end), VERIFY_TERMINATES, VERIFY_REFUSED,
			     s->pc, "the bound of a loop is not tested: bpf_for() above 8,388,608 "
				    "silently runs zero turns");
}

static bool iter_new(struct vfy *v, struct state *s)
{
	const struct term *start, *end = path__norm(&v->ts, s->facts, arg(v, s, 3));
	unsigned int frame, nr;
	struct slot *slot = mem__slot(v, s, s->reg[1], true, &frame, &nr);
	struct base *b;

	if (!slot)
		return finding(v, s, VERIFY_TERMINATES, VERIFY_UNKNOWN,
			       "the iterator is not on the stack");
	start = term__extract(&v->ts, arg(v, s, 2), 0, 32);
	b = terms__alloc(&v->ts, sizeof(*b));
	b->kind = BASE_ITER;
	b->start = start;
	b->end = end;
	b->insn = s->pc;
	memset(slot, 0, sizeof(*slot));
	slot->base = b;
	slot->byte[0] = term__const(&v->ts, 64, 0);
	if (path__range(&v->ts, s->facts, end).max > LUOB_MAX_ITER)
		untested(v, s, end);
	return done(v, s, NULL);
}

static bool iter_destroy(struct vfy *v, struct state *s)
{
	unsigned int frame, nr;
	struct slot *slot = mem__slot(v, s, s->reg[1], true, &frame, &nr);

	if (s->refused)
		return done(v, s, NULL);
	if (!slot || !slot->base || slot->base->kind != BASE_ITER)
		return finding(v, s, VERIFY_CONTRACT, VERIFY_UNKNOWN,
			       "what is destroyed is no iterator");
	memset(slot, 0, sizeof(*slot));
	return done(v, s, NULL);
}

/* Return: whether the state goes on. */
bool vfy__call(struct vfy *v, struct state *s, const char *name)
{
	if (!strncmp(name, "luob_", 5))
		s->cost += CALL_COST;
	if (!strcmp(name, "luob_ref"))
		return call_ref(v, s);
	if (!strcmp(name, "luob_in"))
		return call_window(v, s, false);
	if (!strcmp(name, "luob_out"))
		return call_window(v, s, true);
	if (!strcmp(name, "luob_size"))
		return call_size(v, s);
	if (!strcmp(name, "luob_new"))
		return call_new(v, s);
	if (!strcmp(name, "luob_move"))
		return call_carry(v, s, E_MOVE);
	if (!strcmp(name, "luob_child"))
		return call_carry(v, s, E_CHILD);
	if (!strcmp(name, "luob_link"))
		return call_link(v, s);
	if (!strcmp(name, "luob_drop"))
		return call_drop(v, s);
	if (!strcmp(name, "luob_lookup"))
		return call_lookup(v, s);
	if (!strcmp(name, "luob_gather"))
		return call_gather(v, s);
	if (!strcmp(name, "luob_refuse"))
		return call_refuse(v, s);
	if (!strcmp(name, "bpf_iter_num_new"))
		return iter_new(v, s);
	if (!strcmp(name, "bpf_iter_num_next"))
		return vfy__loop(v, s);
	if (!strcmp(name, "bpf_iter_num_destroy"))
		return iter_destroy(v, s);
	return finding(v, s, VERIFY_CONTRACT, VERIFY_UNKNOWN, "a call that is not known");
}
