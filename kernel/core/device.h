/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How luo-load talks to luo_bpf.ko: one character device, root only. Reading it
 * gives the status as lines of text; these are its ioctls.
 */
#ifndef LUOB_DEVICE_H
#define LUOB_DEVICE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define LUOB_DEVICE_NAME	"luo_bpf"

/* @blob: address of a struct luob_blob_head with all that follows it. */
struct luob_arm {
	__u64 blob;
	__u32 size;
	__u32 pad;
};

#define LUOB_IOC_ARM		_IOW('U', 0x60, struct luob_arm)
#define LUOB_IOC_DISARM		_IO('U', 0x61)

#endif /* LUOB_DEVICE_H */
