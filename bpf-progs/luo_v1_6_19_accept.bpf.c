// SPDX-License-Identifier: GPL-2.0-only
/* What 6.19 demands of its luo-v1 root. */
#include "luo_accept.h"

LUO_READS("luo", "luo-v1", struct luo_root___v1_6_19,
	  LUO_ALSO(struct luo_session_header_ser___v1)
	  LUO_ALSO(struct luo_session_ser___v1)
	  LUO_ALSO(struct luo_file_ser),
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	__u64 sessions;

	sessions = luob_ref(tx, self, offsetof(struct luo_root___v1_6_19, sessions_pa));
	if (!sessions)
		return luob_refuse(tx, HANDLE_MISSING,
				   LUO_PLACE(self, 0, struct luo_root___v1_6_19, sessions_pa), 0);
	return accept_sessions(tx, sessions, sizeof(struct luo_session_header_ser___v1));
}
LUO_ACCEPTOR(luo_v1_6_19_accept);
