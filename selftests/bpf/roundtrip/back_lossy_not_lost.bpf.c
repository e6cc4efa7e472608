// SPDX-License-Identifier: GPL-2.0-only
/* A loss is declared that is none. */
#define PAIR_LOSSES	LUO_LOSS("two", "in theory")
#include "back.h"

LUO_TRANSLATOR(back_lossy_not_lost);
