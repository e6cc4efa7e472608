// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The calls of the contract, once for the module's kfuncs and for the library's
 * interpreter. A call that fails says so and marks the step: it cannot succeed
 * any more, whatever the program makes of the result.
 *
 * Budget: a call costs LUOB_CALL_COST, a window or a new region its bytes besides. Each
 * region that a step opens and has not made itself adds to what it may spend, once:
 * work and memory are linear in the input, and the same number in all engines.
 */
#include "calls.h"

#define BUDGET_BASE	(1 << 20)
#define BUDGET_PER_BYTE	64

__printf(4, 5)
static int fail(struct luo_tx *tx, const char *rule, int err, const char *fmt, ...)
{
	struct luob_step *s = tx->step;
	va_list ap;

	if (s->failed)
		return err;
	s->failed = true;
	s->fault.rule = rule;
	va_start(ap, fmt);
	vsnprintf(s->fault.text, sizeof(s->fault.text), fmt, ap);
	va_end(ap);
	return err;
}

static bool spend(struct luo_tx *tx, __u64 bytes)
{
	struct luob_step *s = tx->step;

	if (s->failed)
		return false;
	s->budget -= (__s64)(LUOB_CALL_COST + bytes);
	if (s->budget >= 0)
		return true;
	fail(tx, "BUDGET", -E2BIG, "more calls and window bytes than the input justifies");
	return false;
}

/* What a region adds to the budget of a step that opens it. */
__u64 luob_region__worth(const struct luob_region *r)
{
	/* Content is not read: its size is no reason for work. */
	bool content = !r->head && !r->elem;

	if (r->fresh && !r->sealed)
		return 0;
	return LUOB_CALL_COST * 16 + (content || r->size >> 40 ? 0 : r->size * BUDGET_PER_BYTE);
}

static void earn(struct luo_tx *tx, struct luob_region *r)
{
	if (r->earned == tx->nr_steps || (r->fresh && !r->sealed))
		return;
	r->earned = tx->nr_steps;
	tx->step->budget += (__s64)luob_region__worth(r);
}

/* Calls that an engine answered itself, at LUOB_CALL_COST and their window bytes each. */
bool luob_step__charge(struct luo_tx *tx, __u64 cost)
{
	return !cost || spend(tx, cost - LUOB_CALL_COST);
}

/* The step's own record is token LUOB_SELF. Return: 0, -ENOMEM. */
int luob_step__start(struct luo_tx *tx, struct luob_region *self)
{
	tx->nr_steps++;
	tx->step->budget = BUDGET_BASE;
	earn(tx, self);
	return luob_step__token(tx, self) ? 0 : -ENOMEM;
}

/* A token for a region; 0 when there is no memory. */
__u64 luob_step__token(struct luo_tx *tx, struct luob_region *r)
{
	struct luob_step *s = tx->step;
	__u32 *tokens = luob_grow(s->tokens, s->nr_tokens, &s->cap_tokens, sizeof(*tokens));

	if (!tokens) {
		fail(tx, "NO_MEMORY", -ENOMEM, "no memory for tokens");
		return 0;
	}
	s->tokens = tokens;
	tokens[s->nr_tokens++] = r->id;
	return s->nr_tokens;
}

/* The region of a token, or NULL. */
struct luob_region *luob_step__region(const struct luo_tx *tx, __u64 token)
{
	const struct luob_step *s = tx->step;

	if (!token || token > s->nr_tokens)
		return NULL;
	return tx->regions[s->tokens[token - 1]];
}

static struct luob_region *region_of(struct luo_tx *tx, __u64 token, const char *call)
{
	struct luob_region *r = luob_step__region(tx, token);

	if (!r)
		fail(tx, "BAD_TOKEN", -EINVAL, "%s(): token %llu was never given out", call,
		     (unsigned long long)token);
	return r;
}

static bool writable(const struct luob_region *r)
{
	return r->fresh && !r->sealed;
}

/* A handle, its slot, and the structure around it. */
struct place {
	struct luob_region *r;
	const struct luob_type *t;
	const struct luob_handle *h;
	struct luob_slot *slot;
	void *base;
};

static int find_place(struct luo_tx *tx, struct place *p, __u64 token, __u64 off, bool write,
		      const char *call)
{
	__u64 base;

	p->r = region_of(tx, token, call);
	if (!p->r)
		return -EINVAL;
	if (writable(p->r) != write)
		return fail(tx, "BAD_TOKEN", -EACCES, "%s(): region %llu is %s", call,
			    (unsigned long long)token,
			    write ? "not to be written" : "not readable yet");
	if (!p->r->typed)
		return fail(tx, "BAD_TOKEN", -EINVAL, "%s(): link region %llu before filling its "
						      "handles",
			    call, (unsigned long long)token);
	p->slot = luo_tx__slot(tx, p->r, off, &p->h, &base);
	if (!p->slot)
		return fail(tx, "NO_HANDLE", -EINVAL, "%s(): no handle at offset %llu of region "
						      "%llu",
			    call, (unsigned long long)off, (unsigned long long)token);
	p->t = luob_region__type_at(p->r, base);
	p->base = (void *)luob_region__window(&tx->space, p->r, base, p->t->size);
	if (!p->base)
		return fail(tx, "NOT_IN_MEMORY", -EFAULT, "%s(): offset %llu of region %llu is "
							  "not in memory",
			    call, (unsigned long long)off, (unsigned long long)token);
	return 0;
}

static int slot_busy(struct luo_tx *tx, const char *call, __u64 off)
{
	return fail(tx, "HANDLE_TWICE", -EBUSY, "%s(): the handle at offset %llu has been used "
						"already",
		    call, (unsigned long long)off);
}

static int open_ref(struct luo_tx *tx, struct luob_region *r, const struct place *p)
{
	struct luob_fault f;
	int err;

	r->up = p->r;
	err = luob_region__open(&tx->space, r, p->h, p->base, &f);
	if (err == -EBADMSG)
		fail(tx, f.rule, err, "%s", f.text);
	else if (err)
		fail(tx, "NO_MEMORY", err, "no memory for a region");
	return err;
}

__u64 luob_ref(struct luo_tx *tx, __u64 in, __u64 off)
{
	struct luob_region *r;
	struct place p;

	if (!spend(tx, 0) || find_place(tx, &p, in, off, false, "ref"))
		return 0;
	if (p.h->kind == LUOB_H_CHILD) {
		fail(tx, "NO_HANDLE", -EINVAL, "ref(): offset %llu leads to another family",
		     (unsigned long long)off);
		return 0;
	}
	if (p.slot->state == LUOB_SLOT_LINKED && p.slot->id != LUOB_NO_ID)
		r = tx->regions[p.slot->id];
	else if (p.slot->state == LUOB_SLOT_REFFED)
		r = tx->regions[p.slot->id];
	else if (p.slot->state != LUOB_SLOT_FREE && p.slot->state != LUOB_SLOT_LINKED)
		return slot_busy(tx, "ref", off), 0;
	else if (luob_region__handle_null(p.h, p.base))
		return 0;
	else {
		r = luo_tx__region(tx);
		if (!r || open_ref(tx, r, &p))
			return 0;
		r->up_off = off;
		p.slot->state = LUOB_SLOT_REFFED;
		p.slot->id = r->id;
	}
	earn(tx, r);
	return luob_step__token(tx, r);
}

/* Bytes of a region of the step, or NULL; @write as the contract has it. */
static __u8 *window(struct luo_tx *tx, __u64 token, __u64 off, __u64 size, bool write)
{
	const char *call = write ? "out" : "in";
	struct luob_region *r;
	const void *p;

	if (!spend(tx, size))
		return NULL;
	r = region_of(tx, token, call);
	if (!r)
		return NULL;
	if (writable(r) != write || (!write && !r->head && !r->elem)) {
		fail(tx, "BAD_TOKEN", -EACCES, "%s(): region %llu is not to be %s", call,
		     (unsigned long long)token, write ? "written" : "read");
		return NULL;
	}
	p = size > LUOB_WINDOW_MAX ? NULL : luob_region__window(&tx->space, r, off, size);
	if (!p)
		fail(tx, "OUT_OF_REGION", -EFAULT, "%s(): bytes %llu + %llu are not in region "
						   "%llu of %llu bytes",
		     call, (unsigned long long)off, (unsigned long long)size,
		     (unsigned long long)token, (unsigned long long)r->size);
	return (__u8 *)p;
}

__u8 *luob_in(struct luo_tx *tx, __u64 in, __u64 off, const __u64 rdonly_buf_size)
{
	return window(tx, in, off, rdonly_buf_size, false);
}

__u8 *luob_out(struct luo_tx *tx, __u64 out, __u64 off, const __u64 rdwr_buf_size)
{
	return window(tx, out, off, rdwr_buf_size, true);
}

__u64 luob_size(struct luo_tx *tx, __u64 t)
{
	struct luob_region *r;

	if (!spend(tx, 0))
		return 0;
	r = region_of(tx, t, "size");
	return r ? r->size : 0;
}

__u64 luob_new(struct luo_tx *tx, __u64 bytes, __u64 kind)
{
	struct luob_step *s = tx->step;
	struct luob_region *r;
	int err;

	if (!spend(tx, bytes >> 40 ? 0 : bytes))
		return 0;
	if (s->accept) {
		fail(tx, "BAD_CALL", -EPERM, "new(): an acceptor makes no regions");
		return 0;
	}
	r = luo_tx__region(tx);
	if (!r) {
		fail(tx, "NO_MEMORY", -ENOMEM, "no memory for a region");
		return 0;
	}
	err = luob_region__make(&tx->space, r, bytes, kind);
	if (err) {
		fail(tx, err == -E2BIG ? "TOO_LARGE_TO_ALLOCATE" : "NO_MEMORY", err,
		     "new(): %llu bytes of kind %llu: %s", (unsigned long long)bytes,
		     (unsigned long long)(kind & LUOB_KIND_MASK),
		     err == -E2BIG ? "too many" : err == -ENOMEM ? "no memory" : "not possible");
		return 0;
	}
	if (!s->made) {
		if (r->size < s->prog->to->size) {
			fail(tx, "OUT_OF_REGION", -EINVAL, "new(): the record needs %u bytes, "
							   "not %llu",
			     s->prog->to->size, (unsigned long long)bytes);
			return 0;
		}
		if (!luob_region__become(r, s->prog->to)) {
			fail(tx, "OUT_OF_REGION", -EINVAL, "new(): %llu bytes are no record and "
							   "whole elements behind it",
			     (unsigned long long)bytes);
			return 0;
		}
		s->made = r;
		r->up = s->record->dst;
		r->up_off = s->record->dst_off;
		r->label = s->record->format->subtree;
	}
	s->record->added++;
	s->record->added_bytes += bytes;
	return luob_step__token(tx, r);
}

static __u64 layout_of(const struct luob_type *t)
{
	return t ? t->layout : 0;
}

/* The same kind of container around structures that lie the same. */
static bool same_target(const struct luob_handle *a, const struct luob_handle *b)
{
	return a->kind == b->kind && a->size == b->size && a->bits == b->bits &&
	       a->count_at == b->count_at && layout_of(a->head) == layout_of(b->head) &&
	       layout_of(a->elem) == layout_of(b->elem);
}

/* Records of other families in what is moved as a whole: acceptors have to see them. */
static int adopt_moved(struct luo_tx *tx, const struct place *p, __u64 off)
{
	struct luob_region *r;

	if (!luob_type__has_child(p->h->head) && !luob_type__has_child(p->h->elem))
		return 0;
	if (p->slot->state == LUOB_SLOT_REFFED)
		return luo_tx__adopt(tx, tx->regions[p->slot->id], true);
	if (p->slot->state != LUOB_SLOT_FREE || luob_region__handle_null(p->h, p->base))
		return 0;
	r = luo_tx__region(tx);
	if (!r || open_ref(tx, r, p))
		return -ENOMEM;
	r->up_off = off;
	return luo_tx__adopt(tx, r, true);
}

int luob_move(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	struct place src, dst;

	if (!spend(tx, 0) || find_place(tx, &src, in, ioff, false, "move") ||
	    find_place(tx, &dst, out, ooff, true, "move"))
		return -EINVAL;
	if (src.h->kind == LUOB_H_CHILD || !same_target(src.h, dst.h))
		return fail(tx, "HANDLE_KIND", -EINVAL, "move(): offsets %llu and %llu lead to "
							"different things",
			    (unsigned long long)ioff, (unsigned long long)ooff);
	if (src.slot->state != LUOB_SLOT_FREE && src.slot->state != LUOB_SLOT_REFFED &&
	    src.slot->state != LUOB_SLOT_LINKED)
		return slot_busy(tx, "move", ioff);
	if (dst.slot->state != LUOB_SLOT_FREE)
		return slot_busy(tx, "move", ooff);
	memcpy((__u8 *)dst.base + dst.h->off, (const __u8 *)src.base + src.h->off, src.h->size);
	if (!luob_region__handle_null(src.h, src.base)) {
		dst.slot->state = LUOB_SLOT_LINKED;
		dst.slot->id = src.slot->state == LUOB_SLOT_LINKED ? src.slot->id : LUOB_NO_ID;
		dst.slot->value = luob_handle__print(dst.h, dst.base);
	}
	if (src.slot->state != LUOB_SLOT_FREE && src.slot->id != LUOB_NO_ID)
		tx->regions[src.slot->id]->carried = true;
	if (adopt_moved(tx, &src, ioff))
		return fail(tx, "NO_MEMORY", -ENOMEM, "no memory for the worklist");
	src.slot->state = LUOB_SLOT_MOVED;
	return 0;
}

/* The container that was made must be the one that the field promises. */
static bool fits(const struct luob_region *r, const struct luob_handle *h)
{
	__u64 head = h->head ? h->head->size : 0;
	__u32 stride = h->elem ? h->elem->size : 0;

	switch (h->kind) {
	case LUOB_H_BLOCKS:
		return r->kind == LUOB_BLOCKS && r->stride == stride;
	case LUOB_H_CONTIG:
		return r->kind == LUOB_CONTIG && r->size >= head &&
		       (stride ? (r->size - head) % stride == 0 : r->size == head);
	default:
		return false;
	}
}

int luob_link(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 t)
{
	struct luob_region *r;
	struct place dst;

	if (!spend(tx, 0) || find_place(tx, &dst, out, ooff, true, "link"))
		return -EINVAL;
	r = region_of(tx, t, "link");
	if (!r)
		return -EINVAL;
	if (!writable(r) || r->typed)
		return fail(tx, "BAD_TOKEN", -EINVAL, "link(): region %llu is not new, or linked "
						      "already",
			    (unsigned long long)t);
	if (dst.slot->state != LUOB_SLOT_FREE)
		return slot_busy(tx, "link", ooff);
	if (!fits(r, dst.h))
		return fail(tx, "HANDLE_KIND", -EINVAL, "link(): region %llu of %llu bytes is "
							"not what offset %llu leads to",
			    (unsigned long long)t, (unsigned long long)r->size,
			    (unsigned long long)ooff);
	luob_region__set_type(r, dst.h->head, dst.h->elem);
	if (r->stride)
		r->nr = (r->size - (r->head ? r->head->size : 0)) / r->stride;
	r->up = dst.r;
	r->up_off = ooff;
	luob_put64((__u8 *)dst.base + dst.h->off, r->pa);
	dst.slot->state = LUOB_SLOT_LINKED;
	dst.slot->id = r->id;
	return 0;
}

static bool may_lose(const struct luob_prog *prog, const struct place *p)
{
	unsigned int i;

	for (i = 0; i < prog->nr_losses; i++)
		if (prog->losses[i].off == p->h->off &&
		    prog->losses[i].type->fingerprint == p->t->fingerprint)
			return true;
	return false;
}

int luob_drop(struct luo_tx *tx, __u64 in, __u64 off, __u64 reason)
{
	const struct luob_region *behind;
	struct luob_region whole = {};
	struct luob_fault f;
	struct place p;
	int err;

	if (!spend(tx, 0) || find_place(tx, &p, in, off, false, "drop"))
		return -EINVAL;
	if (reason != LUOB_REPLACED && reason != LUOB_LOST)
		return fail(tx, "BAD_CALL", -EINVAL, "drop(): reason %llu is not known",
			    (unsigned long long)reason);
	if (reason == LUOB_LOST && !may_lose(tx->step->prog, &p))
		return fail(tx, "LOSS_NOT_DECLARED", -EPERM, "drop(): %s declares no loss of "
							     "what is behind offset %llu",
			    tx->step->prog->name, (unsigned long long)off);
	if (p.slot->state == LUOB_SLOT_REFFED || (p.slot->state == LUOB_SLOT_LINKED &&
						  p.slot->id != LUOB_NO_ID)) {
		behind = tx->regions[p.slot->id];
		err = reason == LUOB_REPLACED ? luo_tx__drop_region(tx, behind) :
						luo_tx__drop_tree(tx, behind);
	} else if (p.slot->state == LUOB_SLOT_FREE || p.slot->state == LUOB_SLOT_LINKED) {
		if (reason == LUOB_REPLACED && !luob_region__handle_null(p.h, p.base))
			return fail(tx, "HANDLE_LEFT", -EINVAL, "drop(): what is behind offset "
								"%llu was never read",
				    (unsigned long long)off);
		err = 0;
		if (!luob_region__handle_null(p.h, p.base) && p.h->kind != LUOB_H_CHILD) {
			err = luob_region__open(&tx->space, &whole, p.h, p.base, &f);
			if (!err)
				err = luo_tx__drop_tree(tx, &whole);
			luob_region__free(&whole);
		}
	} else {
		return slot_busy(tx, "drop", off);
	}
	if (err)
		return fail(tx, "DAMAGED", err, "drop(): what is behind offset %llu cannot be "
						"given up",
			    (unsigned long long)off);
	p.slot->state = LUOB_SLOT_DROPPED;
	return 0;
}

/* A record of its own for the worklist, or the one a former step left there. */
static struct luob_record *child_record(struct luo_tx *tx, const struct place *src, __u64 ioff)
{
	struct luob_record *rec;

	if (src->slot->state == LUOB_SLOT_CHILD)
		return tx->records[src->slot->id];
	rec = luo_tx__record(tx);
	if (!rec)
		return NULL;
	rec->src = src->r;
	rec->src_off = ioff;
	return rec;
}

int luob_child(struct luo_tx *tx, __u64 out, __u64 ooff, __u64 in, __u64 ioff)
{
	struct luob_record *rec;
	struct place src, dst;
	__u32 id;

	if (!spend(tx, 0) || find_place(tx, &src, in, ioff, false, "child") ||
	    find_place(tx, &dst, out, ooff, true, "child"))
		return -EINVAL;
	if (src.h->kind != LUOB_H_CHILD || dst.h->kind != LUOB_H_CHILD ||
	    strcmp(src.h->space, dst.h->space))
		return fail(tx, "HANDLE_KIND", -EINVAL, "child(): offsets %llu and %llu do not "
							"lead to records",
			    (unsigned long long)ioff, (unsigned long long)ooff);
	if (src.slot->state != LUOB_SLOT_FREE &&
	    !(src.slot->state == LUOB_SLOT_CHILD && src.r->fresh))
		return slot_busy(tx, "child", ioff);
	if (dst.slot->state != LUOB_SLOT_FREE)
		return slot_busy(tx, "child", ooff);
	rec = child_record(tx, &src, ioff);
	if (!rec)
		return fail(tx, "NO_MEMORY", -ENOMEM, "no memory for the worklist");
	id = src.slot->state == LUOB_SLOT_CHILD ? src.slot->id : (__u32)tx->nr_records - 1;
	rec->dst = dst.r;
	rec->dst_off = ooff;
	src.slot->state = src.r->fresh ? LUOB_SLOT_MOVED : LUOB_SLOT_CHILD;
	src.slot->id = id;
	dst.slot->state = LUOB_SLOT_CHILD;
	dst.slot->id = id;
	return 0;
}

int luob_lookup(struct luo_tx *tx, __u64 kind, __u64 key, __u64 *val)
{
	*val = 0;
	if (!spend(tx, 0))
		return -EINVAL;
	/* Answers are about what the old kernel has, whatever steps went before. */
	return tx->host->lookup(tx->host->priv, kind, tx->step->record->self->pa, key, val);
}

/* A chain of nothing is a null handle. */
static void unlink_region(struct luo_tx *tx, const struct luob_region *r)
{
	const struct luob_handle *h;
	struct luob_slot *slot;
	__u64 base;
	__u8 *p;

	slot = luo_tx__slot(tx, r->up, r->up_off, &h, &base);
	p = (__u8 *)luob_region__window(&tx->space, r->up, r->up_off, sizeof(__u64));
	if (!slot || !p)
		return;
	luob_put64(p, 0);
	slot->state = LUOB_SLOT_FREE;
}

__u64 luob_gather(struct luo_tx *tx, __u64 out, __u64 by)
{
	struct luob_region *r = region_of(tx, out, "gather");
	const char *rule;
	int err;

	if (!r || !spend(tx, r->size))
		return 0;
	if (!writable(r) || !r->typed) {
		fail(tx, "BAD_TOKEN", -EACCES, "gather(): region %llu is not new, or not linked",
		     (unsigned long long)out);
		return 0;
	}
	err = luob_region__gather(&tx->space, r, by);
	if (err) {
		rule = err == -EEXIST ? "NOT_UNIQUE" : err == -ERANGE ? "VALUE_TOO_WIDE" :
		       err == -ENOMEM ? "NO_MEMORY" : "BAD_CALL";
		fail(tx, rule, err, "gather(): elements of region %llu: %s",
		     (unsigned long long)out, err == -EEXIST ? "two have the same key" :
		     err == -ERANGE ? "a sum does not fit" : err == -ENOMEM ? "no memory" :
		     "cannot be gathered so");
		return 0;
	}
	if (!r->nr && r->kind == LUOB_BLOCKS)
		unlink_region(tx, r);
	return r->nr;
}

int luob_refuse(struct luo_tx *tx, __u64 rule, __u64 place, __u64 value)
{
	struct luob_step *s = tx->step;
	struct luob_blocker b = {
		.rule_nr = rule,
		.prog = s->prog,
		.record = s->record,
		.region = luob_step__region(tx, place >> 32),
		.off = (__u32)place,
		.has_off = true,
		.value = value,
		.has_value = true,
	};

	if (!spend(tx, 0))
		return -EPERM;
	s->refused = true;
	luo_tx__block(tx, &b);
	return -EPERM;
}
