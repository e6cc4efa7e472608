// SPDX-License-Identifier: GPL-2.0-only
/* A value that looks unset comes back as a default. */
/* refused: second */
#define PAIR_SECOND	(old->two ? old->two : 7)
#include "back.h"

LUO_TRANSLATOR(back_wrong_default);
