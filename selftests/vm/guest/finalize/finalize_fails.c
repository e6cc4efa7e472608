// SPDX-License-Identifier: GPL-2.0-only
/* While it is there kho_finalize() of 6.19 fails, which LUO itself does not unwind. */
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>

static int failing_kho_finalize(void)
{
	return -ENOMEM;
}

static void notrace redirect(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			     struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)failing_kho_finalize);
}

static struct ftrace_ops ops = {
	.func = redirect,
	.flags = FTRACE_OPS_FL_IPMODIFY,
};

static int __init finalize_fails_init(void)
{
	static char name[] = "kho_finalize";
	int err = ftrace_set_filter(&ops, (unsigned char *)name, strlen(name), 1);

	return err ? err : register_ftrace_function(&ops);
}

static void __exit finalize_fails_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}

module_init(finalize_fails_init);
module_exit(finalize_fails_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes kho_finalize() fail, for tests");
