// SPDX-License-Identifier: GPL-2.0-only
/*
 * One step of a vendor for some hardware: compiled by selftests/oracle/hardware.py with
 * LIMIT, "LUO_HARDWARE(...)" or nothing, and BY, the number that its records get.
 */
#include "luo_bpf.h"
#include "sample_hw.h"

#ifndef LIMIT
#define LIMIT
#endif
#ifndef BY
#define BY	0
#endif

LUO_STEP("sample-hw", "sample-hw-1", struct sample_hw_ser___v1,
	 "sample-hw-2", struct sample_hw_ser___v2, ,
	 LUO_AUTHOR("sample vendor") LIMIT);

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct sample_hw_ser___v1 *old = luo_in(tx, self, 0, struct sample_hw_ser___v1);
	struct sample_hw_ser___v2 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct sample_hw_ser___v2);
	if (!old || !new)
		return LUO_FAILED;
	new->value = old->value;
	new->count = old->count;
	new->by = BY;
	new->reserved = 0;
	return 0;
}
LUO_TRANSLATOR(sample_hw);
