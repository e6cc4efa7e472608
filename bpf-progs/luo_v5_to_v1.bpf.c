// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-v5 of 7.2 and 7.3 back to luo-v1 as 7.1 reads it: chains become contiguous
 * arrays, the root an FDT. 7.1 takes more files and sessions than its users may
 * create (luo_file_deserialize() takes any count); only what exceeds one allocation of
 * 4 MiB is refused. Both nodes are mandatory there, so a null FLB handle becomes an
 * empty page.
 */
#include "flb_carry.h"
#include "flb_page.h"
#include "luo_session.h"

LUO_STEP("luo", "luo-v5", struct luo_ser___v5, "luo-v1", struct luo_root___v1_7_1,
	 LUO_ALSO(struct luo_session_header_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v5)
	 LUO_ALSO(struct luo_file_ser)
	 LUO_ALSO(struct luo_flb_header_ser)
	 LUO_ALSO(struct luo_flb_ser),
	 LUO_SAME_STRING("luo-v1 as 7.1 reads it, with FLBs")
	 LUO_AUTHOR("luo-bpf"));

#define OLD_SESSIONS	offsetof(struct luo_ser___v5, sessions_pa)
#define NEW_SESSIONS	offsetof(struct luo_root___v1_7_1, sessions_pa)
#define OLD_FLBS	offsetof(struct luo_ser___v5, flbs_pa)
#define NEW_FLBS	offsetof(struct luo_root___v1_7_1, flbs_pa)

static __noinline int carry_session(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	__u64 ioff = i * sizeof(struct luo_session_ser___v5);
	__u64 ooff = sizeof(struct luo_session_header_ser___v1) +
		     i * sizeof(struct luo_session_ser___v1);
	const struct luo_session_ser___v5 *old = luo_in(tx, in, ioff, struct luo_session_ser___v5);
	struct luo_session_ser___v1 *new = luo_out(tx, out, ooff, struct luo_session_ser___v1);

	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->name, old->name, sizeof(new->name));
	new->file_set_ser.count = old->file_set_ser.count;
	return carry_set(tx, LUOB_AT(out, ooff), LUOB_AT(in, ioff), LUOB_CONTIG);
}

static __noinline int carry_sessions(struct luo_tx *tx, __u64 out, __u64 self)
{
	struct luo_session_header_ser___v1 *head;
	__u64 in, sessions, nr = 0;
	__u32 i;

	in = luob_ref(tx, self, OLD_SESSIONS);
	if (in)
		nr = luob_size(tx, in) / sizeof(struct luo_session_ser___v5);
	if (nr > (LUO_ALLOC_MAX - sizeof(*head)) / sizeof(struct luo_session_ser___v1))
		return luob_refuse(tx, TOO_LARGE_TO_ALLOCATE, LUOB_AT(self, OLD_SESSIONS), nr);
	sessions = luob_new(tx, sizeof(*head) + nr * sizeof(struct luo_session_ser___v1),
			    LUOB_CONTIG);
	head = luo_out(tx, sessions, 0, struct luo_session_header_ser___v1);
	if (!head || luob_link(tx, out, NEW_SESSIONS, sessions))
		return LUO_FAILED;
	head->count = nr;
	if (!in)
		return 0;
	bpf_for(i, 0, nr) {
		if (carry_session(tx, sessions, in, i))
			return LUO_FAILED;
	}
	return luob_drop(tx, self, OLD_SESSIONS, LUOB_REPLACED);
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct luo_ser___v5 *old = luo_in(tx, self, 0, struct luo_ser___v5);
	struct luo_root___v1_7_1 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_FDT);
	new = luo_out(tx, t, 0, struct luo_root___v1_7_1);
	if (!old || !new)
		return LUO_FAILED;
	new->liveupdate_num = old->liveupdate_num;
	if (carry_sessions(tx, t, self))
		return LUO_FAILED;
	if (!luob_ref(tx, self, OLD_FLBS))
		return add_flb_page(tx, t, NEW_FLBS);
	return carry_flbs(tx, t, NEW_FLBS, self, OLD_FLBS);
}
LUO_TRANSLATOR(luo_v5_to_v1);
