// SPDX-License-Identifier: GPL-2.0-only
/* The invented luo-v600 back to luo-v5: a feature that luo-v5 cannot keep is refused. */
#include "luo_bpf.h"
#include "luo_v6.h"

LUO_STEP("luo", LUO_V6_STRING, struct luo_ser___v6, "luo-v5", struct luo_ser___v5,
	 LUO_V6_ALSO,
	 LUO_LOSS("features", "luo-v5 has the first of them always; others are refused")
	 LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct luo_ser___v6 *old = luo_in(tx, self, 0, struct luo_ser___v6);
	struct luo_ser___v5 *new;
	__u64 t;

	if (!old)
		return LUO_FAILED;
	if (old->features & ~(__u64)LUO_V6_COMMIT)
		return luob_refuse(tx, VALUE_TOO_WIDE,
				   LUO_PLACE(self, 0, struct luo_ser___v6, features),
				   old->features);
	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct luo_ser___v5);
	if (!new)
		return LUO_FAILED;
	__builtin_memcpy(new->compatible, "luo-v5\0", sizeof(new->compatible));
	new->liveupdate_num = old->liveupdate_num;
	if (luob_move(tx, t, offsetof(struct luo_ser___v5, sessions_pa),
		      self, offsetof(struct luo_ser___v6, sessions_pa)))
		return LUO_FAILED;
	return luob_move(tx, t, offsetof(struct luo_ser___v5, flbs_pa),
			 self, offsetof(struct luo_ser___v6, flbs_pa));
}
LUO_TRANSLATOR(luo_v6_to_v5);
