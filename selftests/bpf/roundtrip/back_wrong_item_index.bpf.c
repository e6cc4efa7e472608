// SPDX-License-Identifier: GPL-2.0-only
/* Elements are numbered anew. */
/* refused: items[i].id */
#define PAIR_ID		i
#include "back.h"

LUO_TRANSLATOR(back_wrong_item_index);
