// SPDX-License-Identifier: GPL-2.0-only
/* Two handles of one type come back in each other's place. */
/* refused: left, right */
#define PAIR_LEFT	luob_move(tx, t, PAIR_1(left), self, PAIR_2(starboard))
#define PAIR_RIGHT	luob_move(tx, t, PAIR_1(right), self, PAIR_2(port))
#include "back.h"

LUO_TRANSLATOR(back_wrong_handles);
