/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The calls of contract.h and the tokens of the running step. */
#ifndef LUOB_CALLS_H
#define LUOB_CALLS_H

#include "contract.h"
#include "tx.h"

#define LUOB_PROTOTYPE_(ret, name, args) LUOB_CALL ret name args;
LUOB_CALLS(LUOB_PROTOTYPE_)

int luob_step__start(struct luo_tx *tx, struct luob_region *self);
__u64 luob_step__token(struct luo_tx *tx, struct luob_region *r);
struct luob_region *luob_step__region(const struct luo_tx *tx, __u64 token);

#endif /* LUOB_CALLS_H */
