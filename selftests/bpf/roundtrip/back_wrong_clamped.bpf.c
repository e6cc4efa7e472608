// SPDX-License-Identifier: GPL-2.0-only
/* Large values come back as the largest one that somebody thought of. */
/* refused: second */
#define PAIR_SECOND	(old->two > 1000 ? 1000 : old->two)
#include "back.h"

LUO_TRANSLATOR(back_wrong_clamped);
