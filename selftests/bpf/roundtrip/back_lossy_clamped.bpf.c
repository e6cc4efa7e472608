// SPDX-License-Identifier: GPL-2.0-only
/* A field is declared lost, and only large values are. */
/* lost: second */
#define PAIR_LOSSES	LUO_LOSS("two", "pair-1 ends at 1000")
#define PAIR_SECOND	(old->two > 1000 ? 1000 : old->two)
#include "back.h"

LUO_TRANSLATOR(back_lossy_clamped);
