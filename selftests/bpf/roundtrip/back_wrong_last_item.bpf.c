// SPDX-License-Identifier: GPL-2.0-only
/* The last element does not come back. */
/* refused: items */
#define PAIR_NR		(nr ? nr - 1 : 0)
#include "back.h"

LUO_TRANSLATOR(back_wrong_last_item);
