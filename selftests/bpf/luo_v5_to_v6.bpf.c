// SPDX-License-Identifier: GPL-2.0-only
/* luo-v5 to the invented luo-v600: fields move, containers stay as they are. */
#include "luo_bpf.h"
#include "luo_v6.h"

LUO_STEP("luo", "luo-v5", struct luo_ser___v5, LUO_V6_STRING, struct luo_ser___v6,
	 LUO_V6_ALSO, LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct luo_ser___v5 *old = luo_in(tx, self, 0, struct luo_ser___v5);
	struct luo_ser___v6 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct luo_ser___v6);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->compatible, LUO_V6_STRING, sizeof(LUO_V6_STRING));
	new->liveupdate_num = old->liveupdate_num;
	new->features = LUO_V6_COMMIT;
	if (luob_move(tx, t, offsetof(struct luo_ser___v6, sessions_pa),
		      self, offsetof(struct luo_ser___v5, sessions_pa)))
		return LUO_FAILED;
	return luob_move(tx, t, offsetof(struct luo_ser___v6, flbs_pa),
			 self, offsetof(struct luo_ser___v5, flbs_pa));
}
LUO_TRANSLATOR(luo_v5_to_v6);
