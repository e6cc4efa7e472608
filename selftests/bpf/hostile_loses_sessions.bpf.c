// SPDX-License-Identifier: GPL-2.0-only
/* Drops all sessions, and does not declare that. */
#include "luo_bpf.h"
#include "abi/luo.h"

LUO_STEP("luo", "luo-v1", struct luo_root___v1_7_1, "luo-v5", struct luo_ser___v5,
	 LUO_ALSO(struct luo_session_header_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v5)
	 LUO_ALSO(struct luo_file_ser)
	 LUO_ALSO(struct luo_flb_header_ser)
	 LUO_ALSO(struct luo_flb_ser),
	 LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct luo_root___v1_7_1 *old = luo_in(tx, self, 0, struct luo_root___v1_7_1);
	struct luo_ser___v5 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct luo_ser___v5);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->compatible, "luo-v5\0", sizeof(new->compatible));
	new->liveupdate_num = old->liveupdate_num;
	if (luob_drop(tx, self, offsetof(struct luo_root___v1_7_1, sessions_pa), LUOB_LOST))
		return LUO_FAILED;
	return luob_move(tx, t, offsetof(struct luo_ser___v5, flbs_pa),
			 self, offsetof(struct luo_root___v1_7_1, flbs_pa));
}
LUO_TRANSLATOR(hostile_loses_sessions);
