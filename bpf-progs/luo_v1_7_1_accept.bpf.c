// SPDX-License-Identifier: GPL-2.0-only
/* What 7.1 demands of its luo-v1 root: a missing session table or FLB page panics. */
#include "flb_accept.h"
#include "luo_accept.h"

LUO_READS("luo", "luo-v1", struct luo_root___v1_7_1,
	  LUO_ALSO(struct luo_session_header_ser___v1)
	  LUO_ALSO(struct luo_session_ser___v1)
	  LUO_ALSO(struct luo_file_ser)
	  LUO_ALSO(struct luo_flb_header_ser)
	  LUO_ALSO(struct luo_flb_ser),
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	__u64 sessions, flbs;

	sessions = luob_ref(tx, self, offsetof(struct luo_root___v1_7_1, sessions_pa));
	if (!sessions)
		return luob_refuse(tx, HANDLE_MISSING,
				   LUO_PLACE(self, 0, struct luo_root___v1_7_1, sessions_pa), 0);
	flbs = luob_ref(tx, self, offsetof(struct luo_root___v1_7_1, flbs_pa));
	if (!flbs)
		return luob_refuse(tx, HANDLE_MISSING,
				   LUO_PLACE(self, 0, struct luo_root___v1_7_1, flbs_pa), 0);
	if (accept_sessions(tx, sessions, sizeof(struct luo_session_header_ser___v1)))
		return LUO_FAILED;
	return accept_flbs(tx, flbs);
}
LUO_ACCEPTOR(luo_v1_7_1_accept);
