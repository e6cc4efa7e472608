// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-v1 of 7.1 to luo-v1 of 7.1: what leads to records, made anew. Used only when a record
 * behind it has to be translated, because nothing of the old state is written to.
 */
#include "flb_carry.h"
#include "luo_table.h"

LUO_STEP("luo", "luo-v1", struct luo_root___v1_7_1, "luo-v1", struct luo_root___v1_7_1,
	 LUO_ALSO(struct luo_session_header_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v1)
	 LUO_ALSO(struct luo_file_ser)
	 LUO_ALSO(struct luo_flb_header_ser)
	 LUO_ALSO(struct luo_flb_ser),
	 LUO_SAME_STRING("luo-v1 as 7.1 writes and reads it, with FLBs")
	 LUO_AUTHOR("luo-bpf"));

#define SESSIONS	offsetof(struct luo_root___v1_7_1, sessions_pa)
#define FLBS		offsetof(struct luo_root___v1_7_1, flbs_pa)

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct luo_root___v1_7_1 *old = luo_in(tx, self, 0, struct luo_root___v1_7_1);
	struct luo_root___v1_7_1 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_FDT);
	new = luo_out(tx, t, 0, struct luo_root___v1_7_1);
	if (!old || !new)
		return LUO_FAILED;
	new->liveupdate_num = old->liveupdate_num;
	if (carry_table(tx, t, SESSIONS, self, SESSIONS))
		return LUO_FAILED;
	return carry_flbs(tx, t, FLBS, self, FLBS);
}
LUO_TRANSLATOR(luo_v1_7_1_carry);
