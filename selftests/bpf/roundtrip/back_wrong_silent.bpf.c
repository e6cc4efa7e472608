// SPDX-License-Identifier: GPL-2.0-only
/* Some values are an error, and no rule says which. */
/* refused: silent */
#define PAIR_TEST	if (old->two > 1000) return LUO_FAILED;
#include "back.h"

LUO_TRANSLATOR(back_wrong_silent);
