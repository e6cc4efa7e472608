// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-v5 to luo-v5: what leads to records, made anew. Used only when a record behind it has
 * to be translated, because nothing of the old state is written to.
 */
#include "flb_carry.h"
#include "luo_session.h"

LUO_STEP("luo", "luo-v5", struct luo_ser___v5, "luo-v5", struct luo_ser___v5,
	 LUO_ALSO(struct luo_session_ser___v5)
	 LUO_ALSO(struct luo_file_ser)
	 LUO_ALSO(struct luo_flb_header_ser)
	 LUO_ALSO(struct luo_flb_ser),
	 LUO_AUTHOR("luo-bpf"));

#define SESSIONS	offsetof(struct luo_ser___v5, sessions_pa)
#define FLBS		offsetof(struct luo_ser___v5, flbs_pa)

static __noinline int carry_session(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	__u64 off = i * sizeof(struct luo_session_ser___v5);
	const struct luo_session_ser___v5 *old = luo_in(tx, in, off, struct luo_session_ser___v5);
	struct luo_session_ser___v5 *new = luo_out(tx, out, off, struct luo_session_ser___v5);

	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->name, old->name, sizeof(new->name));
	new->file_set_ser.count = old->file_set_ser.count;
	return carry_set(tx, LUOB_AT(out, off), LUOB_AT(in, off),
			 LUOB_NEW_BLOCKS(sizeof(struct luo_file_ser)));
}

static __noinline int carry_sessions(struct luo_tx *tx, __u64 out, __u64 self)
{
	__u64 in, sessions, nr;
	__u32 i;

	in = luob_ref(tx, self, SESSIONS);
	if (!in)
		return 0;
	nr = luob_size(tx, in) / sizeof(struct luo_session_ser___v5);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, 0), nr);
	sessions = luob_new(tx, nr * sizeof(struct luo_session_ser___v5),
			    LUOB_NEW_BLOCKS(sizeof(struct luo_session_ser___v5)));
	if (luob_link(tx, out, SESSIONS, sessions))
		return LUO_FAILED;
	bpf_for(i, 0, nr) {
		if (carry_session(tx, sessions, in, i))
			return LUO_FAILED;
	}
	return luob_drop(tx, self, SESSIONS, LUOB_REPLACED);
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct luo_ser___v5 *old = luo_in(tx, self, 0, struct luo_ser___v5);
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
	return carry_flbs(tx, t, FLBS, self, FLBS);
}
LUO_TRANSLATOR(luo_v5_carry);
