// SPDX-License-Identifier: GPL-2.0-only
/* One value of an element becomes another one. */
/* refused: items[i].kind */
#define PAIR_KIND	(old->sort == 3 ? 4 : old->sort)
#include "back.h"

LUO_TRANSLATOR(back_wrong_item_default);
