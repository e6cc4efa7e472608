// SPDX-License-Identifier: GPL-2.0-only
/* The upper bits are gone. */
/* refused: first */
#define PAIR_FIRST	(old->one & 0xffffffffffffULL)
#include "back.h"

LUO_TRANSLATOR(back_wrong_masked);
