// SPDX-License-Identifier: GPL-2.0-only
/* Two fields of the elements come back in each other's place. */
/* refused: items[i].len, items[i].kind */
#define PAIR_LEN	old->sort
#define PAIR_KIND	old->bytes
#include "back.h"

LUO_TRANSLATOR(back_wrong_item_swapped);
