// SPDX-License-Identifier: GPL-2.0-only
/* A handle does not come back, and nobody says so. */
/* refused: right */
#define PAIR_RIGHT	0
#include "back.h"

LUO_TRANSLATOR(back_wrong_handle_null);
