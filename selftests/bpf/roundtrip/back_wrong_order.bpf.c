// SPDX-License-Identifier: GPL-2.0-only
/* Elements come back in the opposite order. */
/* refused: items[i].id */
#define PAIR_FROM	(nr - 1 - i)
#include "back.h"

LUO_TRANSLATOR(back_wrong_order);
