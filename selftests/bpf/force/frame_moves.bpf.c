// SPDX-License-Identifier: GPL-2.0-only
/* Handles of one kind, fields that come and go. */
#include "frame.h"

struct moves_item {
	__u64 id;
	__u32 len;
	__u32 kind;
};

struct moves_old {
	char version[8] __luo_version;
	__u64 nr_a;
	luo_phys_t a __luo_to_array(moves_item, nr_a);
	luo_phys_t b __luo_to_array(moves_item, nr_b);
	__u64 nr_b;
	__u64 size;
	__u32 mode;
	__u32 owner;
};

struct moves_new {
	char version[8] __luo_version;
	luo_phys_t b __luo_to_array(moves_item, nr_b);
	luo_phys_t a __luo_to_array(moves_item, nr_a);
	__u64 nr_a;
	__u64 nr_b;
	__u64 mode;
	__u32 owner;
	__u32 extra;
	__u64 size;
};

LUO_STEP("moves", "moves-1", struct moves_old, "moves-2", struct moves_new,
	 LUO_ALSO(struct moves_item), LUO_AUTHOR("test"));
FRAME_CODE
LUO_TRANSLATOR(frame_moves);
