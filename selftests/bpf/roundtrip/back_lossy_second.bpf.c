// SPDX-License-Identifier: GPL-2.0-only
/* A field is declared lost. */
/* lost: second */
#define PAIR_LOSSES	LUO_LOSS("two", "pair-1 computes it anew")
#define PAIR_SECOND	0
#include "back.h"

LUO_TRANSLATOR(back_lossy_second);
