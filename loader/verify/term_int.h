/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between term.c and sum.c. */
#ifndef LUO_VERIFY_TERM_INT_H
#define LUO_VERIFY_TERM_INT_H

#include "term.h"

/* Of 64 bits, each may be a part of its own. */
#define TERM_ARGS	64

const struct term *term__intern(struct terms *ts, const struct term *like,
				const struct term **args, const __u64 *coef);

#endif /* LUO_VERIFY_TERM_INT_H */
