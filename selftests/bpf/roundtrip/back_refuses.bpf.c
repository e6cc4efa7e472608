// SPDX-License-Identifier: GPL-2.0-only
/* Not all come back, and a rule says which do not. */
/* refuses: VALUE_TOO_WIDE */
#define PAIR_TEST							\
	if (old->two > 1000)						\
		return luob_refuse(tx, VALUE_TOO_WIDE, LUOB_AT(self, 0), old->two);
#include "back.h"

LUO_TRANSLATOR(back_refuses);
