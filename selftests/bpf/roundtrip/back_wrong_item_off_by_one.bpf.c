// SPDX-License-Identifier: GPL-2.0-only
/* A field of the elements is one more. */
/* refused: items[i].id */
#define PAIR_ID		(old->tag + 1)
#include "back.h"

LUO_TRANSLATOR(back_wrong_item_off_by_one);
