// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-v1 as 7.1 writes it to luo-v5 of 7.2 and 7.3: the FDT becomes a raw record,
 * contiguous arrays become block chains. Sessions, files and FLBs keep their form.
 */
#include "flb_carry.h"
#include "luo_session.h"

LUO_STEP("luo", "luo-v1", struct luo_root___v1_7_1, "luo-v5", struct luo_ser___v5,
	 LUO_ALSO(struct luo_session_header_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v5)
	 LUO_ALSO(struct luo_file_ser)
	 LUO_ALSO(struct luo_flb_header_ser)
	 LUO_ALSO(struct luo_flb_ser),
	 LUO_SAME_STRING("luo-v1 as 7.1 writes it, with FLBs")
	 LUO_AUTHOR("luo-bpf"));

#define OLD_SESSIONS	offsetof(struct luo_root___v1_7_1, sessions_pa)
#define NEW_SESSIONS	offsetof(struct luo_ser___v5, sessions_pa)

static __noinline int carry_session(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	__u64 ioff = sizeof(struct luo_session_header_ser___v1) +
		     i * sizeof(struct luo_session_ser___v1);
	__u64 ooff = i * sizeof(struct luo_session_ser___v5);
	const struct luo_session_ser___v1 *old = luo_in(tx, in, ioff, struct luo_session_ser___v1);
	struct luo_session_ser___v5 *new = luo_out(tx, out, ooff, struct luo_session_ser___v5);

	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->name, old->name, sizeof(new->name));
	new->file_set_ser.count = old->file_set_ser.count;
	return carry_set(tx, LUOB_AT(out, ooff), LUOB_AT(in, ioff),
			 LUOB_NEW_BLOCKS(sizeof(struct luo_file_ser)));
}

static __noinline int carry_sessions(struct luo_tx *tx, __u64 out, __u64 self)
{
	const struct luo_session_header_ser___v1 *head;
	__u64 in, sessions, nr;
	__u32 i;

	in = luob_ref(tx, self, OLD_SESSIONS);
	if (!in)
		return luob_refuse(tx, HANDLE_MISSING, LUOB_AT(self, OLD_SESSIONS), 0);
	head = luo_in(tx, in, 0, struct luo_session_header_ser___v1);
	if (!head)
		return LUO_FAILED;
	nr = head->count;
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	if (nr) {
		sessions = luob_new(tx, nr * sizeof(struct luo_session_ser___v5),
				    LUOB_NEW_BLOCKS(sizeof(struct luo_session_ser___v5)));
		if (luob_link(tx, out, NEW_SESSIONS, sessions))
			return LUO_FAILED;
		bpf_for(i, 0, nr) {
			if (carry_session(tx, sessions, in, i))
				return LUO_FAILED;
		}
	}
	return luob_drop(tx, self, OLD_SESSIONS, LUOB_REPLACED);
}

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
	if (carry_sessions(tx, t, self))
		return LUO_FAILED;
	return carry_flbs(tx, t, offsetof(struct luo_ser___v5, flbs_pa),
			  self, offsetof(struct luo_root___v1_7_1, flbs_pa));
}
LUO_TRANSLATOR(luo_v1_to_v5);
