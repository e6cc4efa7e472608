// SPDX-License-Identifier: GPL-2.0-only
/* A handle is declared lost. */
/* lost: right */
#define PAIR_LOSSES	LUO_LOSS("starboard", "pair-1 has no right")
#define PAIR_RIGHT	luob_drop(tx, self, PAIR_2(starboard), LUOB_LOST)
#include "back.h"

LUO_TRANSLATOR(back_lossy_right);
