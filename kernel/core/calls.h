/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The calls of contract.h and the tokens of the running step. */
#ifndef LUOB_CALLS_H
#define LUOB_CALLS_H

#include "contract.h"
#include "tx.h"

#define LUOB_PROTOTYPE_(ret, name, args) LUOB_CALL ret name args;
LUOB_CALLS(LUOB_PROTOTYPE_)

#define LUOB_CALL_COST	16	/* of a step's budget */

int luob_step__start(struct luo_tx *tx, struct luob_region *self);
__u64 luob_step__token(struct luo_tx *tx, struct luob_region *r);
struct luob_region *luob_step__region(const struct luo_tx *tx, __u64 token);

bool luob_step__charge(struct luo_tx *tx, __u64 cost);
__u64 luob_region__worth(const struct luob_region *r);

#endif /* LUOB_CALLS_H */
