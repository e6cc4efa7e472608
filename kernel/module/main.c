// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: luo_bpf
 *
 * Live update between kernels whose state formats differ: translators, which
 * are BPF programs, rewrite the outgoing state into the formats of the kernel
 * that comes next.
 *
 * Loaded, the module only registers the struct_ops type and the calls of the
 * translator contract, and /dev/luo_bpf. Not armed, a live update happens as if the
 * module were not there.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>

#include "luo_bpf.h"

static int __init luo_bpf_init(void)
{
	int err;

	err = luob_results_init();
	if (err)
		return err;
	err = luob_calls_register();
	if (err) {
		pr_err("calls not registered: %d\n", err);
		goto err_results;
	}
	err = luob_pci_init();
	if (err)
		goto err_results;
	err = luob_drivers_init();
	if (err)
		goto err_pci;
	err = luob_device_register();
	if (err) {
		pr_err("/dev/luo_bpf not registered: %d\n", err);
		goto err_drivers;
	}

	/*
	 * Last: a struct_ops type stays registered until the module is gone, and
	 * when init fails later the kernel is left with a type without an owner.
	 */
	err = luob_translator_register();
	if (err) {
		pr_err("struct_ops type not registered: %d\n", err);
		goto err_device;
	}
	return 0;

err_device:
	luob_device_unregister();
err_drivers:
	luob_drivers_exit();
err_pci:
	luob_pci_exit();
err_results:
	luob_results_exit();
	return err;
}
module_init(luo_bpf_init);

static void __exit luo_bpf_exit(void)
{
	/* Links and an armed state hold references to the module: none is left. */
	luob_device_unregister();
	luob_hook_exit();
	luob_drivers_exit();
	luob_pci_exit();
	luob_results_exit();
}
module_exit(luo_bpf_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Translators of live update state");
