// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The transaction in a running kernel
 *
 * Armed means: luo-load has handed over layouts, profiles and the programs that it
 * loaded, the hooks are in place, and the next reboot(LINUX_REBOOT_CMD_KEXEC)
 * translates.
 *
 *	luob_gate		before LUO freezes: the armed image is loaded
 *	luob_session_frozen	for each session; at the last one everything is
 *				translated, accepted and accounted, into new memory
 *	luob_commit		one copy of a page, nothing that can fail
 *
 * A failure before the commit is an errno from reboot(2): LUO unwinds, new regions
 * are freed, the old state is as it was. Without sessions nothing is ever frozen,
 * so the gate translates. A rehearsal goes the same way and always ends in a veto.
 *
 * luob_mutex is held from the gate to commit or abort.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/utsname.h>

#include "../abi/kho.h"
#include "../core/account.h"
#include "../core/publish.h"
#include "armed.h"
#include "luo_bpf.h"
#include "memory.h"
#include "private.h"

DEFINE_MUTEX(luob_mutex);
struct luob_armed *luob_state;

/* Who went through the gate, and holds luob_mutex until commit or abort. */
static struct task_struct *luob_owner;

/*
 * The armed state, for the task that went through the gate with it. Another one was
 * redirected when nothing was armed any more: for that one this module is not there, also
 * if somebody arms again in the meantime.
 */
static struct luob_armed *luob_mine(void)
{
	return READ_ONCE(luob_owner) == current ? luob_state : NULL;
}

static void luob_leave(void)
{
	WRITE_ONCE(luob_owner, NULL);
	mutex_unlock(&luob_mutex);
}

static struct luo_bpf_report_object *luob_object_of(const struct luob_armed *a,
						    const struct luob_prog *prog)
{
	size_t i = prog - a->blob.progs;

	return i < LUO_BPF_REPORT_OBJECTS ? &luob_report.objects[i] : NULL;
}

static int luob_host_run(void *priv, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
			 __u64 arg, __s64 *ret, struct luob_fault *f)
{
	const struct luo_translator *ops = luob_state->ops[prog - luob_state->blob.progs];
	struct luo_bpf_report_object *object = luob_object_of(luob_state, prog);
	u64 start;

	luob_relax();
	start = ktime_get_ns();
	*ret = prog->to ? ops->translate(tx, self, arg) : ops->accept(tx, self);
	if (object) {
		object->records++;
		object->ns += ktime_get_ns() - start;
	}
	return 0;
}

/* Answers are collected when a session is frozen, while its files cannot change. */
static int luob_host_lookup(void *priv, __u64 kind, __u64 record, __u64 key, __u64 *val)
{
	if (kind != LUOB_LOOKUP_MEMFD_SEALS)
		return -ENOENT;
	return luob_live_seals(&luob_state->live, record, val);
}

static void luob_host_blocker(void *priv, const struct luob_blocker *b)
{
	luob_results_blocker(luob_state, b);
}

static __u64 luob_host_now(void *priv)
{
	return ktime_get_ns();
}

static const struct luob_host luob_host = {
	.run = luob_host_run,
	.lookup = luob_host_lookup,
	.blocker = luob_host_blocker,
	.now = luob_host_now,
};

/* Forget a staged translation: all its memory goes back. */
void luob_unstage(struct luob_armed *a)
{
	luob_live_undo(&a->live);
	luob_live_free(&a->live);
	luob_radix__free(&a->radix, true);
	if (a->tx_used)
		luo_tx__free(&a->tx);
	luob_set__free(&a->map_pages);
	a->tx_used = false;
	a->ready = false;
	a->handed = NULL;
	luob_memory_stop();
}

/* What was given up is not handed over. Nothing here can fail. */
static void luob_unpreserve_dropped(struct luob_armed *a)
{
	struct luob_ledger *l = &a->tx.space.ledger;
	size_t i;

	for (i = 0; i < l->nr; i++) {
		struct luob_range *r = &l->ranges[i];

		if (!r->dropped)
			continue;
		if (r->va)
			kho_unpreserve_free(r->va);
		else
			kho_unpreserve_folio(virt_to_folio(phys_to_virt(r->pa)));
	}
}

/* Time since the last lap goes to a stage. */
static void luob_lap(struct luob_armed *a, enum luo_bpf_stage stage)
{
	u64 now = ktime_get_ns();

	luob_report.ns[stage] += now - a->lap;
	a->lap = now;
}

/* Pages that are set aside are in the map, but not part of the state. */
static void luob_leave_out_reserve(struct luob_ledger *l)
{
	size_t i, to = 0;

	for (i = 0; i < l->nr; i++)
		if (l->ranges[i].order || !luob_memory_is_reserve(l->ranges[i].pa))
			l->ranges[to++] = l->ranges[i];
	l->nr = l->sorted = to;
}

static int luob_read_map(struct luob_armed *a, struct luob_fault *f)
{
	struct luob_ledger *l = &a->tx.space.ledger;
	u64 bad;
	int err;

	if (a->old_root.format->radix)
		err = luob_map__read_radix(&luob_mem, a->old_root.map_pa, l, &a->map_pages, f);
	else
		err = luob_track_read(l);
	if (err)
		return err;
	if (luob_ledger__seal(l, &bad))
		return luob_fault__set(f, "memory map: ranges overlap at 0x%llx", bad);
	luob_leave_out_reserve(l);
	return 0;
}

static int luob_read_old(struct luob_armed *a)
{
	struct luob_fault f = { .rule = NULL };
	int err;

	err = luob_kho_root__parse(&a->old_root, a->root_page, &f);
	if (!err)
		err = luob_read_map(a, &f);
	if (!err)
		err = luob_live_fill(&a->live, &a->old_root);
	if (err == -EOPNOTSUPP)
		luob_fault__rule(&f, "UNKNOWN_LAYOUT", "the LUO root, or the memory map, is not "
						       "where %s keeps it", a->blob.from.release);
	if (f.rule)
		luob_results_fault(&f);
	return err;
}

/* Deferred initialisation (7.2 on) may merge pages across scratch ending inside 4 MiB. */
static int luob_check_scratch(struct luob_armed *a)
{
	u64 mask = ((u64)KHO_PAGE_SIZE << KHO_MAX_PAGE_ORDER) - 1;
	struct kho_scratch___v1 **areas = luob_symbol("kho_scratch");
	unsigned int *nr = luob_symbol("kho_scratch_cnt"), i;
	struct luob_fault f;

	if (a->blob.head->deferred == LUOB_NO)
		return 0;
	for (i = 0; areas && *areas && nr && i < *nr; i++) {
		if (!(((*areas)[i].addr | (*areas)[i].size) & mask))
			continue;
		luob_fault__rule(&f, "SCRATCH_ALIGNMENT",
				 "area %u is not aligned to 4 MiB, and the target %s "
				 "DEFERRED_STRUCT_PAGE_INIT", i,
				 a->blob.head->deferred == LUOB_YES ? "has" : "may have");
		luob_results_fault(&f);
		return -EBADMSG;
	}
	return 0;
}

static int luob_check_substrate(struct luob_armed *a)
{
	const struct luob_range *large = luo_tx__too_large(&a->tx, a->blob.head->max_order);
	struct luob_fault f;
	int err = luob_check_scratch(a);

	if (large) {
		err = luob_fault__rule(&f, "ORDER_TOO_LARGE", "range 0x%llx has order %u, %s copes "
							      "with %u", large->pa, large->order,
				       a->blob.to.release, a->blob.head->max_order);
		luob_results_fault(&f);
	}
	return err;
}

static int luob_carry(struct luob_armed *a)
{
	const struct luob_blob *b = &a->blob;
	struct luob_walk w = {};
	int err;
	u32 i;

	err = luo_tx__account(&a->tx, &a->old_root, virt_to_phys(a->root_page), &b->from, &w);
	luob_lap(a, LUO_BPF_CHECK);
	for (i = 0; i < a->old_root.nr_subtrees && !err; i++)
		err = luo_tx__add_root(&a->tx, &a->old_root, i);
	if (!err)
		err = luo_tx__translate(&a->tx);
	luob_lap(a, LUO_BPF_TRANSLATE);
	if (!err && !a->tx.nr_blockers)
		err = luo_tx__accept(&a->tx);
	luob_lap(a, LUO_BPF_ACCEPT);
	if (err || a->tx.nr_blockers)
		return err ? err : -EBADMSG;

	luo_tx__new_root(&a->tx, &a->old_root, b->head->to_kho, &a->new_root);
	memset(&w, 0, sizeof(w));
	err = luo_tx__account(&a->tx, &a->new_root, virt_to_phys(a->root_page), &b->to, &w);
	luob_lap(a, LUO_BPF_ACCOUNT);
	return !err && a->tx.nr_blockers ? -EBADMSG : err;
}

/* The report travels in a page of its own, which the next kernel need not know. */
static int luob_add_report(struct luob_armed *a)
{
	struct luob_kho_root *root = &a->new_root;
	struct luob_subtree *s = &root->subtrees[root->nr_subtrees];
	u64 pa;

	if (root->nr_subtrees == LUOB_MAX_SUBTREES)
		return 0;
	a->handed = luob_space__new(&a->tx.space, 0, &pa);
	if (!a->handed)
		return -ENOMEM;
	strscpy(s->name, LUO_BPF_SUBTREE, sizeof(s->name));
	s->pa = pa;
	s->size = sizeof(*a->handed);
	root->nr_subtrees++;
	return 0;
}

static int luob_build(struct luob_armed *a)
{
	struct luob_fault f;
	int err;

	err = luob_add_report(a);
	if (!err && !a->old_root.format->radix) {
		err = luob_radix__build(&a->radix, &luob_mem, &a->tx.space.ledger);
		if (!err)
			a->new_root.map_pa = luob_radix__root(&a->radix);
	}
	if (!err && luob_kho_root__build(&a->new_root, a->staged, &f)) {
		luob_results_fault(&f);
		err = -EBADMSG;
	}
	luob_lap(a, LUO_BPF_BUILD);
	return err;
}

static void luob_report_numbers(struct luob_armed *a)
{
	const struct luob_ledger *l = &a->tx.space.ledger;
	size_t i;

	luob_report.sessions = a->live.nr_frozen;
	luob_report.records = a->tx.nr_records;
	luob_report.blockers = a->tx.nr_blockers;
	luob_report.added = l->nr - l->sorted;
	luob_report.allocated = luob_memory_need()->allocated;
	for (i = 0; i < a->tx.nr_records; i++)
		luob_report.translated += a->tx.records[i]->verdict == LUOB_TRANSLATED;
	for (i = 0; i < l->nr; i++)
		luob_report.dropped += l->ranges[i].dropped;
	luob_report.ranges = l->nr - luob_report.dropped;
}

/* Everything but the commit. Return: 0, or the errno that reboot(2) will give. */
static int luob_translate(struct luob_armed *a)
{
	int err;

	luo_tx__init(&a->tx, &luob_mem, &luob_host);
	a->tx.from = &a->blob.from;
	a->tx.to = &a->blob.to;
	a->tx.progs = a->blob.progs;
	a->tx.nr_progs = a->blob.head->nr_progs;
	a->tx_used = true;
	a->lap = ktime_get_ns();
	err = luob_read_old(a);
	luob_lap(a, LUO_BPF_READ);
	if (!err)
		err = luob_check_substrate(a);
	if (!err)
		err = luob_carry(a);
	if (!err)
		err = luob_build(a);
	luob_report_numbers(a);
	luob_report.err = err;
	if (a->rehearsal)
		luob_results_records(a);
	if (err) {
		luob_say("veto: state not translated (%pe)", ERR_PTR(err));
		/* One errno for "not carried": an operator reads the status. */
		return err == -ENOMEM ? err : -ECANCELED;
	}
	luob_say("translated: %zu records, %zu sessions in %llu us", a->tx.nr_records,
		 a->live.nr_frozen, div_u64(luob_report.ns[LUO_BPF_READ] +
					    luob_report.ns[LUO_BPF_CHECK] +
					    luob_report.ns[LUO_BPF_TRANSLATE] +
					    luob_report.ns[LUO_BPF_ACCEPT] +
					    luob_report.ns[LUO_BPF_ACCOUNT] +
					    luob_report.ns[LUO_BPF_BUILD], NSEC_PER_USEC));
	if (a->rehearsal) {
		a->accepted = true;
		luob_say("rehearsal: the state would be carried");
		return -ECANCELED;
	}
	a->ready = true;
	return 0;
}

static void luob_report_start(struct luob_armed *a)
{
	const struct luob_blob *b = &a->blob;
	u32 i, nr = b->head->nr_progs;

	memset(&luob_report, 0, sizeof(luob_report));
	strscpy(luob_report.compatible, LUO_BPF_REPORT, sizeof(luob_report.compatible));
	strscpy(luob_report.from_release, init_utsname()->release,
		sizeof(luob_report.from_release));
	strscpy(luob_report.to_release, b->to.release, sizeof(luob_report.to_release));
	strscpy(luob_report.from_kho, b->head->from_kho, sizeof(luob_report.from_kho));
	strscpy(luob_report.to_kho, b->head->to_kho, sizeof(luob_report.to_kho));
	luob_report.err = -ECANCELED;
	luob_report.rehearsal = a->rehearsal;
	luob_report.time = ktime_get_real_seconds();
	luob_report_continue(&luob_report);
	luob_report.nr_objects = nr;
	for (i = 0; i < min_t(u32, nr, LUO_BPF_REPORT_OBJECTS); i++) {
		struct luo_bpf_report_object *o = &luob_report.objects[i];

		strscpy(o->name, b->progs[i].name, sizeof(o->name));
		strscpy(o->losses, b->blob_progs[i].losses, sizeof(o->losses));
		memcpy(o->digest, b->blob_progs[i].digest, LUOB_DIGEST);
		o->hop = luob_report.hops;
		o->flags = (b->blob_progs[i].verified ? LUO_BPF_VERIFIED : 0) |
			   (b->progs[i].to ? LUO_BPF_TRANSLATOR : 0);
	}
}

/* Without one of its blobs, a driver would begin anew. */
static int luob_save_drivers(void)
{
	struct luob_fault f;
	int err = luob_drivers_refresh();

	if (!err || err == -ENOMEM)
		return err;
	luob_fault__rule(&f, "DRIVER_BLOB", "a driver did not write a blob (%d)", err);
	luob_results_fault(&f);
	return -ECANCELED;
}

static int luob_gate_locked(struct luob_armed *a, bool rehearsal)
{
	struct luob_fault f;
	int err = 0;

	luob_say_clear();
	luob_results_clear();
	a->rehearsal = rehearsal;
	a->accepted = false;
	luob_report_start(a);
	if (a->changed[0]) {
		luob_fault__rule(&f, "ARMED_STATE_CHANGED", "%s: arm again", a->changed);
		luob_results_fault(&f);
		return -ECANCELED;
	}
	if (!rehearsal)
		err = luob_image_check(a);
	if (!err)
		err = luob_pci_refresh();
	if (!err)
		err = luob_save_drivers();
	luob_memory_start();
	a->frozen_at = ktime_get_ns();
	/* Without a session luo_file_freeze() never runs: this is the last chance. */
	if (!err && !luob_live_nr_sessions()) {
		err = luob_translate(a);
		luob_live_undo(&a->live);
	}
	if (err)
		luob_unstage(a);
	return err;
}

/**
 * luob_gate - Decide whether LUO may freeze at all.
 * @rehearsal: Nobody is going to jump.
 *
 * Context: reboot(2), before anything is frozen. Holds luob_mutex on success, until
 *          luob_commit() or luob_abort().
 * Return: 0, or the errno for reboot(2).
 */
int luob_gate(bool rehearsal)
{
	int err;

	mutex_lock(&luob_mutex);
	if (!luob_state) {
		mutex_unlock(&luob_mutex);
		return rehearsal ? -ENOENT : 0;
	}
	err = luob_gate_locked(luob_state, rehearsal);
	if (err)
		mutex_unlock(&luob_mutex);
	else
		WRITE_ONCE(luob_owner, current);
	return err;
}

/**
 * luob_session_frozen - Note a frozen session; translate behind the last one.
 * @set: Its files, inside of LUO's private struct luo_session.
 * @ser: Where LUO has written them.
 *
 * Context: reboot(2), inside LUO's locks. May sleep, must not call LUO.
 * Return: 0, or the errno for reboot(2).
 */
int luob_session_frozen(struct luo_file_set *set, struct luo_file_set_ser *ser)
{
	struct luob_armed *a = luob_mine();
	int err;

	if (!a)
		return 0;
	err = luob_live_note(&a->live, set, ser);
	if (err)
		return err;
	return luob_live_is_last(set) ? luob_translate(a) : 0;
}

/*
 * All sessions were closed between the gate and the freeze, so LUO has succeeded
 * without asking anybody. With nothing frozen, one lock is all there is to undo.
 */
static int luob_late(struct luob_armed *a)
{
	struct rw_semaphore *sem = luob_symbol("luo_session_serialize_rwsem");
	int err = luob_translate(a);

	luob_live_undo(&a->live);
	if (err && sem)
		up_write(sem);
	return err;
}

/**
 * luob_commit - Publish.
 *
 * Context: reboot(2), LUO is frozen and done.
 * Return: 0, or the errno for reboot(2): only when no session was left to freeze.
 */
int luob_commit(void)
{
	struct luob_armed *a = luob_mine();
	int err;

	if (!a)
		return 0;
	err = a->ready ? 0 : luob_late(a);
	if (err)
		return err;
	/* Nothing from here on can fail. */
	memcpy(a->root_page, a->staged, KHO_ROOT_SIZE);
	luob_drivers_committed();
	luob_unpreserve_dropped(a);
	luob_memory_keep_used();
	luob_report.ns[LUO_BPF_FREEZE] = ktime_get_ns() - a->frozen_at;
	if (a->handed)
		luob_report_hand_over(a->handed, &luob_report);
	luob_say("committed: %s -> %s", a->old_root.compatible, a->blob.head->to_kho);
	luob_leave();
	return 0;
}

/**
 * luob_abort - Drop what was staged.
 * @unfreeze: luo_file_unfreeze(), if LUO has left its sessions frozen; or NULL.
 *
 * Context: reboot(2).
 */
void luob_abort(void (*unfreeze)(struct luo_file_set *, struct luo_file_set_ser *))
{
	struct luob_armed *a = luob_mine();

	if (!a)
		return;
	luob_live_undo(&a->live);
	/* Staged and ready, so the veto was not ours: kho_finalize() of 6.19. */
	if (a->ready && !a->old_root.format->radix)
		luob_live_unfreeze(&a->live, unfreeze);
	luob_unstage(a);
	luob_leave();
}

/**
 * luob_rehearsed - Look at what a rehearsal has found, and set memory aside.
 *
 * Context: Process context, may sleep; after a rehearsal.
 * Return: 0 if the state would be carried, -ECANCELED, -ENOMEM.
 */
int luob_rehearsed(void)
{
	guard(mutex)(&luob_mutex);
	if (!luob_state)
		return -ENOENT;
	if (!luob_state->accepted)
		return luob_report.err == -ENOMEM ? -ENOMEM : -ECANCELED;
	return luob_memory_reserve();
}
