// SPDX-License-Identifier: GPL-2.0-only
/* All elements come back as the first one. */
/* refused: items[i].id */
#define PAIR_FROM	0
#include "back.h"

LUO_TRANSLATOR(back_wrong_order_first);
