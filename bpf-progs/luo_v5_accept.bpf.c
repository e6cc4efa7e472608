// SPDX-License-Identifier: GPL-2.0-only
/* What 7.2 and 7.3 demand of a luo-v5 root: another string panics. */
#include "flb_accept.h"
#include "luo_accept.h"

LUO_READS("luo", "luo-v5", struct luo_ser___v5,
	  LUO_ALSO(struct luo_session_ser___v5)
	  LUO_ALSO(struct luo_file_ser)
	  LUO_ALSO(struct luo_flb_header_ser)
	  LUO_ALSO(struct luo_flb_ser),
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct luo_ser___v5 *r = luo_in(tx, self, 0, struct luo_ser___v5);
	__u64 sessions, flbs;

	if (!r)
		return LUO_FAILED;
	if (!luo_is(r->compatible, "luo-v5"))
		return luob_refuse(tx, WRONG_STRING, LUOB_AT(self, 0), 0);
	sessions = luob_ref(tx, self, offsetof(struct luo_ser___v5, sessions_pa));
	if (sessions && accept_sessions(tx, sessions, 0))
		return LUO_FAILED;
	flbs = luob_ref(tx, self, offsetof(struct luo_ser___v5, flbs_pa));
	return flbs ? accept_flbs(tx, flbs) : 0;
}
LUO_ACCEPTOR(luo_v5_accept);
