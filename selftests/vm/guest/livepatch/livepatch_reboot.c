// SPDX-License-Identifier: GPL-2.0-only
/* A livepatch on a function that luo_bpf.ko redirects, too: nobody jumps while it is there. */
#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>

static int livepatch_liveupdate_reboot(void)
{
	return -EPERM;
}

static struct klp_func funcs[] = {
	{ .old_name = "liveupdate_reboot", .new_func = livepatch_liveupdate_reboot },
	{ }
};

static struct klp_object objs[] = {
	{ .funcs = funcs },
	{ }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init livepatch_reboot_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit livepatch_reboot_exit(void)
{
}

module_init(livepatch_reboot_init);
module_exit(livepatch_reboot_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch of liveupdate_reboot() for tests");
MODULE_INFO(livepatch, "Y");
