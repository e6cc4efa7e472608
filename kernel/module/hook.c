// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Redirecting an unpatched kernel
 *
 * Three global functions exist in every version, are called across translation
 * units and start with a call of __fentry__: liveupdate_reboot(), luo_file_freeze()
 * and kho_fill_kimage(). While armed they are redirected by ftrace with IPMODIFY, as
 * a livepatch would, and run in the context of the system call: they may sleep. The
 * originals are called through static calls, see private.c.
 *
 * FTRACE_OPS_FL_PERMANENT makes kernel.ftrace_enabled=0 fail instead of silently
 * disarming us. A livepatch on one of the functions makes enabling fail (-EBUSY).
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/static_call.h>

#include "luo_bpf.h"
#include "private.h"

/*
 * Tasks that were redirected and are not back yet. They may sleep, so what ftrace waits
 * for when a hook goes away does not cover them.
 */
static atomic_t luob_inside = ATOMIC_INIT(0);

static int luob_no_reboot(void)
{
	return -ENOSYS;
}

static int luob_no_freeze(struct luo_file_set *set, struct luo_file_set_ser *ser)
{
	return -ENOSYS;
}

static void luob_no_unfreeze(struct luo_file_set *set, struct luo_file_set_ser *ser)
{
}

static int luob_no_fill(struct kimage *image)
{
	return -ENOSYS;
}

DEFINE_STATIC_CALL(luob_old_reboot, luob_no_reboot);
DEFINE_STATIC_CALL(luob_old_freeze, luob_no_freeze);
DEFINE_STATIC_CALL(luob_old_unfreeze, luob_no_unfreeze);
DEFINE_STATIC_CALL(luob_old_fill, luob_no_fill);

static void luob_unfreeze(struct luo_file_set *set, struct luo_file_set_ser *ser)
{
	static_call(luob_old_unfreeze)(set, ser);
}

static int luob_reboot(bool rehearsal)
{
	int err = luob_gate(rehearsal);

	if (err)
		return err;
	err = static_call(luob_old_reboot)();
	if (!err)
		err = luob_commit();
	if (err)
		luob_abort(luob_unfreeze);
	return err;
}

/*
 * Calls of originals are never tail calls: the return address has to be ours, or the
 * handler would redirect them for ever. The work behind each call sees to that.
 */
static int luob_new_reboot(void)
{
	int err = luob_reboot(false);

	atomic_dec(&luob_inside);
	return err;
}

static int luob_new_freeze(struct luo_file_set *set, struct luo_file_set_ser *ser)
{
	int err = static_call(luob_old_freeze)(set, ser);

	if (!err) {
		err = luob_session_frozen(set, ser);
		if (err)
			luob_unfreeze(set, ser);
	}
	atomic_dec(&luob_inside);
	return err;
}

static int luob_new_fill(struct kimage *image)
{
	int err = static_call(luob_old_fill)(image);

	if (!err)
		luob_image_loaded(image);
	atomic_dec(&luob_inside);
	return err;
}

struct luob_hook {
	const char *name;
	void *to;
	struct ftrace_ops ops;
	unsigned long ip;
	bool on;
};

static void notrace luob_redirect(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct luob_hook *hook = container_of(ops, struct luob_hook, ops);
	int bit;

	if (within_module(parent_ip, THIS_MODULE))
		return;
	bit = ftrace_test_recursion_trylock(ip, parent_ip);
	if (bit < 0)
		return;
	atomic_inc(&luob_inside);
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)hook->to);
	ftrace_test_recursion_unlock(bit);
}

#ifdef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
#define LUOB_FTRACE_REGS 0
#else
#define LUOB_FTRACE_REGS FTRACE_OPS_FL_SAVE_REGS
#endif

#define LUOB_HOOK(fn, new) {							\
	.name = fn,								\
	.to = new,								\
	.ops = {								\
		.func = luob_redirect,						\
		.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT |	\
			 LUOB_FTRACE_REGS,					\
	},									\
}

static struct luob_hook luob_hooks[] = {
	LUOB_HOOK("liveupdate_reboot", luob_new_reboot),
	LUOB_HOOK("luo_file_freeze", luob_new_freeze),
	LUOB_HOOK("kho_fill_kimage", luob_new_fill),
};

static int luob_find_originals(void)
{
	static const char *const names[] = {
		"liveupdate_reboot", "luo_file_freeze", "luo_file_unfreeze", "kho_fill_kimage",
	};
	void *at[ARRAY_SIZE(names)];
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		at[i] = luob_symbol(names[i]);
		if (at[i])
			continue;
		luob_say("this kernel lacks %s: " LUOB_NEED_HOOKS, names[i]);
		return -ENOENT;
	}
	static_call_update(luob_old_reboot, at[0]);
	static_call_update(luob_old_freeze, at[1]);
	static_call_update(luob_old_unfreeze, at[2]);
	static_call_update(luob_old_fill, at[3]);
	return 0;
}

static int luob_hook_one(struct luob_hook *hook)
{
	int err;

	hook->ip = (unsigned long)luob_symbol(hook->name);
	err = ftrace_set_filter_ip(&hook->ops, hook->ip, 0, 0);
	if (err) {
		luob_say("%s cannot be traced (%d): built without __fentry__?", hook->name, err);
		return err;
	}
	err = register_ftrace_function(&hook->ops);
	if (err) {
		ftrace_set_filter_ip(&hook->ops, hook->ip, 1, 0);
		luob_say("%s cannot be redirected (%d)%s", hook->name, err,
			 err == -EBUSY ? ": a livepatch has it" : "");
		return err;
	}
	hook->on = true;
	return 0;
}

/**
 * luob_hook_disable - Stop redirecting.
 *
 * Context: Process context; no transaction is running.
 */
void luob_hook_disable(void)
{
	int i;

	for (i = ARRAY_SIZE(luob_hooks); i--; ) {
		struct luob_hook *hook = &luob_hooks[i];

		if (!hook->on)
			continue;
		unregister_ftrace_function(&hook->ops);
		ftrace_set_filter_ip(&hook->ops, hook->ip, 1, 0);
		hook->on = false;
	}
}

/**
 * luob_hook_enable - Redirect the functions.
 *
 * Context: Process context, may sleep; luob_private_find() has succeeded.
 * Return: 0 on success; -ENOENT if the kernel has no such function, -EBUSY if a
 *         livepatch has one, or what ftrace says. The status tells.
 */
int luob_hook_enable(void)
{
	int i, err;

	err = luob_find_originals();
	for (i = 0; i < ARRAY_SIZE(luob_hooks) && !err; i++)
		err = luob_hook_one(&luob_hooks[i]);
	if (err)
		luob_hook_disable();
	return err;
}

/* Nobody is in here any more: the module can go. */
void luob_hook_exit(void)
{
	while (atomic_read(&luob_inside))
		msleep(20);
	/* The way from the counter to the return of the last one. */
	synchronize_rcu_tasks();
}

/**
 * luob_rehearse - Freeze, translate, accept, and veto.
 *
 * Context: Process context, may sleep; takes LUO's locks.
 * Return: 0 if the state would be carried, -ECANCELED if not, -ENOENT if not armed.
 */
int luob_rehearse(void)
{
	int err = luob_reboot(true);

	return err == -ENOENT ? err : luob_rehearsed();
}
