// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: /dev/luo_bpf
 *
 * Reading it gives the status, its ioctls arm and disarm. Root only, in the
 * initial user namespace: who arms decides what the next kernel is handed.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../core/device.h"
#include "luo_bpf.h"

#define LUOB_STATUS_MAX (16 * 1024)

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

static long luob_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (cmd) {
	case LUOB_IOC_ARM:
		return luob_ioctl_arm((void __user *)arg);
	case LUOB_IOC_DISARM:
		return luob_disarm();
	default:
		return -ENOTTY;
	}
}

static ssize_t luob_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	char *buf = kvmalloc(LUOB_STATUS_MAX, GFP_KERNEL);
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	n = luob_status(buf, LUOB_STATUS_MAX);
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
