// SPDX-License-Identifier: GPL-2.0-only
/* A field of the elements is declared lost. */
/* lost: items[i].kind */
#define PAIR_LOSSES	LUO_LOSS("sort", "all are of one kind")
#define PAIR_KIND	1
#include "back.h"

LUO_TRANSLATOR(back_lossy_item);
