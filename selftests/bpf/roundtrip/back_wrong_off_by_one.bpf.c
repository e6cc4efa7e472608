// SPDX-License-Identifier: GPL-2.0-only
/* One more comes back. */
/* refused: second */
#define PAIR_SECOND	(old->two + 1)
#include "back.h"

LUO_TRANSLATOR(back_wrong_off_by_one);
