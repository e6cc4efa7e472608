// SPDX-License-Identifier: GPL-2.0-only
/* Makes a record that is smaller than its type. */
#include "luo_bpf.h"

#define luob_new(tx, bytes, kind) (luob_new)(tx, (bytes) == 32 ? 8 : (bytes), kind)

#include "v1_to_v5_moved.h"
