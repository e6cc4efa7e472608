// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: /dev/luo_bpf
 *
 * Reading it gives what the module said last, its ioctls do the rest (core/device.h).
 * Root only, in the initial user namespace: who arms decides what the next kernel is
 * handed.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../abi/driver_records.h"
#include "../abi/pci_records.h"
#include "../core/kho_root.h"
#include "armed.h"
#include "luo_bpf.h"

#define LUOB_SAID_MAX	(16 * 1024)
/* Entries of one picture of what is alive. */
#define LUOB_LIVE_MAX	(1U << 18)
/* What kho_alloc_preserve() can give. */
#define LUOB_INCOMING_BYTES	(4U << 20)

static int luob_ioctl_arm(void __user *arg)
{
	struct luob_arm arm;
	void *data;

	if (copy_from_user(&arm, arg, sizeof(arm)))
		return -EFAULT;
	if (arm.pad || !arm.size || arm.size > LUOB_BLOB_MAX)
		return -EINVAL;
	data = kvmalloc(arm.size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	if (copy_from_user(data, u64_to_user_ptr(arm.blob), arm.size)) {
		kvfree(data);
		return -EFAULT;
	}
	/* Takes the memory, whatever it returns. */
	return luob_arm(data, arm.size);
}

/* Copies what there is room for, and says how many there are. */
static int luob_copy_list(struct luob_list __user *arg, const struct luob_list *list,
			  const void *entries, u32 nr, size_t each)
{
	size_t fit = min_t(size_t, nr, list->size / each);

	if (copy_to_user(u64_to_user_ptr(list->buf), entries, fit * each) ||
	    put_user(nr, &arg->nr))
		return -EFAULT;
	return 0;
}

static int luob_ioctl_live(void __user *arg)
{
	struct luob_live_entry *entries;
	struct luob_list list;
	u32 max, nr = 0;
	int err;

	if (copy_from_user(&list, arg, sizeof(list)))
		return -EFAULT;
	max = min_t(u32, list.size / sizeof(*entries), LUOB_LIVE_MAX);
	entries = kvcalloc(max + 1, sizeof(*entries), GFP_KERNEL);
	if (!entries)
		return -ENOMEM;
	scoped_guard(mutex, &luob_mutex) {
		luob_drivers_refresh();
		err = luob_live_walk(entries, max, &nr);
	}
	list.size = max * sizeof(*entries);
	if (!err)
		err = luob_copy_list(arg, &list, entries, nr, sizeof(*entries));
	kvfree(entries);
	return err;
}

static int luob_ioctl_results(void __user *arg)
{
	const struct luob_result *results;
	struct luob_list list;
	u32 nr;

	if (copy_from_user(&list, arg, sizeof(list)))
		return -EFAULT;
	guard(mutex)(&luob_mutex);
	nr = luob_results_get(&results);
	list.size = min_t(size_t, list.size, LUOB_RESULTS_MAX * sizeof(*results));
	return luob_copy_list(arg, &list, results, nr, sizeof(*results));
}

static int luob_ioctl_status(void __user *arg)
{
	struct luob_status s;

	luob_armed_status(&s);
	return copy_to_user(arg, &s, sizeof(s)) ? -EFAULT : 0;
}

static int luob_ioctl_report(void __user *arg, bool incoming)
{
	struct luo_bpf_report___v3 *r = kvzalloc(sizeof(*r), GFP_KERNEL);
	int err = 0;

	if (!r)
		return -ENOMEM;
	if (incoming) {
		err = luob_report_incoming(r);
	} else {
		guard(mutex)(&luob_mutex);
		*r = luob_report;
		err = r->compatible[0] ? 0 : -ENOENT;
	}
	if (!err && copy_to_user(arg, r, sizeof(*r)))
		err = -EFAULT;
	kvfree(r);
	return err;
}

/* As many bytes as there is room for; and how many there are. */
static int luob_ioctl_incoming(const char *name, void __user *arg)
{
	struct luob_subtree s;
	struct luob_list list;
	int err;

	if (copy_from_user(&list, arg, sizeof(list)))
		return -EFAULT;
	err = luob_subtree_incoming(name, &s);
	if (err)
		return err;
	if (s.size > LUOB_INCOMING_BYTES)
		return -EBADMSG;
	return luob_copy_list(arg, &list, phys_to_virt(s.pa), s.size, 1);
}

static long luob_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *p = (void __user *)arg;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (cmd) {
	case LUOB_IOC_ARM:
		return luob_ioctl_arm(p);
	case LUOB_IOC_DISARM:
		return luob_disarm();
	case LUOB_IOC_REHEARSE:
		return luob_rehearse();
	case LUOB_IOC_STATUS:
		return luob_ioctl_status(p);
	case LUOB_IOC_LIVE:
		return luob_ioctl_live(p);
	case LUOB_IOC_RESULTS:
		return luob_ioctl_results(p);
	case LUOB_IOC_REPORT:
	case LUOB_IOC_LAST:
		return luob_ioctl_report(p, cmd == LUOB_IOC_REPORT);
	case LUOB_IOC_PCI:
		return luob_ioctl_incoming(LUO_BPF_PCI_SUBTREE, p);
	case LUOB_IOC_DRIVERS:
		return luob_ioctl_incoming(LUO_BPF_DRIVERS_SUBTREE, p);
	default:
		return -ENOTTY;
	}
}

static ssize_t luob_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	char *buf = kvmalloc(LUOB_SAID_MAX, GFP_KERNEL);
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	n = luob_said(buf, LUOB_SAID_MAX);
	n = simple_read_from_buffer(to, size, pos, buf, n);
	kvfree(buf);
	return n;
}

static const struct file_operations luob_fops = {
	.owner = THIS_MODULE,
	.read = luob_read,
	.unlocked_ioctl = luob_ioctl,
	.llseek = default_llseek,
};

static struct miscdevice luob_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = LUOB_DEVICE_NAME,
	.fops = &luob_fops,
	.mode = 0600,
};

int luob_device_register(void)
{
	return misc_register(&luob_misc);
}

void luob_device_unregister(void)
{
	misc_deregister(&luob_misc);
}
