/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What one path knows: conditions that hold, newest first, shared by forks. */
#ifndef LUO_VERIFY_PATH_H
#define LUO_VERIFY_PATH_H

#include "term.h"

struct fact {
	const struct fact *prev;
	const struct term *cond;	/* of one bit; true */
	__u32 insn;
};

struct term_range {
	__u64 min;
	__u64 max;
};

const struct fact *path__assume(struct terms *ts, const struct fact *facts,
				const struct term *cond, __u32 insn);
struct term_range path__range(struct terms *ts, const struct fact *facts, const struct term *t);
int path__decide(struct terms *ts, const struct fact *facts, const struct term *cond);
const struct term *path__norm(struct terms *ts, const struct fact *facts, const struct term *t);
bool path__equal(struct terms *ts, const struct fact *facts, const struct term *a,
		 const struct term *b);

#endif /* LUO_VERIFY_PATH_H */
