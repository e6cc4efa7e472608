/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What changes between two kernels' formats, as named findings in classes. */
#ifndef LUO_LIB_DIFF_H
#define LUO_LIB_DIFF_H

#include "lib/abi.h"

/* What it takes, ascending. Anything above LUO_DIFF_NOTE makes formats incompatible. */
enum luo_diff_class {
	LUO_DIFF_SAME,
	LUO_DIFF_NOTE,		/* nothing: bytes are read as they were written */
	LUO_DIFF_MECHANICAL,	/* a translator, which luo-load gen writes */
	LUO_DIFF_DECISION,	/* a translator, and a person who decides something */
	LUO_DIFF_TRAP,		/* as before; and nothing tells the reader that it is wrong */
	LUO_DIFF_NR_CLASSES,
};

enum luo_rule {
	LUO_SAME,
	LUO_MOVED,
	LUO_WIDENED,
	LUO_NARROWED,
	LUO_RETYPED,
	LUO_RENAMED,
	LUO_ADDED,
	LUO_REMOVED,
	LUO_SWAPPED,
	LUO_PADDING_USED,
	LUO_PADDING_MADE,
	LUO_BITS_MOVED,
	LUO_BITS_TO_FIELD,
	LUO_ARRAY_RESIZED,
	LUO_STRING_RESIZED,
	LUO_UNALIGNED,
	LUO_KERNEL_POINTER,
	LUO_RESIZED,
	LUO_TARGET_CHANGED,
	LUO_ARRAY_TO_CHAIN,
	LUO_CHAIN_TO_ARRAY,
	LUO_COUNT_MOVED,
	LUO_CONTAINER,
	LUO_PROPERTY_MOVED,
	LUO_MEANING,
	LUO_FLAGS_CHANGED,
	LUO_ORDER_DROPPED,
	LUO_ORDER_MADE,
	LUO_CONFIG_SIZE,
	LUO_TYPE_NAME,
	LUO_STRING_ONLY,
	LUO_SAME_STRING,
	LUO_FAMILY_ADDED,
	LUO_FAMILY_REMOVED,
	LUO_NOT_CERTAIN,
	LUO_NR_RULES,
};

/**
 * struct luo_finding - one difference, or one field without one (LUO_SAME)
 * @rule:	which
 * @class:	how severe
 * @family:	or "" when structures are compared
 * @type:	structure, without flavour
 * @field:	or "" for all of it
 * @text:	the details
 * @waived:	the reason that a waiver gives, or NULL
 */
struct luo_finding {
	enum luo_rule rule;
	enum luo_diff_class class;
	char family[LUOB_FAMILY_MAX];
	char type[64];
	char field[96];
	char text[200];
	const char *waived;
};

struct luo_waiver;

/**
 * struct luo_diff - all differences
 * @findings:	@nr of them, in the order of families, structures and fields
 * @waivers:	read by luo_diff__waive()
 */
struct luo_diff {
	struct luo_finding *findings;
	size_t nr;
	size_t cap;
	struct luo_waiver *waivers;
	size_t nr_waivers;
	size_t cap_waivers;
};

/**
 * struct luo_diff_side - one of two records
 * @types:	where it is
 * @id:		BTF id, 0 for a format without a structure
 * @string:	version
 */
struct luo_diff_side {
	struct luo_types *types;
	__u32 id;
	const char *string;
};

int luo_diff__records(struct luo_diff *d, const char *family, const struct luo_diff_side *a,
		      const struct luo_diff_side *b);
int luo_diff__abi(struct luo_diff *d, const struct luo_abi *a, const struct luo_abi *b,
		  struct luo_types *catalogue, char *msg, size_t msg_size);
int luo_diff__waive(struct luo_diff *d, const char *path, char *msg, size_t msg_size);
const char *luo_diff__unused(const struct luo_diff *d, size_t *at);
void luo_diff__free(struct luo_diff *d);
const char *luo_rule__name(enum luo_rule rule);
const char *luo_rule__about(enum luo_rule rule);
enum luo_diff_class luo_rule__class(enum luo_rule rule);
const char *luo_diff_class__name(enum luo_diff_class class);

/* For the parts. */
__attribute__((format(printf, 6, 7)))
int luo_diff__add(struct luo_diff *d, enum luo_rule rule, const char *family, const char *type,
		  const char *field, const char *fmt, ...);

#endif /* LUO_LIB_DIFF_H */
