// SPDX-License-Identifier: GPL-2.0-only
/* Units are converted in one direction only. */
/* refused: second */
#define PAIR_SECOND	(old->two << 1)
#include "back.h"

LUO_TRANSLATOR(back_wrong_halved);
