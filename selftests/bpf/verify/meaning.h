/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An invented family whose two versions lie the same and do not say the same: "mean" is
 * one record with a table, as of devices that are in use or counted.
 */
#ifndef TEST_VERIFY_MEANING_H
#define TEST_VERIFY_MEANING_H

#include "luo_bpf.h"

struct mean_head {
	__u64 count;
};

struct mean_item_old {
	__u64 id;
	__u64 refs __luo_meaning("1 in use, 0 free");
};

struct mean_item_new {
	__u64 id;
	__u64 refs __luo_meaning("how many below it are in use");
};

struct mean_old {
	char version[8] __luo_version;
	__u64 pos;
	__u64 users __luo_meaning("1 in use, 0 free");
	luo_phys_t items __luo_to_table(mean_head, mean_item_old, count);
};

struct mean_new {
	char version[8] __luo_version;
	__u64 pos;
	__u64 users __luo_meaning("how many below it are in use");
	luo_phys_t items __luo_to_table(mean_head, mean_item_new, count);
};

/* All of the structure is in another unit. */
struct mean_unit_old {
	char version[8] __luo_version;
	__u64 from;
	__u64 to;
} __luo_meaning("pages");

struct mean_unit_new {
	char version[8] __luo_version;
	__u64 from;
	__u64 to;
} __luo_meaning("bytes");

#define MEAN_ALSO								\
	LUO_ALSO(struct mean_head) LUO_ALSO(struct mean_item_old)		\
	LUO_ALSO(struct mean_item_new)
#define MEAN_STEP(statements)							\
	LUO_STEP("mean", "mean-1", struct mean_old, "mean-2", struct mean_new,	\
		 MEAN_ALSO, statements LUO_AUTHOR("test"))
#define MEAN_ITEMS	offsetof(struct mean_old, items)
#define MEAN_MAX	4096
#define MEAN_AT(i)	(sizeof(struct mean_head) + (__u64)(i) * sizeof(struct mean_item_old))

#endif /* TEST_VERIFY_MEANING_H */
