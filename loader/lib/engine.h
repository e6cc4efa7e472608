/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The interpreter as an engine of the transaction: contract calls for vm/. */
#ifndef LUO_LIB_ENGINE_H
#define LUO_LIB_ENGINE_H

#include "core/tx.h"
#include "vm/vm.h"

const struct vm_call *luo_engine__calls(size_t *nr);
int luo_engine__run(struct vm *vm, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		    __u64 arg, __s64 *ret, struct luob_fault *f);

#endif /* LUO_LIB_ENGINE_H */
