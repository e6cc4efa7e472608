/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Blobs of a vendor with many devices: the second version tells which object made it. */
#ifndef SAMPLE_HW_H
#define SAMPLE_HW_H

#include "abi/tags.h"

struct sample_hw_ser___v1 {
	__u32 value;
	__u32 count;
};
luo_abi_size(sample_hw_ser___v1, 8);

struct sample_hw_ser___v2 {
	__u32 value;
	__u32 count;
	__u32 by;
	__u32 reserved __luo_reserved;
};
luo_abi_size(sample_hw_ser___v2, 16);

#endif /* SAMPLE_HW_H */
