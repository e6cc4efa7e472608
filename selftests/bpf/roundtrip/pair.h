/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An invented family whose fields are renamed on the way up, so that each object may be right
 * by itself and only the way back shows what is not: "pair-1" and "pair-2".
 */
#ifndef TEST_ROUNDTRIP_PAIR_H
#define TEST_ROUNDTRIP_PAIR_H

#include "luo_bpf.h"

struct pair_leaf {
	__u64 value;
};

struct pair_head {
	__u64 count;
};

struct pair_item_1 {
	__u64 id;
	__u32 len;
	__u32 kind;
};

struct pair_item_2 {
	__u64 tag;
	__u64 bytes;
	__u64 sort;
};

struct pair_1 {
	char version[8] __luo_version;
	__u64 first;
	__u64 second;
	__u32 small;
	__u32 other;
	luo_phys_t left __luo_to_table(pair_head, pair_leaf, count);
	luo_phys_t right __luo_to_table(pair_head, pair_leaf, count);
	luo_phys_t items __luo_to_table(pair_head, pair_item_1, count);
};

struct pair_2 {
	char version[8] __luo_version;
	__u64 one;
	__u64 two;
	__u64 wide;
	__u64 broad;
	luo_phys_t port __luo_to_table(pair_head, pair_leaf, count);
	luo_phys_t starboard __luo_to_table(pair_head, pair_leaf, count);
	luo_phys_t things __luo_to_table(pair_head, pair_item_2, count);
};

#define PAIR_ALSO								\
	LUO_ALSO(struct pair_leaf)						\
	LUO_ALSO(struct pair_head)						\
	LUO_ALSO(struct pair_item_1)						\
	LUO_ALSO(struct pair_item_2)

#define PAIR_MAX		4096
#define PAIR_AT(type, i)	(sizeof(struct pair_head) + (__u64)(i) * sizeof(struct type))
#define PAIR_1(member)		offsetof(struct pair_1, member)
#define PAIR_2(member)		offsetof(struct pair_2, member)

#endif /* TEST_ROUNDTRIP_PAIR_H */
