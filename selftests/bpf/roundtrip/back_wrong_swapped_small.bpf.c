// SPDX-License-Identifier: GPL-2.0-only
/* The same with fields that were widened. */
/* refused: small, other */
#define PAIR_SMALL	old->broad
#define PAIR_OTHER	old->wide
#include "back.h"

LUO_TRANSLATOR(back_wrong_swapped_small);
