// SPDX-License-Identifier: GPL-2.0-only
/*
 * Damages what another kernel has handed over, as long as it is loaded: @bytes bytes at
 * @at of a subtree get @value, or are all of them its lowest byte. For kernels from 7.1 on.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/module.h>
#include <linux/string.h>

static char *subtree = "luo-bpf-drivers";
module_param(subtree, charp, 0444);
static char *what = "?";
module_param(what, charp, 0444);
static unsigned int at;
module_param(at, uint, 0444);
static unsigned int bytes = 4;
module_param(bytes, uint, 0444);
static unsigned long value;
module_param(value, ulong, 0444);

static u8 saved[64];
static u8 *place;

static int __init spoil_init(void)
{
	phys_addr_t pa;
	size_t size;
	int err = kho_retrieve_subtree(subtree, &pa, &size);

	if (err)
		return err;
	if (bytes > sizeof(saved) || at > size || bytes > size - at)
		return -ERANGE;
	place = (u8 *)phys_to_virt(pa) + at;
	memcpy(saved, place, bytes);
	if (bytes <= sizeof(value))
		memcpy(place, &value, bytes);
	else
		memset(place, (u8)value, bytes);
	pr_info("%s: %s\n", subtree, what);
	return 0;
}
module_init(spoil_init);

static void __exit spoil_exit(void)
{
	memcpy(place, saved, bytes);
}
module_exit(spoil_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Damages records that came");
