// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tx.h"
#include "account.h"
#include "calls.h"
#include "../abi/kho.h"

void luo_tx__init(struct luo_tx *tx, const struct luob_mem *mem, const struct luob_host *host)
{
	memset(tx, 0, sizeof(*tx));
	tx->space.mem = mem;
	tx->host = host;
}

/* Gives back the memory of new ranges too: publish them before. */
void luo_tx__free(struct luo_tx *tx)
{
	struct luob_ledger *l = &tx->space.ledger;
	size_t i;

	for (i = l->sorted; i < l->nr; i++)
		tx->space.mem->free(tx->space.mem->priv, l->ranges[i].order, true,
				    l->ranges[i].pa, l->ranges[i].va);
	luob_ledger__free(l);
	for (i = 0; i < tx->nr_regions; i++) {
		luob_region__free(tx->regions[i]);
		luob_free(tx->regions[i]);
	}
	for (i = 0; i < tx->nr_records; i++)
		luob_free(tx->records[i]);
	luob_free(tx->regions);
	luob_free(tx->records);
}

/* A zeroed region that lives as long as the transaction, or NULL. */
struct luob_region *luo_tx__region(struct luo_tx *tx)
{
	struct luob_region **list, *r;

	list = luob_grow(tx->regions, tx->nr_regions, &tx->cap_regions, sizeof(*list));
	if (!list)
		return NULL;
	tx->regions = list;
	r = luob_alloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->id = tx->nr_regions;
	list[tx->nr_regions++] = r;
	return r;
}

/* A zeroed record at the end of the worklist, or NULL. */
struct luob_record *luo_tx__record(struct luo_tx *tx)
{
	struct luob_record **list, *rec;

	list = luob_grow(tx->records, tx->nr_records, &tx->cap_records, sizeof(*list));
	if (!list)
		return NULL;
	tx->records = list;
	rec = luob_alloc(1, sizeof(*rec));
	if (rec)
		list[tx->nr_records++] = rec;
	return rec;
}

/* The slot of a handle, or NULL when none starts at @off or there is no memory. */
struct luob_slot *luo_tx__slot(struct luo_tx *tx, struct luob_region *r, __u64 off,
			       const struct luob_handle **h, __u64 *base)
{
	__u64 nr = luob_region__nr_slots(r), slot;

	*h = luob_region__handle(r, off, &slot, base);
	if (!*h)
		return NULL;
	if (!r->slots) {
		r->slots = luob_alloc(nr, sizeof(*r->slots));
		if (!r->slots) {
			tx->err = -ENOMEM;
			return NULL;
		}
	}
	return &r->slots[slot];
}

void luo_tx__block(struct luo_tx *tx, const struct luob_blocker *b)
{
	tx->nr_blockers++;
	tx->host->blocker(tx->host->priv, b);
}

void luo_tx__block_fault(struct luo_tx *tx, const struct luob_record *rec,
			 const struct luob_region *r, __u64 off, const struct luob_fault *f)
{
	struct luob_blocker b = {
		.rule = f->rule,
		.text = f->text,
		.record = rec,
		.region = r,
		.off = off,
		.has_off = r && off != LUOB_NO_OFF,
	};

	luo_tx__block(tx, &b);
}

static int drop_range(void *priv, __u64 pa, unsigned int order, bool exact)
{
	struct luo_tx *tx = priv;
	struct luob_range *r = luob_ledger__find(&tx->space.ledger, pa);

	if (!r || r->dropped || (exact && r->order != order))
		return -EBADMSG;
	r->dropped = 1;
	if (tx->step)
		tx->step->record->dropped++;
	return 0;
}

/* Give up the ranges of a region itself. Return: 0, -EBADMSG when gone already. */
int luo_tx__drop_region(struct luo_tx *tx, const struct luob_region *r)
{
	return luob_region__each_range(r, drop_range, tx);
}

/* Give up a region and everything that it leads to. */
int luo_tx__drop_tree(struct luo_tx *tx, const struct luob_region *r)
{
	struct luob_walk w = {
		.tx = tx,
		.profile = tx->from,
		.quiet = true,
		.range = drop_range,
		.priv = tx,
	};

	return luob_walk__region(&w, (struct luob_region *)r);
}

/* Every handle of what was read has to be accounted for by the program. */
static int check_source(struct luo_tx *tx, struct luob_region *r)
{
	const struct luob_handle *h;
	struct luob_slot *slot;
	struct luob_fault f;
	__u64 i, off, base;
	const void *p;

	for (i = 0; i < luob_region__nr_slots(r); i++) {
		off = luob_region__slot_off(r, i);
		slot = luo_tx__slot(tx, r, off, &h, &base);
		if (!slot)
			return -ENOMEM;
		if (slot->state != LUOB_SLOT_FREE && slot->state != LUOB_SLOT_REFFED &&
		    slot->state != LUOB_SLOT_LINKED &&
		    !(slot->state == LUOB_SLOT_CHILD && r->fresh))
			continue;
		p = luob_region__window(&tx->space, r, off, h->size);
		if (slot->state == LUOB_SLOT_FREE && h->kind != LUOB_H_CHILD && p &&
		    luob_region__handle_null(h, (const __u8 *)p - h->off))
			continue;
		luob_fault__rule(&f, "HANDLE_LEFT", "%s neither moved, dropped nor replaced what "
						    "is behind this handle",
				 tx->step->prog->name);
		luo_tx__block_fault(tx, tx->step->record, r, off, &f);
		return -EBADMSG;
	}
	return 0;
}

/* Bytes of handles are the engine's: a program that stored some is caught here. */
static int check_result(struct luo_tx *tx, struct luob_region *r)
{
	const struct luob_handle *h;
	struct luob_slot *slot;
	struct luob_fault f;
	__u64 i, off, base, v;
	const void *p;

	for (i = 0; i < luob_region__nr_slots(r); i++) {
		off = luob_region__slot_off(r, i);
		slot = luo_tx__slot(tx, r, off, &h, &base);
		if (!slot)
			return -ENOMEM;
		p = luob_region__window(&tx->space, r, off, h->size);
		if (!p)
			return -EFAULT;
		v = luob_handle__value(h, (const __u8 *)p - h->off);
		if (slot->state == LUOB_SLOT_LINKED && slot->id != LUOB_NO_ID &&
		    v == tx->regions[slot->id]->pa)
			continue;
		if (slot->state == LUOB_SLOT_LINKED && slot->id == LUOB_NO_ID &&
		    slot->value == luob_handle__print(h, (const __u8 *)p - h->off))
			continue;
		if (slot->state != LUOB_SLOT_LINKED && !v)
			continue;
		luob_fault__rule(&f, "HANDLE_COMPUTED", "%s stored 0x%llx in a handle",
				 tx->step->prog->name, (unsigned long long)v);
		luo_tx__block_fault(tx, tx->step->record, r, off, &f);
		return -EBADMSG;
	}
	return 0;
}

/* Moved as a whole, or behind something that was. */
static bool is_carried(const struct luob_region *r)
{
	while (r && !r->carried)
		r = r->up;
	return r;
}

static int check_step(struct luo_tx *tx)
{
	struct luob_step *s = tx->step;
	struct luob_region *r;
	size_t i;
	int err;

	for (i = 0; i < s->nr_tokens; i++) {
		r = tx->regions[s->tokens[i]];
		if (!r->typed) {
			luo_tx__block_fault(tx, s->record, s->made, 0, &(struct luob_fault) {
				.rule = "LEAK", .text = "a new region was never linked" });
			return -EBADMSG;
		}
		if (r->fresh && !r->sealed)
			err = check_result(tx, r);
		else
			err = is_carried(r) ? 0 : check_source(tx, r);
		if (err)
			return err;
	}
	for (i = 0; i < s->nr_tokens; i++) {
		tx->regions[s->tokens[i]]->sealed = true;
		tx->regions[s->tokens[i]]->carried = false;
	}
	return 0;
}

/* Runs one program. Return: 0, -EBADMSG with blockers reported, else a failure. */
static int run_step(struct luo_tx *tx, struct luob_step *s, struct luob_region *self)
{
	__s64 ret = 0;
	int err;

	tx->step = s;
	err = luob_step__start(tx, self);
	if (!err)
		err = tx->host->run(tx->host->priv, s->prog, tx, LUOB_SELF, s->record->arg, &ret,
				    &s->fault);
	if (err == -ENOMEM || tx->err)
		return err ? err : tx->err;
	if (s->refused)
		return -EBADMSG;
	if (!err && !s->failed && ret)
		luob_fault__rule(&s->fault, "PROGRAM", "%s returned %lld without a refusal",
				 s->prog->name, (long long)ret);
	else if (!err && !s->failed && !s->accept && !s->made)
		luob_fault__rule(&s->fault, "PROGRAM", "%s made no new record", s->prog->name);
	else if (!err && !s->failed)
		return s->accept ? 0 : check_step(tx);
	luo_tx__block_fault(tx, s->record, self, LUOB_NO_OFF, &s->fault);
	return -EBADMSG;
}

static void step_done(struct luo_tx *tx, struct luob_step *s)
{
	tx->step = NULL;
	luob_free(s->tokens);
}

/* All steps of a record; the last one's new record becomes the result. */
static int run_chain(struct luo_tx *tx, struct luob_record *rec)
{
	__u64 start = tx->host->now(tx->host->priv);
	struct luob_region *cur = rec->self;
	unsigned int i;
	int err = 0;

	for (i = 0; i < rec->nr_steps && !err; i++) {
		struct luob_step s = { .prog = rec->steps[i], .record = rec };

		err = run_step(tx, &s, cur);
		if (!err)
			err = luo_tx__drop_region(tx, cur);
		cur = s.made;
		step_done(tx, &s);
	}
	rec->ns += tx->host->now(tx->host->priv) - start;
	rec->result = cur;
	if (!err)
		rec->verdict = rec->nr_steps ? LUOB_TRANSLATED : LUOB_SAME;
	return err;
}

/* Are there programs for such a format that are for other devices? */
static bool for_others(const struct luo_tx *tx, const struct luob_format *f,
		       const struct luob_record *rec, bool accept)
{
	const struct luob_prog *p;
	size_t i;

	for (i = 0; i < tx->nr_progs; i++) {
		p = &tx->progs[i];
		if (!p->to == accept && !strcmp(p->family, f->family) &&
		    !strcmp(p->from_string, f->string) &&
		    p->from->fingerprint == f->type->fingerprint && !luob_prog__fits(p, rec))
			return true;
	}
	return false;
}

/* For records about devices: which one it is, and whether the only help is for others. */
static void say_hardware(const struct luo_tx *tx, const struct luob_record *rec,
			 const struct luob_format *format, bool accept, struct luob_fault *f)
{
	bool others = for_others(tx, format, rec, accept);
	size_t len = strlen(f->text);
	char hw[LUOB_HW_TEXT];

	if (!rec->has_hw)
		return;
	snprintf(f->text + len, sizeof(f->text) - len, " for %s%s",
		 luob_hw__text(&rec->hw, hw, sizeof(hw)),
		 others ? "; there are objects for other hardware" : "");
}

static void block_plan(struct luo_tx *tx, const struct luob_record *rec, int err)
{
	struct luob_fault f;

	if (!err)
		luob_fault__rule(&f, "NO_CARRIER", "%s needs translation, but nothing rewrites "
						   "what refers to it",
				 rec->format->string);
	else
		luob_fault__rule(&f, "NO_TRANSLATOR", "no translator leads from %s of %s to what "
						      "%s reads",
				 rec->format->string, tx->from->release, tx->to->release);
	if (err)
		say_hardware(tx, rec, rec->format, false, &f);
	luo_tx__block_fault(tx, rec, NULL, LUOB_NO_OFF, &f);
}

/* kho_retrieve_subtree(): a size that is too small is -EINVAL; for LUO that is a panic. */
static int check_blob_size(const struct luo_tx *tx, const struct luob_kho_root *root,
			   const struct luob_subtree *s, const struct luob_region *r,
			   struct luob_fault *f)
{
	const void *p = luob_space__map(&tx->space, s->pa, KHO_PAGE_SIZE);
	__u64 need = r->kind == LUOB_FDT && p ? fdt_totalsize(p) :
		     luob_region__record_size(r);

	if (!root->format->sized || s->size >= need)
		return 0;
	return luob_fault__rule(f, "BLOB_SIZE", "%llu bytes are handed over, the record has %llu",
				(unsigned long long)s->size, (unsigned long long)need);
}

/**
 * luo_tx__add_root - take a subtree of the KHO root into the transaction
 * @tx: transaction; profiles and ledger are set
 * @root: the old root
 * @index: of the subtree
 *
 * A subtree that the old kernel's profile does not know is a blocker.
 *
 * Return: 0 (blockers may have been reported), -ENOMEM.
 */
int luo_tx__add_root(struct luo_tx *tx, const struct luob_kho_root *root, __u32 index)
{
	const struct luob_subtree *s = &root->subtrees[index];
	const struct luob_format *format = luob_profile__root(tx->from, &tx->space, s, true);
	struct luob_record *rec;
	struct luob_fault f;
	int err;

	if (!format) {
		luob_fault__rule(&f, "UNKNOWN_SUBTREE", "subtree '%s' is not known to %s", s->name,
				 tx->from->release);
		luo_tx__block_fault(tx, NULL, NULL, 0, &f);
		return 0;
	}
	rec = luo_tx__record(tx);
	if (!rec)
		return -ENOMEM;
	rec->subtree = index;
	rec->format = format;
	rec->self = luo_tx__region(tx);
	if (!rec->self)
		return -ENOMEM;
	rec->self->label = format->subtree;
	err = luob_format__open(format, &tx->space, rec->self, s->pa, &f);
	if (!err)
		err = check_blob_size(tx, root, s, rec->self, &f);
	if (err != -EBADMSG)
		return err;
	luo_tx__block_fault(tx, rec, rec->self, LUOB_NO_OFF, &f);
	rec->verdict = LUOB_BLOCKED;
	return 0;
}

/* Fills in what a child is: version string, format, old record. */
static int discover(struct luo_tx *tx, struct luob_record *rec)
{
	char string[LUOB_STRING_MAX];
	const struct luob_handle *h;
	struct luob_fault f;
	const __u8 *base;
	__u64 slot, off;

	h = luob_region__handle(rec->src, rec->src_off, &slot, &off);
	base = luob_region__window(&tx->space, rec->src, off,
				   luob_region__type_at(rec->src, off)->size);
	if (!base)
		luob_fault__rule(&f, "NOT_IN_MEMORY", "the record's handle is not in memory");
	else if (!luob_child__string(h, base, string))
		luob_fault__rule(&f, "STRING_NOT_TERMINATED", "version string is empty or not "
							      "terminated");
	else if (!(rec->format = luob_profile__find(tx->from, h->space, string)))
		luob_fault__rule(&f, "UNKNOWN_RECORD", "%s '%s' is not known to %s", h->space,
				 string,
				 tx->from->release);
	else {
		rec->arg = luob_get64(base + h->key_off);
		rec->has_hw = h->hw_size;
		if (rec->has_hw)
			luob_hw__read(&rec->hw, base + h->hw_off);
		if (rec->format->value)
			return 0;
		rec->self = luo_tx__region(tx);
		if (!rec->self)
			return -ENOMEM;
		rec->self->up = rec->src;
		rec->self->up_off = rec->src_off;
		if (!luob_format__open_child(rec->format, &tx->space, rec->self, h, base, &f))
			return 0;
	}
	luo_tx__block_fault(tx, rec, rec->src, rec->src_off, &f);
	return -EBADMSG;
}

/* The engine fills what the program may not: handle, version string, and size. */
static int patch_child(struct luo_tx *tx, const struct luob_record *rec)
{
	const struct luob_handle *from, *to;
	__u64 slot, src_off, dst_off;
	const __u8 *src;
	size_t len;
	__u8 *dst;

	from = luob_region__handle(rec->src, rec->src_off, &slot, &src_off);
	to = luob_region__handle(rec->dst, rec->dst_off, &slot, &dst_off);
	src = luob_region__window(&tx->space, rec->src, rec->src_off, 8);
	dst = (void *)luob_region__window(&tx->space, rec->dst, dst_off,
					  luob_region__type_at(rec->dst, dst_off)->size);
	len = luob_format__name(rec->want->string);
	if (!from || !to || !src || !dst || len >= to->string_size)
		return -EFAULT;
	memcpy(dst + to->string_off, rec->want->string, len);
	dst[to->string_off + len] = 0;
	if (rec->verdict != LUOB_TRANSLATED) {
		memcpy(dst + to->off, src, 8);
		return 0;
	}
	luob_put64(dst + to->off, rec->result->pa);
	if (to->count_size)
		luob_put(dst + to->count_off, to->count_size,
			 luob_region__record_size(rec->result));
	return 0;
}

/* Does a record of this space need translation? */
static bool space_changes(const struct luo_tx *tx, const char *space)
{
	const struct luob_profile *from = tx->from;
	size_t i;

	for (i = 0; i < from->nr; i++) {
		struct luob_record child = { .format = &from->formats[i], .any_hw = true };

		if (strcmp(from->formats[i].space, space) == 0 && !from->formats[i].value &&
		    !luob_plan__find(tx->progs, tx->nr_progs, tx->to, &child) && child.nr_steps)
			return true;
	}
	return false;
}

/* Does one that a structure may lead to? Layouts have no cycles. */
static bool children_change(const struct luo_tx *tx, const struct luob_type *t)
{
	const struct luob_handle *h;
	__u32 i;

	for (i = 0; t && i < t->nr_handles; i++) {
		h = &t->handles[i];
		if (h->kind == LUOB_H_CHILD ? space_changes(tx, h->space) :
		    children_change(tx, h->head) || children_change(tx, h->elem))
			return true;
	}
	return t && t->nodes && children_change(tx, t->nodes);
}

/*
 * What stays as it is cannot lead to another place. A program from a format to itself makes
 * it anew; without one, records behind it that need translation are blockers.
 */
static void plan_carrier(struct luo_tx *tx, struct luob_record *rec)
{
	const struct luob_prog *p, *best = NULL;
	size_t i;

	if (rec->nr_steps || rec->format->value || rec->fixed ||
	    !children_change(tx, rec->format->type))
		return;
	for (i = 0; i < tx->nr_progs; i++) {
		p = &tx->progs[i];
		if (!p->to || strcmp(p->family, rec->format->family) ||
		    strcmp(p->from_string, rec->format->string) ||
		    strcmp(p->to_string, rec->format->string) ||
		    p->from->fingerprint != rec->format->type->fingerprint ||
		    p->to->fingerprint != rec->format->type->fingerprint ||
		    !luob_prog__fits(p, rec))
			continue;
		if (!best || luob_limit__is_closer(&p->limit, &best->limit))
			best = p;
	}
	if (best)
		rec->steps[rec->nr_steps++] = best;
}

/* One record of the worklist. Return: 0 (blocked or not), or a failure. */
static int do_record(struct luo_tx *tx, struct luob_record *rec)
{
	int err = 0;

	if (rec->verdict == LUOB_BLOCKED)
		return 0;
	if (!rec->format)
		err = discover(tx, rec);
	if (!err) {
		err = luob_plan__find(tx->progs, tx->nr_progs, tx->to, rec);
		if (err == -ENOENT || err == -E2BIG ||
		    (!err && rec->nr_steps && (rec->format->value || rec->fixed))) {
			block_plan(tx, rec, err);
			err = -EBADMSG;
		}
		if (!err)
			plan_carrier(tx, rec);
	}
	if (!err && rec->format->value)
		rec->verdict = LUOB_SAME;
	else if (!err)
		err = run_chain(tx, rec);
	if (!err && rec->dst)
		err = patch_child(tx, rec);
	if (err == -EBADMSG) {
		rec->verdict = LUOB_BLOCKED;
		err = 0;
	}
	if (!err && rec->verdict != LUOB_TRANSLATED && rec->self)
		err = luo_tx__adopt(tx, rec->self, rec->verdict == LUOB_SAME);
	return err;
}

/* Flat structures become blobs when nothing is patched any more. */
static int finish_results(struct luo_tx *tx)
{
	struct luob_record *rec;
	struct luob_fault f;
	size_t i;

	for (i = 0; i < tx->nr_records; i++) {
		rec = tx->records[i];
		if (rec->verdict != LUOB_TRANSLATED)
			continue;
		if (luob_region__finish(&tx->space, rec->result, &f)) {
			luo_tx__block_fault(tx, rec, rec->result, 0, &f);
			rec->verdict = LUOB_BLOCKED;
		}
	}
	return 0;
}

/**
 * luo_tx__translate - run the worklist until it is empty
 * @tx: transaction with its roots
 *
 * Return: 0 (blockers may have been reported), or a negative errno when the
 * machine, not the state, is at fault.
 */
int luo_tx__translate(struct luo_tx *tx)
{
	size_t i;
	int err = 0;

	for (i = 0; i < tx->nr_records && !err; i++) {
		err = do_record(tx, tx->records[i]);
		if (tx->host->progress)
			tx->host->progress(tx->host->priv, "translate", i + 1, tx->nr_records);
	}
	return err ? err : finish_results(tx);
}

/* Does the program know the reading rules of the format? */
bool luob_prog__accepts(const struct luob_prog *p, const struct luob_format *f)
{
	return !p->to && !strcmp(p->family, f->family) && !strcmp(p->from_string, f->string) &&
	       p->from->fingerprint == f->type->fingerprint;
}

/* One acceptor; what it opened is forgotten afterwards, lists of folios are long. */
static int run_acceptor(struct luo_tx *tx, struct luob_record *rec, const struct luob_prog *p)
{
	struct luob_step s = { .prog = p, .record = rec, .accept = true };
	size_t nr_regions = tx->nr_regions;
	struct luob_region *self;
	struct luob_fault f;
	int err;

	self = luo_tx__region(tx);
	if (!self)
		return -ENOMEM;
	self->up = rec->dst ? rec->dst : rec->src;
	self->up_off = rec->dst ? rec->dst_off : rec->src_off;
	self->label = rec->want->subtree;
	err = luob_region__open_record(&tx->space, self, p->from, rec->result->pa, &f);
	if (err == -EBADMSG)
		luo_tx__block_fault(tx, rec, rec->result, 0, &f);
	else if (!err)
		err = run_step(tx, &s, self);
	step_done(tx, &s);
	while (tx->nr_regions > nr_regions) {
		luob_region__free(tx->regions[--tx->nr_regions]);
		luob_free(tx->regions[tx->nr_regions]);
	}
	return err == -EBADMSG ? 0 : err;
}

/* Every acceptor of the identity and the device has its say: one more can only refuse more. */
static int accept_record(struct luo_tx *tx, struct luob_record *rec)
{
	struct luob_fault f;
	size_t i, nr = 0;
	int err = 0;

	for (i = 0; i < tx->nr_progs && !err; i++) {
		if (!luob_prog__accepts(&tx->progs[i], rec->want) ||
		    !luob_prog__fits(&tx->progs[i], rec))
			continue;
		nr++;
		err = run_acceptor(tx, rec, &tx->progs[i]);
	}
	if (nr || err)
		return err;
	luob_fault__rule(&f, "NO_ACCEPTOR", "nobody knows the reading rules of '%s' of %s",
			 rec->want->string, tx->to->release);
	say_hardware(tx, rec, rec->want, true, &f);
	luo_tx__block_fault(tx, rec, rec->result, LUOB_NO_OFF, &f);
	return 0;
}

/**
 * luo_tx__accept - let the target's acceptors read the result
 * @tx: translated transaction
 *
 * "Before publishing, the acceptors of the target's identities read the output;
 * no acceptor is a veto."
 *
 * Return: as luo_tx__translate().
 */
int luo_tx__accept(struct luo_tx *tx)
{
	struct luob_record *rec;
	size_t i;
	int err = 0;

	for (i = 0; i < tx->nr_records && !err; i++) {
		rec = tx->records[i];
		if (rec->verdict == LUOB_BLOCKED || rec->format->value)
			continue;
		err = accept_record(tx, rec);
		if (tx->host->progress)
			tx->host->progress(tx->host->priv, "accept", i + 1, tx->nr_records);
	}
	return err;
}
