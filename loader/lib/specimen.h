/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: Specimens
 *
 * One record and what hangs below it, described without addresses, and made into a state
 * that the engine can read: in memory, or as a core. What the description leaves open is
 * filled so that the state is whole: version strings, counts, keys, records of other
 * families.
 */
#ifndef LUO_LIB_SPECIMEN_H
#define LUO_LIB_SPECIMEN_H

#include "core/tx.h"
#include "lib/profile.h"

/* More elements are not made: nobody would look at them. */
#define LUO_SPECIMEN_ELEMS	16384U
#define LUO_SPECIMEN_BYTES	(16U << 20)	/* of one part */

/**
 * struct luo_specimen_part - a region
 * @up:		part with the handle that leads here
 * @up_off:	its offset in @up
 * @handle:	NULL for the record itself
 * @null:	there is nothing behind the handle
 * @type:	of a record: the first part, or behind a handle to a child
 * @format:	of a child's record
 * @nr:		elements
 * @size:	bytes: head and elements
 * @bytes:	contents
 * @given:	which of them are part of the description
 */
struct luo_specimen_part {
	size_t up;
	__u64 up_off;
	const struct luob_handle *handle;
	bool null;
	const struct luob_type *type;
	const struct luob_format *format;
	__u64 nr;
	__u64 size;
	__u8 *bytes;
	__u8 *given;
};

/* An answer of the old kernel about the record. */
struct luo_specimen_answer {
	__u64 kind;
	__u64 key;
	__u64 val;
};

/**
 * struct luo_specimen - a record
 * @family:	of the record
 * @string:	its version
 * @lean:	handles that the description does not mention lead nowhere
 * @parts:	the record first
 * @answers:	to its look-ups
 */
struct luo_specimen {
	char family[LUOB_FAMILY_MAX];
	char string[LUOB_STRING_MAX];
	bool lean;
	struct luo_specimen_part *parts;
	size_t nr;
	size_t cap;
	struct luo_specimen_answer *answers;
	size_t nr_answers;
	size_t cap_answers;
};

int luo_specimen__add(struct luo_specimen *s, size_t up, __u64 up_off,
		      const struct luob_handle *h, const struct luob_type *type, __u64 nr);
void luo_specimen__put(struct luo_specimen *s, size_t part, __u64 off, __u8 val);
int luo_specimen__answer(struct luo_specimen *s, __u64 kind, __u64 key, __u64 val);
void luo_specimen__free(struct luo_specimen *s);
int luo_specimen__hang(struct luo_specimen *s, struct luo_types *catalogue,
		       const struct luob_format *format, __u64 key, char *msg, size_t msg_size);

const struct luob_format *luo_specimen__child(const struct luob_profile *profile,
					      const struct luob_handle *h);

struct luo_placed;

int luo_specimen__place(struct luo_placed **p, const struct luo_specimen *s,
			const struct luob_profile *profile, const char *kho, const char *subtree,
			char *msg, size_t msg_size);
void luo_placed__free(struct luo_placed *p);
const struct luob_kho_root *luo_placed__root(const struct luo_placed *p, __u64 *pa);
int luo_placed__space(struct luo_placed *p, struct luob_mem *mem, struct luob_ledger *l);
int luo_placed__write(struct luo_placed *p, const char *path, const char *release, char *msg,
		      size_t msg_size);
bool luo_placed__answer(const struct luo_placed *p, __u64 kind, __u64 key, __u64 *val);

#endif /* LUO_LIB_SPECIMEN_H */
