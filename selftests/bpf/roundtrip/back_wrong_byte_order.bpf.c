// SPDX-License-Identifier: GPL-2.0-only
/* The value comes back in another byte order. */
/* refused: first */
#define PAIR_FIRST	__builtin_bswap64(old->one)
#include "back.h"

LUO_TRANSLATOR(back_wrong_byte_order);
