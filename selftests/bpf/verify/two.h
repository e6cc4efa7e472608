/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An invented family with two tables in one record, whose elements look alike. */
#ifndef TEST_VERIFY_TWO_H
#define TEST_VERIFY_TWO_H

#include "luo_bpf.h"

struct two_head {
	__u64 count;
};

struct two_item {
	__u64 id;
	__u64 len;
};

struct two_wide {
	__u64 id;
	__u64 len;
	__u64 flags;
};

struct two_old {
	char version[8] __luo_version;
	luo_phys_t first __luo_to_table(two_head, two_item, count);
	luo_phys_t second __luo_to_table(two_head, two_item, count);
};

struct two_new {
	char version[8] __luo_version;
	luo_phys_t first __luo_to_table(two_head, two_wide, count);
	luo_phys_t second __luo_to_table(two_head, two_wide, count);
};

LUO_STEP("two", "two-1", struct two_old, "two-2", struct two_new,
	 LUO_ALSO(struct two_head) LUO_ALSO(struct two_item) LUO_ALSO(struct two_wide),
	 LUO_AUTHOR("test"));

#define FIRST		offsetof(struct two_old, first)
#define SECOND		offsetof(struct two_old, second)
#define TWO_MAX		1024
#define OLD_AT(i)	(sizeof(struct two_head) + (__u64)(i) * sizeof(struct two_item))
#define NEW_AT(i)	(sizeof(struct two_head) + (__u64)(i) * sizeof(struct two_wide))

#endif /* TEST_VERIFY_TWO_H */
