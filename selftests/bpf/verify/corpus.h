/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Two invented families for the verifier's corpus. "flat" is a record whose fields widen,
 * narrow, come and go; "list" is a table whose elements change.
 */
#ifndef TEST_VERIFY_CORPUS_H
#define TEST_VERIFY_CORPUS_H

#include "luo_bpf.h"

struct flat_item {
	__u64 id;
	__u64 len;
};

struct flat_head {
	__u64 count;
};

struct flat_old {
	char version[8] __luo_version;
	__u64 pos;
	__u64 size;
	__u64 mode;
	__u32 owner;
	__s32 prio;
	__u64 gone;
	__u64 spare __luo_reserved;
	luo_phys_t items __luo_to_table(flat_head, flat_item, count);
};

struct flat_new {
	char version[8] __luo_version;
	__u64 pos;
	__u64 size;
	__u32 mode;
	__u32 extra;
	__u64 owner;
	__s64 prio;
	__u64 spare __luo_reserved;
	luo_phys_t items __luo_to_table(flat_head, flat_item, count);
};

#define FLAT_ALSO	LUO_ALSO(struct flat_head) LUO_ALSO(struct flat_item)
#define FLAT_STEP								\
	LUO_STEP("flat", "flat-1", struct flat_old, "flat-2", struct flat_new,	\
		 FLAT_ALSO, LUO_LOSS("gone", "nobody reads it") LUO_AUTHOR("test"))
#define OLD_ITEMS	offsetof(struct flat_old, items)
#define NEW_ITEMS	offsetof(struct flat_new, items)
#define MODE_PLACE	LUO_PLACE(LUOB_SELF, 0, struct flat_old, mode)

struct list_head {
	__u64 count;
};

struct list_item_old {
	char kind[16] __luo_string;
	luo_phys_t data __luo_to_child(file, kind, id);
	__u64 id;
	__u64 len;
};

struct list_item_new {
	char kind[16] __luo_string;
	luo_phys_t data __luo_to_child(file, kind, id);
	__u64 id;
	__u32 len;
	__u32 flags;
};

struct list_old {
	char version[8] __luo_version;
	luo_phys_t items __luo_to_table(list_head, list_item_old, count);
};

struct list_new {
	char version[8] __luo_version;
	luo_phys_t items __luo_to_table(list_head, list_item_new, count);
};

#define LIST_STEP								\
	LUO_STEP("list", "list-1", struct list_old, "list-2", struct list_new,	\
		 LUO_ALSO(struct list_head) LUO_ALSO(struct list_item_old)	\
		 LUO_ALSO(struct list_item_new), LUO_AUTHOR("test"))
#define LIST_ITEMS	offsetof(struct list_old, items)
#define LIST_MAX	4096
#define OLD_AT(i)	(sizeof(struct list_head) + (__u64)(i) * sizeof(struct list_item_old))
#define NEW_AT(i)	(sizeof(struct list_head) + (__u64)(i) * sizeof(struct list_item_new))
#define OLD_DATA(i)	(OLD_AT(i) + offsetof(struct list_item_old, data))
#define NEW_DATA(i)	(NEW_AT(i) + offsetof(struct list_item_new, data))

#endif /* TEST_VERIFY_CORPUS_H */
