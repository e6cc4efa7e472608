// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel with the invented luo-v600 would demand. */
#include "flb_accept.h"
#include "luo_accept.h"
#include "luo_v6.h"

LUO_READS("luo", LUO_V6_STRING, struct luo_ser___v6, LUO_V6_ALSO, LUO_AUTHOR("test"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct luo_ser___v6 *r = luo_in(tx, self, 0, struct luo_ser___v6);
	__u64 sessions, flbs;

	if (!r)
		return LUO_FAILED;
	if (!luo_is(r->compatible, LUO_V6_STRING))
		return luob_refuse(tx, WRONG_STRING, LUOB_AT(self, 0), 0);
	if (!(r->features & LUO_V6_COMMIT))
		return luob_refuse(tx, RESERVED_NOT_ZERO,
				   LUO_PLACE(self, 0, struct luo_ser___v6, features), r->features);
	sessions = luob_ref(tx, self, offsetof(struct luo_ser___v6, sessions_pa));
	if (sessions && accept_sessions(tx, sessions, 0))
		return LUO_FAILED;
	flbs = luob_ref(tx, self, offsetof(struct luo_ser___v6, flbs_pa));
	return flbs ? accept_flbs(tx, flbs) : 0;
}
LUO_ACCEPTOR(luo_v6_accept);
