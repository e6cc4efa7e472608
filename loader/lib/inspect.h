/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Looking at a state without changing it: is it whole, was it frozen, and what do its
 * records say, by their BTF. Knows containers and handles, but no family.
 */
#ifndef LUO_LIB_INSPECT_H
#define LUO_LIB_INSPECT_H

#include "lib/provenance.h"
#include "lib/state.h"
#include "lib/types.h"

/* Damage that is kept; more of it is only counted. */
#define LUO_DAMAGE_KEPT		1000

struct luo_damage {
	char rule[48];
	char record[256];
	char field[64];
	char text[256];
};

/**
 * struct luo_inspect - an inspected state
 * @st:		the state
 * @space:	its memory, for windows
 * @frozen:	was the state frozen when the snapshot was taken? the reason is in @why
 * @damage:	the first faults, @nr_kept of @nr_damage
 * @sessions:	LUO sessions
 * @files:	their files
 * @content:	bytes of content behind them
 * @unknown:	subtrees that the profile does not know
 * @loose:	preserved ranges that nothing known refers to
 * @loose_bytes: bytes of them
 * @seen:	regions that were opened: each is shown once
 * @tx:		holds the ledger and reports to @host; nothing is translated
 * @loose_fault: what to say about @loose if it turns out to be damage
 * @err:	no memory to note something
 */
struct luo_inspect {
	struct luo_state *st;
	struct luob_space *space;
	enum luob_known frozen;
	char why[160];
	struct luo_damage *damage;
	size_t nr_kept;
	__u64 nr_damage;
	__u64 sessions;
	__u64 files;
	__u64 content;
	__u32 unknown;
	__u64 loose;
	__u64 loose_bytes;
	struct luob_set seen;
	struct luo_tx tx;
	struct luob_host host;
	struct luo_damage loose_fault;
	struct luo_provenance way;
	size_t cap_damage;
	int err;
};

int luo_inspect__open(struct luo_inspect *in, struct luo_state *st);
void luo_inspect__close(struct luo_inspect *in);
const struct luob_format *luo_inspect__subtree(const struct luo_inspect *in,
					       const struct luob_subtree *s);
int luo_inspect__root(struct luo_inspect *in, const struct luob_format *format, __u64 pa,
		      struct luob_region *r, struct luob_fault *f);
const struct luob_format *luo_inspect__format(const struct luo_inspect *in,
					      const struct luob_handle *h, const void *base,
					      char *string);
int luo_inspect__behind(struct luo_inspect *in, const struct luob_handle *h,
			const struct luob_format *format, const void *base,
			struct luob_region *r, struct luob_fault *f);
int luo_inspect__order(const struct luo_inspect *in, __u64 pa);
const char *luo_inspect__node(const struct luo_inspect *in, const struct luob_region *r, __u64 i);
const void *luo_inspect__elem(const struct luo_inspect *in, const struct luob_region *r, __u64 i,
			      __u64 *off);

enum luo_field_kind {
	LUO_FIELD_NUMBER,
	LUO_FIELD_ADDRESS,
	LUO_FIELD_FLAGS,
	LUO_FIELD_STRING,
	LUO_FIELD_NUMBERS,	/* an array of integers */
	LUO_FIELD_BYTES,	/* anything else */
	LUO_FIELD_STRUCT,
	LUO_FIELD_HANDLE,
};

/**
 * struct luo_field - one member of a structure
 * @name:	as in BTF
 * @kind:	enum luo_field_kind
 * @off:	bytes from the start of the record
 * @size:	bytes
 * @bit_off:	bits from the start of the record
 * @bits:	width of a number
 * @each:	bytes of one of several numbers
 * @id:		BTF id behind names: of the inner structure
 * @negative:	numbers have a sign
 * @unique:	what distinguishes an element from its neighbours
 * @version:	the record's own version
 * @reserved:	to be zero
 * @counted:	the count, size or string of a handle: shown with that
 * @handle:	when there is one
 * @flags:	enumeration that names the bits
 * @types:	where @id and @flags are
 */
struct luo_field {
	const char *name;
	enum luo_field_kind kind;
	__u32 off;
	__u32 size;
	__u32 bit_off;
	__u32 bits;
	__u32 each;
	__u32 id;
	bool negative;
	bool unique;
	bool version;
	bool reserved;
	bool counted;
	const struct luob_handle *handle;
	char flags[64];
	struct luo_types *types;
};

bool luo_field__get(const struct luob_type *t, __u32 id, int i, __u32 base, struct luo_field *f);
__u64 luo_field__number(const struct luo_field *f, const void *record, __u32 index);
const char *luo_field__bit(const struct luo_field *f, __u64 *value);
size_t luo_type__base(const struct luob_type *t);

#endif /* LUO_LIB_INSPECT_H */
