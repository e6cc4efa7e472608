/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Layouts that selftests/force writes programs for. The code of these objects is only room:
 * it is replaced.
 */
#ifndef TEST_FORCE_FRAME_H
#define TEST_FORCE_FRAME_H

#include "luo_bpf.h"

#define FRAME_CODE								\
	SEC("struct_ops.s/translate")						\
	int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)	\
	{									\
		asm volatile(".rept 700; goto +0; .endr");			\
		luob_new(tx, 0, 0);						\
		luob_out(tx, 0, 0, 1);						\
		luob_in(tx, 0, 0, 1);						\
		luob_move(tx, 0, 0, 0, 0);					\
		return LUO_FAILED;						\
	}

#endif /* TEST_FORCE_FRAME_H */
