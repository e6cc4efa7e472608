// SPDX-License-Identifier: GPL-2.0-only
/* One handle comes back twice, the other never. */
/* refused: right */
#define PAIR_RIGHT	luob_move(tx, t, PAIR_1(right), self, PAIR_2(port))
#include "back.h"

LUO_TRANSLATOR(back_wrong_handle_instead);
