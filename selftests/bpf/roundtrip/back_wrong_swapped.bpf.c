// SPDX-License-Identifier: GPL-2.0-only
/* Two fields come back in each other's place. */
/* refused: first, second */
#define PAIR_FIRST	old->two
#define PAIR_SECOND	old->one
#include "back.h"

LUO_TRANSLATOR(back_wrong_swapped);
