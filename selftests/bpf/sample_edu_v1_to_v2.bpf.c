// SPDX-License-Identifier: GPL-2.0-only
/* What the vendor of the sample driver ships: its blob for the next kernel's driver. */
#include "luo_bpf.h"
#include "sample_edu.h"

LUO_STEP("sample-edu", SAMPLE_EDU_1, struct sample_edu_ser___v1,
	 SAMPLE_EDU_2, struct sample_edu_ser___v2, ,
	 LUO_HARDWARE("vendor=1234 device=11e8")
	 LUO_AUTHOR("sample vendor"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct sample_edu_ser___v1 *old = luo_in(tx, self, 0, struct sample_edu_ser___v1);
	struct sample_edu_ser___v2 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct sample_edu_ser___v2);
	if (!old || !new)
		return LUO_FAILED;
	new->since = old->since;
	new->id = old->id;
	new->uses = old->uses;
	new->limit = 0;
	new->mode = old->mode;
	new->reserved = 0;
	return 0;
}
LUO_TRANSLATOR(sample_edu_v1_to_v2);
