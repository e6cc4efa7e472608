// SPDX-License-Identifier: GPL-2.0-only
/* sample_any, as a later release calls it. */
#include "sample_any.c"
