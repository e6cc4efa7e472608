// SPDX-License-Identifier: GPL-2.0-only
/* Everything comes back. */
#include "back.h"

LUO_TRANSLATOR(back_right);
