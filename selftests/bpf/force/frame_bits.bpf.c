// SPDX-License-Identifier: GPL-2.0-only
/* Bit-fields, and numbers that narrow. */
#include "frame.h"

struct bits_old {
	char version[8] __luo_version;
	__u64 low : 12;
	__u64 mid : 20;
	__u64 top : 32;
	__u64 wide;
	__u64 gone;
	__u32 half;
	__u32 kept;
};

struct bits_new {
	char version[8] __luo_version;
	__u32 wide;
	__u32 kept;
	__u64 low : 16;
	__u64 mid : 20;
	__u64 top : 28;
	__u64 half;
};

LUO_STEP("bits", "bits-1", struct bits_old, "bits-2", struct bits_new, ,
	 LUO_LOSS("gone", "nobody reads it") LUO_AUTHOR("test"));
FRAME_CODE
LUO_TRANSLATOR(frame_bits);
