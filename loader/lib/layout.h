/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Layouts as lists of fields, from any BTF: also with unions and pointers, which no record
 * that is translated may have, and without tags.
 */
#ifndef LUO_LIB_LAYOUT_H
#define LUO_LIB_LAYOUT_H

#include <bpf/btf.h>
#include <stdbool.h>

enum luo_span_kind {
	LUO_SPAN_UNSIGNED,
	LUO_SPAN_SIGNED,
	LUO_SPAN_POINTER,
	LUO_SPAN_STRUCT,	/* of an array, or one that is a handle */
	LUO_SPAN_UNION,
};

#define LUO_SPAN_NAME	96

/**
 * struct luo_span - one field
 * @name:	"a.b" for what is embedded
 * @last:	the part behind the last dot
 * @type:	name of its type, or of its elements' type: "" when it has none
 * @owner:	BTF id of the structure that the member is of, and
 * @member:	its number there: for tags
 * @kind:	of it, or of its elements
 * @off:	bits from the start
 * @bits:	its size
 * @nr:		elements of an array, 0 for none
 * @elem:	BTF id of the structure or union (of its elements), or 0
 * @bitfield:	declared with a width
 * @flexible:	an array without a length, which ends the structure
 */
struct luo_span {
	char name[LUO_SPAN_NAME];
	const char *last;
	const char *type;
	__u32 owner;
	int member;
	enum luo_span_kind kind;
	__u32 off;
	__u32 bits;
	__u32 nr;
	__u32 elem;
	bool bitfield;
	bool flexible;
};

/**
 * struct luo_layout - one structure or union
 * @name:	as in BTF
 * @size:	bytes
 * @fields:	in the order of offsets
 */
struct luo_layout {
	const char *name;
	__u32 size;
	size_t nr;
	struct luo_span *fields;
};

struct luo_types;

int luo_layout__read(struct luo_layout *l, const struct btf *btf, __u32 id,
		     const struct luo_types *tags, char *msg, size_t msg_size);
void luo_layout__free(struct luo_layout *l);
int luo_layout__same(const struct luo_layout *a, const struct luo_layout *b, char *text,
		     size_t size);
__s32 luo_layout__find(const struct btf *btf, const char *name);

/* Flavours ("___v1") are ours: bytes of @name without it. */
int luo_layout__base(const char *name);

#endif /* LUO_LIB_LAYOUT_H */
