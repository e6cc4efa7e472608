/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An invented family whose elements are told apart by a number. */
#ifndef TEST_VERIFY_UNIQUE_H
#define TEST_VERIFY_UNIQUE_H

#include "luo_bpf.h"

struct uniq_head {
	__u64 count;
};

struct uniq_item_old {
	__u64 token __luo_unique;
	__u64 len;
};

struct uniq_item_new {
	__u64 len;
	__u64 key __luo_unique;
};

struct uniq_old {
	char version[8] __luo_version;
	luo_phys_t items __luo_to_table(uniq_head, uniq_item_old, count);
};

struct uniq_new {
	char version[8] __luo_version;
	luo_phys_t items __luo_to_table(uniq_head, uniq_item_new, count);
};

#define UNIQ_STEP(statements)							\
	LUO_STEP("uniq", "uniq-1", struct uniq_old, "uniq-2", struct uniq_new,	\
		 LUO_ALSO(struct uniq_head) LUO_ALSO(struct uniq_item_old)	\
		 LUO_ALSO(struct uniq_item_new), statements LUO_AUTHOR("test"))
#define UNIQ_ITEMS	offsetof(struct uniq_old, items)
#define UNIQ_MAX	4096
#define OLD_AT(i)	(sizeof(struct uniq_head) + (__u64)(i) * sizeof(struct uniq_item_old))
#define NEW_AT(i)	(sizeof(struct uniq_head) + (__u64)(i) * sizeof(struct uniq_item_new))

#endif /* TEST_VERIFY_UNIQUE_H */
