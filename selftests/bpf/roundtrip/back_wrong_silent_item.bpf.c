// SPDX-License-Identifier: GPL-2.0-only
/* The same for elements. */
/* refused: silent */
#define PAIR_ID		({ if (old->tag == 5) return LUO_FAILED; old->tag; })
#include "back.h"

LUO_TRANSLATOR(back_wrong_silent_item);
