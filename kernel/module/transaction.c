// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The transaction in a running kernel
 *
 * Armed means: luo-load has handed over layouts, profiles and the programs that it
 * loaded, the hooks are in place, and the next reboot(LINUX_REBOOT_CMD_KEXEC)
 * translates.
 *
 *	luob_gate		before LUO freezes: an image with KHO is loaded
 *	luob_session_frozen	for each session; at the last one everything is
 *				translated, accepted and accounted, into new memory
 *	luob_commit		one copy of a page, nothing that can fail
 *
 * A failure before the commit is an errno from reboot(2): LUO unwinds, new regions
 * are freed, the old state is as it was. Without sessions nothing is ever frozen,
 * so the gate translates.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bpf.h>
#include <linux/ctype.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "../abi/kho.h"
#include "../core/account.h"
#include "../core/kho_map.h"
#include "../core/publish.h"
#include "arch.h"
#include "luo_bpf.h"

#define LUOB_TEXT_MAX	(12 * 1024)

/**
 * struct luob_armed - What the next kexec will use.
 * @data:	The blob, as luo-load gave it.
 * @blob:	Unpacked; refers to @data.
 * @ops:	Attached objects, one for each program of the blob.
 * @root_page:	The KHO root FDT that the loaded image points to.
 * @staged:	What it will be overwritten with.
 * @old_root:	@root_page, parsed.
 * @new_root:	@staged, before it was written.
 * @map_pages:	Pages of the memory map.
 * @live:	Sessions that have been frozen so far.
 * @ready:	@staged is complete and every check has passed.
 */
struct luob_armed {
	void *data;
	struct luob_blob blob;
	const struct luo_translator **ops;
	void *root_page;
	void *staged;
	struct luob_kho_root old_root;
	struct luob_kho_root new_root;
	struct luob_set map_pages;
	struct luob_live live;
	struct luo_tx tx;
	bool tx_used;
	bool ready;
	u64 ns;
};

static DEFINE_MUTEX(luob_mutex);
static struct luob_armed *luob_state;
static char *luob_text;
static size_t luob_text_len;

/* A line for the status and the log. */
void luob_say(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list ap, copy;

	va_start(ap, fmt);
	va_copy(copy, ap);
	vaf.va = &copy;
	pr_info("%pV\n", &vaf);
	va_end(copy);
	if (luob_text_len < LUOB_TEXT_MAX - 256) {
		luob_text_len += vscnprintf(luob_text + luob_text_len, 254, fmt, ap);
		luob_text[luob_text_len++] = '\n';
	}
	va_end(ap);
}

static const void *luob_mem_map(void *priv, __u64 pa, __u32 len)
{
	u64 pfn;

	for (pfn = pa >> PAGE_SHIFT; len && pfn <= (pa + len - 1) >> PAGE_SHIFT; pfn++)
		if (!pfn_valid(pfn))
			return NULL;
	return phys_to_virt(pa);
}

static int luob_mem_alloc(void *priv, unsigned int order, bool preserve, __u64 *pa, void **va)
{
	void *p;

	if (!preserve)
		return -EOPNOTSUPP;
	p = kho_alloc_preserve(PAGE_SIZE << order);
	if (IS_ERR_OR_NULL(p))
		return -ENOMEM;
	*pa = virt_to_phys(p);
	*va = p;
	return 0;
}

static void luob_mem_free(void *priv, unsigned int order, bool preserve, __u64 pa, void *va)
{
	kho_unpreserve_free(va);
}

static const struct luob_mem luob_mem = {
	.map = luob_mem_map,
	.alloc = luob_mem_alloc,
	.free = luob_mem_free,
};

static int luob_host_run(void *priv, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
			 __u64 arg, __s64 *ret, struct luob_fault *f)
{
	const struct luo_translator *ops = luob_state->ops[prog - luob_state->blob.progs];

	*ret = prog->to ? ops->translate(tx, self, arg) : ops->accept(tx, self);
	return 0;
}

/* Answers are collected before the freeze by whoever knows the kernel: none yet. */
static int luob_host_lookup(void *priv, __u64 kind, __u64 record, __u64 key, __u64 *val)
{
	return -ENOENT;
}

static void luob_host_blocker(void *priv, const struct luob_blocker *b)
{
	const char *rule = b->rule;

	if (!rule && b->prog)
		rule = luob_blob__rule(&luob_state->blob, b->prog, b->rule_nr);
	luob_say("blocker: %s %s at 0x%llx+%llu value 0x%llx: %s", rule ? rule : "?",
		 b->region && b->region->head ? b->region->head->name :
		 b->record && b->record->format ? b->record->format->string : "",
		 b->region ? b->region->pa : 0, b->has_off ? b->off : 0, b->value,
		 b->text ? b->text : b->prog ? b->prog->name : "");
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
static void luob_unstage(struct luob_armed *a)
{
	if (a->tx_used)
		luo_tx__free(&a->tx);
	luob_set__free(&a->map_pages);
	a->tx_used = false;
	a->ready = false;
}

/* Ranges that the transaction made are the next kernel's now. */
static void luob_keep(struct luob_armed *a)
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
	l->nr = l->sorted;
}

static int luob_read_old(struct luob_armed *a)
{
	struct luob_fault f;
	u64 bad;
	int err;

	err = luob_kho_root__parse(&a->old_root, a->root_page, &f);
	if (!err && !a->old_root.format->radix) {
		luob_say("memory map of %s cannot be translated in a running kernel yet",
			 a->old_root.compatible);
		return -EOPNOTSUPP;
	}
	if (!err)
		err = luob_map__read_radix(&luob_mem, a->old_root.map_pa, &a->tx.space.ledger,
					   &a->map_pages, &f);
	if (!err && luob_ledger__seal(&a->tx.space.ledger, &bad))
		err = luob_fault__set(&f, "ranges overlap at 0x%llx", bad);
	if (err == -EBADMSG || err == -EPROTONOSUPPORT)
		luob_say("blocker: %s %s", f.rule, f.text);
	return err;
}

static int luob_stage(struct luob_armed *a)
{
	const struct luob_blob *b = &a->blob;
	struct luob_walk w = {};
	struct luob_fault f;
	int err;
	u32 i;

	if (luo_tx__too_large(&a->tx, b->head->max_order)) {
		luob_say("blocker: ORDER_TOO_LARGE a preserved range is too large for %s",
			 b->to.release);
		return -EBADMSG;
	}
	err = luo_tx__account(&a->tx, &a->old_root, virt_to_phys(a->root_page), &b->from, &w);
	for (i = 0; i < a->old_root.nr_subtrees && !err; i++)
		err = luo_tx__add_root(&a->tx, &a->old_root, i);
	if (!err)
		err = luo_tx__translate(&a->tx);
	if (!err && !a->tx.nr_blockers)
		err = luo_tx__accept(&a->tx);
	if (err || a->tx.nr_blockers)
		return err ? err : -EBADMSG;

	luo_tx__new_root(&a->tx, &a->old_root, b->head->to_kho, &a->new_root);
	memset(&w, 0, sizeof(w));
	err = luo_tx__account(&a->tx, &a->new_root, virt_to_phys(a->root_page), &b->to, &w);
	if (!err && a->tx.nr_blockers)
		err = -EBADMSG;
	if (!err && luob_kho_root__build(&a->new_root, a->staged, &f)) {
		luob_say("blocker: %s %s", f.rule, f.text);
		err = -EBADMSG;
	}
	return err;
}

/* Everything but the commit. Return: 0, or the errno that reboot(2) will give. */
static int luob_translate(struct luob_armed *a)
{
	u64 start = ktime_get_ns();
	int err;

	luob_unstage(a);
	luo_tx__init(&a->tx, &luob_mem, &luob_host);
	a->tx.from = &a->blob.from;
	a->tx.to = &a->blob.to;
	a->tx.progs = a->blob.progs;
	a->tx.nr_progs = a->blob.head->nr_progs;
	a->tx_used = true;
	err = luob_read_old(a);
	if (!err)
		err = luob_live_fill(&a->live, &a->old_root);
	if (!err)
		err = luob_stage(a);
	a->ns = ktime_get_ns() - start;
	if (err) {
		luob_say("veto: state not translated (%d)", err);
		luob_live_undo(&a->live);
		luob_unstage(a);
		/* One errno for "not carried": an operator reads the status. */
		return err == -ENOMEM ? err : -ECANCELED;
	}
	luob_say("translated: %zu records, %llu sessions in %llu us", a->tx.nr_records,
		 a->live.nr_sessions, div_u64(a->ns, NSEC_PER_USEC));
	a->ready = true;
	return 0;
}

static int luob_check_image(struct luob_armed *a)
{
	void **image = luob_symbol("kexec_image");
	u64 fdt;

	if (!image || !*image) {
		luob_say("veto: no image is loaded");
		return -EINVAL;
	}
	memcpy(&fdt, *image + a->blob.head->kimage_kho_fdt, sizeof(fdt));
	if (fdt == virt_to_phys(a->root_page))
		return 0;
	luob_say("veto: the image was not loaded by kexec_file_load() with KHO");
	return -EINVAL;
}

/* Outgoing sessions. Read without LUO's lock: whoever adds one now is frozen too. */
static long luob_nr_sessions(const struct luob_armed *a)
{
	const void *global = luob_symbol("luo_session_global");

	return READ_ONCE(*(const long *)(global + a->blob.head->session_count));
}

/**
 * luob_gate - Decide whether LUO may freeze at all.
 *
 * Context: reboot(2), before anything is frozen. Holds luob_mutex on success, until
 *          luob_commit() or luob_abort().
 * Return: 0, or the errno for reboot(2).
 */
int luob_gate(void)
{
	struct luob_armed *a;
	int err;

	mutex_lock(&luob_mutex);
	a = luob_state;
	if (!a) {
		mutex_unlock(&luob_mutex);
		return 0;
	}
	luob_text_len = 0;
	memset(&a->live, 0, sizeof(a->live));
	err = luob_check_image(a);
	/* Without a session luo_file_freeze() never runs: this is the last chance. */
	if (!err && !luob_nr_sessions(a)) {
		err = luob_translate(a);
		luob_live_undo(&a->live);
	}
	if (err)
		mutex_unlock(&luob_mutex);
	return err;
}

/**
 * luob_session_frozen - Note a frozen session; translate behind the last one.
 * @set: Its files, inside of LUO's private struct luo_session.
 * @ser: Where LUO has written them.
 *
 * The list head is in the kernel image and sessions are in the direct map: a next
 * pointer into the image is the end of the list.
 *
 * Context: reboot(2), inside LUO's locks. May sleep, must not call LUO.
 * Return: 0, or the errno for reboot(2).
 */
int luob_session_frozen(struct luo_file_set *set, struct luo_file_set_ser *ser)
{
	struct luob_armed *a = luob_state;
	const char *session;
	struct list_head *list;

	if (!a)
		return 0;
	session = (const char *)set - a->blob.head->session_file_set;
	list = (struct list_head *)(session + a->blob.head->session_list);
	a->live.last_entry = (char *)ser - sizeof(a->live.last_name);
	if (!a->live.nr_sessions++)
		a->live.first_entry = a->live.last_entry;
	if (!luob_is_kernel_image(list->next))
		return 0;
	luob_text_len = 0;
	strscpy(a->live.last_name, session, sizeof(a->live.last_name));
	return luob_translate(a);
}

/**
 * luob_commit - Publish.
 *
 * Context: reboot(2), LUO is frozen and done. Nothing here can fail.
 */
void luob_commit(void)
{
	struct luob_armed *a = luob_state;

	if (!a)
		return;
	if (!a->ready) {
		/* The last session was closed behind the gate: there is no state to lose. */
		luob_say("nothing to commit: no session was frozen");
		mutex_unlock(&luob_mutex);
		return;
	}
	memcpy(a->root_page, a->staged, KHO_ROOT_SIZE);
	luob_keep(a);
	luob_say("committed: %s -> %s", a->old_root.compatible, a->blob.head->to_kho);
	mutex_unlock(&luob_mutex);
}

/**
 * luob_abort - LUO has unwound: drop what was staged.
 *
 * Context: reboot(2).
 */
void luob_abort(void)
{
	if (!luob_state)
		return;
	luob_live_undo(&luob_state->live);
	luob_unstage(luob_state);
	mutex_unlock(&luob_mutex);
}

static void luob_armed_free(struct luob_armed *a)
{
	u32 i;

	if (!a)
		return;
	luob_unstage(a);
	for (i = 0; a->ops && i < a->blob.head->nr_progs; i++)
		if (a->ops[i])
			luob_translator_put(a->ops[i]);
	kvfree(a->ops);
	luob_blob__free(&a->blob);
	free_page((unsigned long)a->staged);
	kvfree(a->data);
	kvfree(a);
}

static int luob_find_programs(struct luob_armed *a)
{
	u32 i;

	a->ops = kvcalloc(a->blob.head->nr_progs + 1, sizeof(*a->ops), GFP_KERNEL);
	if (!a->ops)
		return -ENOMEM;
	for (i = 0; i < a->blob.head->nr_progs; i++) {
		const struct luob_prog *p = &a->blob.progs[i];

		a->ops[i] = luob_translator_get(a->blob.blob_progs[i].map_id);
		if (!a->ops[i] || (p->to ? !a->ops[i]->translate : !a->ops[i]->accept)) {
			luob_say("%s is not attached (map %u)", p->name,
				 a->blob.blob_progs[i].map_id);
			return -ENOENT;
		}
	}
	return 0;
}

/* What the blob says about this kernel has to be so. */
static int luob_check_kernel(struct luob_armed *a)
{
	const struct luob_blob_head *h = a->blob.head;
	size_t n = strlen(h->from_release);
	void **kho_out = luob_symbol("kho_out");
	struct luob_fault f;

	if (strncmp(init_utsname()->release, h->from_release, n) ||
	    isdigit(init_utsname()->release[n])) {
		luob_say("armed for %s, but this is %s", h->from_release, init_utsname()->release);
		return -EINVAL;
	}
	if (!kho_out || !*kho_out || !luob_symbol("luo_session_global")) {
		luob_say("no KHO root or sessions: kho=on, liveupdate=on and CONFIG_KALLSYMS_ALL "
			 "are needed");
		return -ENOENT;
	}
	a->root_page = *kho_out;
	if (luob_kho_root__parse(&a->old_root, a->root_page, &f)) {
		luob_say("KHO root: %s", f.text);
		return -EOPNOTSUPP;
	}
	if (strcmp(a->old_root.compatible, h->from_kho) || !luob_kho_format__find(h->to_kho) ||
	    !luob_kho_format__find(h->to_kho)->radix) {
		luob_say("%s -> %s cannot be armed here, the root is %s", h->from_kho, h->to_kho,
			 a->old_root.compatible);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int luob_arm_locked(struct luob_armed *a, size_t size)
{
	struct luob_fault f;
	int err;

	err = luob_blob__unpack(&a->blob, a->data, size, &f);
	if (err == -EBADMSG) {
		luob_say("%s", f.text);
		return -EINVAL;
	}
	a->staged = (void *)get_zeroed_page(GFP_KERNEL);
	if (!err && !a->staged)
		err = -ENOMEM;
	if (!err)
		err = luob_find_programs(a);
	if (!err)
		err = luob_hook_enable();
	if (!err) {
		err = luob_check_kernel(a);
		if (err)
			luob_hook_disable();
	}
	return err;
}

/**
 * luob_arm - Use these programs and profiles for the next kexec.
 * @data: A blob, from kvmalloc(); taken over.
 * @size: Its bytes.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EBUSY when armed already; what is wrong is in the status.
 */
int luob_arm(void *data, size_t size)
{
	struct luob_armed *a = kvzalloc(sizeof(*a), GFP_KERNEL);
	int err;

	if (!a) {
		kvfree(data);
		return -ENOMEM;
	}
	a->data = data;
	mutex_lock(&luob_mutex);
	if (luob_state) {
		err = -EBUSY;
	} else {
		luob_text_len = 0;
		err = luob_arm_locked(a, size);
	}
	if (!err) {
		__module_get(THIS_MODULE);
		luob_state = a;
		luob_say("armed: %s -> %s, %u programs", a->blob.from.release, a->blob.to.release,
			 a->blob.head->nr_progs);
	}
	mutex_unlock(&luob_mutex);
	if (err)
		luob_armed_free(a);
	return err;
}

static int luob_disarm_locked(void)
{
	struct luob_armed *a = luob_state;

	if (!a)
		return -ENOENT;
	luob_hook_disable();
	luob_state = NULL;
	luob_armed_free(a);
	luob_say("disarmed");
	module_put(THIS_MODULE);
	return 0;
}

/**
 * luob_disarm - The next kexec happens as if this module were not there.
 *
 * Context: Process context, may sleep; waits for a running transaction.
 * Return: 0, -ENOENT when not armed.
 */
int luob_disarm(void)
{
	int err;

	mutex_lock(&luob_mutex);
	err = luob_disarm_locked();
	mutex_unlock(&luob_mutex);
	return err;
}

/* Text for readers of the device. Return: bytes. */
ssize_t luob_status(char *buf, size_t size)
{
	ssize_t n;

	mutex_lock(&luob_mutex);
	n = scnprintf(buf, size, "%s\n%.*s", luob_state ? "armed" : "not armed",
		      (int)luob_text_len, luob_text);
	mutex_unlock(&luob_mutex);
	return n;
}

int luob_transaction_init(void)
{
	luob_text = kvzalloc(LUOB_TEXT_MAX, GFP_KERNEL);
	return luob_text ? 0 : -ENOMEM;
}

void luob_transaction_exit(void)
{
	kvfree(luob_text);
}
