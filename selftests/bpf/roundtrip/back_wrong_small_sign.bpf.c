// SPDX-License-Identifier: GPL-2.0-only
/* Sign extension of what had no sign. */
/* refused: first */
#define PAIR_FIRST	(__u64)(__s64)(__s32)old->one
#include "back.h"

LUO_TRANSLATOR(back_wrong_small_sign);
