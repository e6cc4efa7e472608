// SPDX-License-Identifier: GPL-2.0-only
/* What the sample driver demands of its blob. */
#include "luo_bpf.h"
#include "sample_edu.h"

LUO_READS("sample-edu", SAMPLE_EDU_2, struct sample_edu_ser___v2,
	  LUO_ALSO(enum sample_edu_rule),
	  LUO_AUTHOR("sample vendor"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct sample_edu_ser___v2 *s = luo_in(tx, self, 0, struct sample_edu_ser___v2);

	if (!s)
		return LUO_FAILED;
	if ((s->id & 0xff) != SAMPLE_EDU_ID)
		return luob_refuse(tx, SAMPLE_EDU_OTHER_DEVICE,
				   LUO_PLACE(self, 0, struct sample_edu_ser___v2, id), s->id);
	return 0;
}
LUO_ACCEPTOR(sample_edu_v2_accept);
