// SPDX-License-Identifier: GPL-2.0-only
/* Small numbers of all widths and signs, which move and widen. */
#include "frame.h"

struct small_old {
	__u32 version __luo_version;
	__u8 a;
	__s8 b;
	__u16 c;
	__s16 d;
	__u8 e;
	__u8 f;
	__s32 g;
	__u32 h;
	__s64 i;
	__u8 spare[3] __luo_reserved;
	char tag[5];
} __luo_packed;

struct small_new {
	__u32 version __luo_version;
	__s16 b;
	__u16 a;
	__u32 c;
	__s64 d;
	char tag[5];
	__u8 f;
	__u8 spare __luo_reserved;
	__u8 e;
	__s64 g;
	__u16 h;
	__s64 i;
	__u16 fresh;
} __luo_packed;

LUO_STEP("small", "1", struct small_old, "2", struct small_new, , LUO_AUTHOR("test"));
FRAME_CODE
LUO_TRANSLATOR(frame_small);
