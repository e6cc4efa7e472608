// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-v1 of 7.1 to luo-v1 of 6.19: file-lifecycle-bound data did not exist there,
 * so any entry is refused and only the empty page is given up.
 */
#include "luo_table.h"

LUO_STEP("luo", "luo-v1", struct luo_root___v1_7_1, "luo-v1", struct luo_root___v1_6_19,
	 LUO_ALSO(struct luo_session_header_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v1)
	 LUO_ALSO(struct luo_file_ser)
	 LUO_ALSO(struct luo_flb_header_ser)
	 LUO_ALSO(struct luo_flb_ser),
	 LUO_SAME_STRING("both releases write luo-v1; the layouts of 7.1 and 6.19 are checked")
	 LUO_LOSS("flbs_pa", "6.19 has none: entries are refused, the empty page is dropped")
	 LUO_AUTHOR("luo-bpf"));

#define OLD_SESSIONS	offsetof(struct luo_root___v1_7_1, sessions_pa)
#define NEW_SESSIONS	offsetof(struct luo_root___v1_6_19, sessions_pa)
#define OLD_FLBS	offsetof(struct luo_root___v1_7_1, flbs_pa)

static __noinline int drop_flbs(struct luo_tx *tx, __u64 self)
{
	const struct luo_flb_header_ser *head;
	__u64 flbs;

	flbs = luob_ref(tx, self, OLD_FLBS);
	if (!flbs)
		return luob_refuse(tx, HANDLE_MISSING, LUOB_AT(self, OLD_FLBS), 0);
	head = luo_in(tx, flbs, 0, struct luo_flb_header_ser);
	if (!head)
		return LUO_FAILED;
	if (head->count)
		return luob_refuse(tx, FLB_LOST,
				   LUO_PLACE(flbs, 0, struct luo_flb_header_ser, count),
				   head->count);
	return luob_drop(tx, self, OLD_FLBS, LUOB_LOST);
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct luo_root___v1_7_1 *old = luo_in(tx, self, 0, struct luo_root___v1_7_1);
	struct luo_root___v1_6_19 *new;
	__u64 t;

	if (drop_flbs(tx, self))
		return LUO_FAILED;
	t = luob_new(tx, sizeof(*new), LUOB_FDT);
	new = luo_out(tx, t, 0, struct luo_root___v1_6_19);
	if (!old || !new)
		return LUO_FAILED;
	new->liveupdate_num = old->liveupdate_num;
	return carry_table(tx, t, NEW_SESSIONS, self, OLD_SESSIONS);
}
LUO_TRANSLATOR(luo_v1_7_1_to_6_19);
