// SPDX-License-Identifier: GPL-2.0-only
/* The elements are given up as if they had been carried. */
/* refused: items */
#define PAIR_NR		0
#include "back.h"

LUO_TRANSLATOR(back_wrong_items_null);
