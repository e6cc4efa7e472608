// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Arming
 *
 * luo-load says what the next kexec will use: layouts, profiles, the programs that it
 * has loaded, the image. All of it is checked here before the hooks go in: this is
 * the kernel that was meant, each program is attached, is the very one that luo-load
 * loaded, and has no map that can change.
 *
 * Detaching or replacing an armed object makes the armed state unusable: the gate
 * refuses, because jumping without it would lose what it was loaded for.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bpf.h>
#include <linux/ctype.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/utsname.h>

#include "armed.h"
#include "luo_bpf.h"
#include "memory.h"
#include "private.h"

static void luob_armed_free(struct luob_armed *a)
{
	u32 i;

	if (!a)
		return;
	luob_unstage(a);
	luob_memory_release();
	for (i = 0; a->ops && i < a->blob.head->nr_progs; i++)
		if (a->ops[i])
			luob_translator_put(a->ops[i]);
	kvfree(a->ops);
	luob_blob__free(&a->blob);
	free_page((unsigned long)a->staged);
	kvfree(a->data);
	kvfree(a);
}

static int luob_find_program(struct luob_armed *a, u32 i)
{
	const struct luob_blob_prog *bp = &a->blob.blob_progs[i];
	const struct luob_prog *p = &a->blob.progs[i];
	int err;

	a->ops[i] = luob_translator_get(bp->map_id);
	if (!a->ops[i] || (p->to ? !a->ops[i]->translate : !a->ops[i]->accept)) {
		luob_say("%s is not attached (map %u)", p->name, bp->map_id);
		return -ENOENT;
	}
	err = luob_translator_check(a->ops[i], bp->prog_id);
	if (err)
		luob_say("%s is not what luo-load has loaded, or uses a map that can change (%pe)",
			 p->name, ERR_PTR(err));
	return err;
}

static int luob_find_programs(struct luob_armed *a)
{
	int err = 0;
	u32 i;

	a->ops = kvcalloc(a->blob.head->nr_progs + 1, sizeof(*a->ops), GFP_KERNEL);
	if (!a->ops)
		return -ENOMEM;
	for (i = 0; i < a->blob.head->nr_progs && !err; i++)
		err = luob_find_program(a, i);
	return err;
}

static int luob_check_root(struct luob_armed *a)
{
	const struct luob_blob_head *h = a->blob.head;
	const struct luob_kho_format *to = luob_kho_format__find(h->to_kho);
	struct luob_fault f;

	a->root_page = luob_root_page();
	if (!a->root_page)
		return -ENOENT;
	if (luob_kho_root__parse(&a->old_root, a->root_page, &f)) {
		luob_say("KHO root: %s", f.text);
		return -EOPNOTSUPP;
	}
	if (strcmp(a->old_root.compatible, h->from_kho)) {
		luob_say("armed for %s, but the root is %s", h->from_kho, a->old_root.compatible);
		return -EOPNOTSUPP;
	}
	/* Bitmaps are made by 6.19 itself, at its own freeze: a root of its own stays. */
	if (!to || (!to->radix && a->old_root.format != to)) {
		luob_say("blocker: KHO_MAP_TO_BITMAPS a memory map for %s is not made here",
			 h->to_kho);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* What the blob says about this kernel has to be so. */
static int luob_check_kernel(struct luob_armed *a)
{
	const char *release = init_utsname()->release, *want = a->blob.head->from_release;
	size_t n = strlen(want);

	if (strncmp(release, want, n) || isdigit(release[n])) {
		luob_say("armed for %s, but this is %s", want, release);
		return -EINVAL;
	}
	return luob_check_root(a);
}

static int luob_arm_locked(struct luob_armed *a, size_t size)
{
	struct luob_fault f;
	int err;

	err = luob_private_find();
	if (err)
		return err;
	err = luob_blob__unpack(&a->blob, a->data, size, &f);
	if (err == -EBADMSG) {
		luob_say("%s", f.text);
		return -EINVAL;
	}
	a->staged = (void *)get_zeroed_page(GFP_KERNEL);
	if (!err && !a->staged)
		err = -ENOMEM;
	if (!err)
		err = luob_check_kernel(a);
	if (!err)
		err = luob_find_programs(a);
	return err ? err : luob_hook_enable();
}

/* Names of programs that luo-load has not proved right. Return: their number. */
static u32 luob_unverified(const struct luob_armed *a, char *names, size_t size)
{
	u32 i, nr = 0;
	size_t len = 0;

	names[0] = 0;
	for (i = 0; i < a->blob.head->nr_progs; i++) {
		if (a->blob.blob_progs[i].verified)
			continue;
		len += scnprintf(names + len, size - len, "%s%s", nr ? " " : "",
				 a->blob.progs[i].name);
		nr++;
	}
	return nr;
}

static void luob_say_unverified(const struct luob_armed *a)
{
	char names[192];
	u32 nr = luob_unverified(a, names, sizeof(names));

	if (nr)
		luob_say("not verified: %u of them: %s", nr, names);
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
	guard(mutex)(&luob_mutex);
	if (luob_state) {
		kvfree(a->data);
		kvfree(a);
		return -EBUSY;
	}
	luob_say_clear();
	luob_results_clear();
	err = luob_arm_locked(a, size);
	if (err) {
		luob_armed_free(a);
		return err;
	}
	__module_get(THIS_MODULE);
	luob_state = a;
	luob_say("armed: %s -> %s, %u programs%s", a->blob.from.release, a->blob.to.release,
		 a->blob.head->nr_progs, a->blob.head->has_image ? "" : ", for any image");
	luob_say_unverified(a);
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
	struct luob_armed *a;

	guard(mutex)(&luob_mutex);
	a = luob_state;
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
 * luob_armed_changed - An attached object goes away, or is replaced.
 * @ops: The object.
 * @how: What happens to it.
 *
 * Context: Process context, may sleep; waits for a running transaction.
 */
void luob_armed_changed(const struct luo_translator *ops, const char *how)
{
	struct luob_armed *a;
	u32 i;

	guard(mutex)(&luob_mutex);
	a = luob_state;
	for (i = 0; a && i < a->blob.head->nr_progs; i++) {
		if (a->ops[i] != ops)
			continue;
		snprintf(a->changed, sizeof(a->changed), "%s was %s", a->blob.progs[i].name, how);
		luob_say("disarmed in effect: %s", a->changed);
	}
}

/* What is armed, for LUOB_IOC_STATUS. */
void luob_armed_status(struct luob_status *s)
{
	static const char *const reasons[] = {
		[LUOB_IMAGE_NONE] = "no image was loaded since arming",
		[LUOB_IMAGE_MATCHES] = "",
		[LUOB_IMAGE_OTHER] = "the image that is loaded is not the one that was armed",
	};
	struct luob_armed *a;
	u32 i;

	memset(s, 0, sizeof(*s));
	guard(mutex)(&luob_mutex);
	a = luob_state;
	if (!a)
		return;
	s->state = a->changed[0] ? LUOB_VOID : LUOB_ARMED;
	s->image = a->image == LUOB_IMAGE_MATCHES;
	strscpy(s->reason, a->changed[0] ? a->changed : reasons[a->image], sizeof(s->reason));
	strscpy(s->from, a->blob.from.release, sizeof(s->from));
	strscpy(s->to, a->blob.to.release, sizeof(s->to));
	s->nr_progs = a->blob.head->nr_progs;
	for (i = 0; i < min_t(u32, s->nr_progs, ARRAY_SIZE(s->map_ids)); i++)
		s->map_ids[i] = a->blob.blob_progs[i].map_id;
	s->nr_unverified = luob_unverified(a, s->unverified, sizeof(s->unverified));
}
