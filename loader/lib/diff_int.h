/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Inside of diff_record.c and diff_tags.c. */
#ifndef LUO_LIB_DIFF_INT_H
#define LUO_LIB_DIFF_INT_H

#include "lib/diff.h"
#include "lib/layout.h"

#define MAX_PAIRS	128
#define NONE		((size_t)-1)

/* @tags: there are any: a kernel's own BTF has none, and nothing follows from that. */
struct diff_side {
	struct luo_types *types;
	const struct btf *btf;
	bool tags;
};

struct differ {
	struct luo_diff *diff;
	const char *family;
	struct diff_side a;
	struct diff_side b;
	__u32 done[MAX_PAIRS][2];
	size_t nr_done;
	char msg[200];
	int err;
};

/* Two structures; @of_a has for each field of @a its counterpart's number in @b, or NONE. */
struct pairing {
	struct luo_layout a;
	struct luo_layout b;
	__u32 id_a;
	__u32 id_b;
	size_t *of_a;
	size_t *of_b;
};

void diff_structs(struct differ *d, __u32 a, __u32 b);
void diff_struct_tags(struct differ *d, const struct pairing *p);
void diff_follow(struct differ *d, __u32 a, __u32 b);
void diff_field_tags(struct differ *d, const struct pairing *p, const struct luo_span *x,
		     const struct luo_span *y);
const char *diff_tag(const struct diff_side *side, const struct luo_span *s, const char *word);
bool diff_reserved(const struct differ *d, const struct diff_side *side,
		   const struct luo_span *s);
bool diff_is_follower(const struct differ *d, const struct pairing *p, const struct luo_span *s);
size_t diff_swapped(const struct pairing *p, size_t i);
void diff_add_class(struct differ *d, enum luo_rule rule, enum luo_diff_class class,
		    const struct pairing *p, const struct luo_span *s, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
void diff_add(struct differ *d, enum luo_rule rule, const struct pairing *p,
	      const struct luo_span *s, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif /* LUO_LIB_DIFF_INT_H */
