// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Redirecting LUO on an unpatched kernel
 *
 * Two global functions exist in every version, are called across translation
 * units and start with a call of __fentry__: liveupdate_reboot() and
 * luo_file_freeze(). While armed they are redirected by ftrace with IPMODIFY, as a
 * livepatch would, and run in the context of the reboot system call: they may
 * sleep. The originals are called through static calls, never through pointers:
 * their ENDBR is sealed, an indirect call is a #CP on IBT hardware.
 *
 * FTRACE_OPS_FL_PERMANENT makes kernel.ftrace_enabled=0 fail instead of silently
 * disarming us. A livepatch on one of the functions makes enabling fail (-EBUSY).
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/static_call.h>

#include "luo_bpf.h"

static unsigned long luob_no_lookup(const char *name)
{
	return 0;
}

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

DEFINE_STATIC_CALL(luob_lookup_name, luob_no_lookup);
DEFINE_STATIC_CALL(luob_old_reboot, luob_no_reboot);
DEFINE_STATIC_CALL(luob_old_freeze, luob_no_freeze);
DEFINE_STATIC_CALL(luob_old_unfreeze, luob_no_unfreeze);

/*
 * Not a tail call: the return address of the original has to be ours, or the
 * handler would redirect it for ever. The work behind the call sees to that.
 */
static int luob_new_reboot(void)
{
	int err = luob_gate();

	if (err)
		return err;
	err = static_call(luob_old_reboot)();
	if (err)
		luob_abort();
	else
		luob_commit();
	return err;
}

static int luob_new_freeze(struct luo_file_set *set, struct luo_file_set_ser *ser)
{
	int err = static_call(luob_old_freeze)(set, ser);

	if (err)
		return err;
	err = luob_session_frozen(set, ser);
	if (err)
		static_call(luob_old_unfreeze)(set, ser);
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
};

/* kallsyms_lookup_name() is not exported; a kprobe on it tells where it is. */
static int luob_find_lookup(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
	int err;

	err = register_kprobe(&kp);
	if (err)
		return err;
	/* Behind ENDBR if there is one: good for a direct call. */
	static_call_update(luob_lookup_name, (void *)kp.addr);
	unregister_kprobe(&kp);
	return 0;
}

/* Address of a kernel symbol, or NULL. */
void *luob_symbol(const char *name)
{
	return (void *)static_call(luob_lookup_name)(name);
}

static int luob_find_originals(void)
{
	void *reboot = luob_symbol("liveupdate_reboot");
	void *freeze = luob_symbol("luo_file_freeze");
	void *unfreeze = luob_symbol("luo_file_unfreeze");

	if (!reboot || !freeze || !unfreeze) {
		luob_say("this kernel lacks %s: CONFIG_LIVEUPDATE and KALLSYMS are needed, LTO "
			 "must not have inlined it",
			 !reboot ? "liveupdate_reboot" : !freeze ? "luo_file_freeze" :
			 "luo_file_unfreeze");
		return -ENOENT;
	}
	static_call_update(luob_old_reboot, reboot);
	static_call_update(luob_old_freeze, freeze);
	static_call_update(luob_old_unfreeze, unfreeze);
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
 * luob_hook_enable - Redirect the two functions.
 *
 * Context: Process context, may sleep.
 * Return: 0 on success; -ENOENT if the kernel has no such function, -EBUSY if a
 *         livepatch has one, or what kprobes and ftrace say. The status tells.
 */
int luob_hook_enable(void)
{
	int i, err;

	err = luob_find_lookup();
	if (err) {
		luob_say("kallsyms_lookup_name not found (%d): CONFIG_KPROBES, CONFIG_KALLSYMS, "
			 "no lockdown of kprobes",
			 err);
		return err;
	}
	err = luob_find_originals();
	for (i = 0; i < ARRAY_SIZE(luob_hooks) && !err; i++)
		err = luob_hook_one(&luob_hooks[i]);
	if (err)
		luob_hook_disable();
	return err;
}
