/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the sample driver of QEMU's "edu" device (selftests/vm/pci/) says about it, as its
 * vendor would ship it: for the driver, and for the objects that lead from one version to
 * the next. Between the two a field has moved, one has grown, and one is new.
 */
#ifndef SAMPLE_EDU_H
#define SAMPLE_EDU_H

#include "abi/tags.h"

#define SAMPLE_EDU_1	"sample-edu-1"
#define SAMPLE_EDU_2	"sample-edu-2"

/* Low bits of its identification register. */
#define SAMPLE_EDU_ID	0xed

enum sample_edu_rule {
	SAMPLE_EDU_OTHER_DEVICE = 0x1000,
};

/**
 * struct sample_edu_ser___v1 - one device
 * @id:		its identification register
 * @uses:	how often a driver has taken it, in all kernels
 * @mode:	the user's business
 * @since:	when the first one did, in seconds since 1970
 */
struct sample_edu_ser___v1 {
	__u32 id;
	__u16 uses;
	__u16 mode;
	__u64 since;
};
luo_abi_size(sample_edu_ser___v1, 16);
luo_abi_at(sample_edu_ser___v1, since, 8);

/* @limit is new: 0 for none. */
struct sample_edu_ser___v2 {
	__u64 since;
	__u32 id;
	__u32 uses;
	__u32 limit;
	__u16 mode;
	__u16 reserved __luo_reserved;
};
luo_abi_size(sample_edu_ser___v2, 24);
luo_abi_at(sample_edu_ser___v2, uses, 12);

#endif /* SAMPLE_EDU_H */
