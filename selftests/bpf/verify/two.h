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

/* Elements of a region of the source. */
static __always_inline __u64 two_count(struct luo_tx *tx, __u64 in)
{
	return (luob_size(tx, in) - sizeof(struct two_head)) / sizeof(struct two_item);
}

/* A table for @nr elements, in the handle at @off of @t; 0 when that fails. */
static __always_inline __u64 two_table(struct luo_tx *tx, __u64 t, __u64 off, __u64 nr)
{
	__u64 bytes = sizeof(struct two_head) + nr * sizeof(struct two_wide);
	__u64 out = luob_new(tx, bytes, LUOB_CONTIG);
	struct two_head *head = luo_out(tx, out, 0, struct two_head);

	if (!head || luob_link(tx, t, off, out))
		return 0;
	head->count = nr;
	return out;
}

static __always_inline int two_carry(struct luo_tx *tx, __u64 out, __u64 to, __u64 in,
				     __u64 from)
{
	const struct two_item *old = luo_in(tx, in, OLD_AT(from), struct two_item);
	struct two_wide *new = luo_out(tx, out, NEW_AT(to), struct two_wide);

	if (!old || !new)
		return LUO_FAILED;
	new->id = old->id;
	new->len = old->len;
	new->flags = 0;
	return 0;
}

#endif /* TEST_VERIFY_TWO_H */
