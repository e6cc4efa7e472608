// SPDX-License-Identifier: GPL-2.0-only
/* The value comes back with all bits inverted. */
/* refused: first */
#define PAIR_FIRST	(~old->one)
#include "back.h"

LUO_TRANSLATOR(back_wrong_complement);
