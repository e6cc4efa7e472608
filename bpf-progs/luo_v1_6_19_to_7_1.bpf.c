// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-v1 of 6.19 to luo-v1 of 7.1: the string is the same, but a reader without
 * the luo-flb node panics. It gets a page that counts nothing. Sessions and files
 * are carried entry by entry, because the records behind files change.
 */
#include "flb_page.h"
#include "luo_table.h"

LUO_STEP("luo", "luo-v1", struct luo_root___v1_6_19, "luo-v1", struct luo_root___v1_7_1,
	 LUO_ALSO(struct luo_session_header_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v1)
	 LUO_ALSO(struct luo_file_ser)
	 LUO_ALSO(struct luo_flb_header_ser)
	 LUO_ALSO(struct luo_flb_ser),
	 LUO_SAME_STRING("both releases write luo-v1; the layouts of 6.19 and 7.1 are checked")
	 LUO_AUTHOR("luo-bpf"));

#define OLD_SESSIONS	offsetof(struct luo_root___v1_6_19, sessions_pa)
#define NEW_SESSIONS	offsetof(struct luo_root___v1_7_1, sessions_pa)
#define NEW_FLBS	offsetof(struct luo_root___v1_7_1, flbs_pa)

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct luo_root___v1_6_19 *old = luo_in(tx, self, 0, struct luo_root___v1_6_19);
	struct luo_root___v1_7_1 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_FDT);
	new = luo_out(tx, t, 0, struct luo_root___v1_7_1);
	if (!old || !new)
		return LUO_FAILED;
	new->liveupdate_num = old->liveupdate_num;
	if (carry_table(tx, t, NEW_SESSIONS, self, OLD_SESSIONS))
		return LUO_FAILED;
	return add_flb_page(tx, t, NEW_FLBS);
}
LUO_TRANSLATOR(luo_v1_6_19_to_7_1);
