// SPDX-License-Identifier: GPL-2.0-only
/* One less comes back, where there is one less. */
/* refused: second */
#define PAIR_SECOND	(old->two ? old->two - 1 : 0)
#include "back.h"

LUO_TRANSLATOR(back_wrong_off_by_one_tested);
