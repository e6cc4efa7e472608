// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each call of the contract and the loop per record: an array of records becomes a block
 * chain, a handle is carried, dropped or given to the engine.
 */
#include "luo_bpf.h"

struct header {
	__u64 list;
	__u64 count;
};

struct entry_v1 {
	__u64 data;
	__u64 extra;
	char name[64];
};

struct entry_v2 {
	__u64 data;
	__u64 seals;
	char name[64];
};

enum sample_rule { SAMPLE_UNKNOWN_FLAG = 1000 };

LUO_STEP("sample", "sample-v1", struct header, "sample-v2", struct header,
	 LUO_ALSO(struct entry_v1) LUO_ALSO(struct entry_v2) LUO_ALSO(enum sample_rule));

const volatile enum luo_config with_extra = LUO_CONFIG_UNKNOWN;

static __noinline int entry(struct luo_tx *tx, __u64 to, __u64 from, __u64 i)
{
	__u64 in = i * sizeof(struct entry_v1), out = i * sizeof(struct entry_v2);
	__u64 extra = in + offsetof(struct entry_v1, extra), seals;
	const struct entry_v1 *old = (void *)luob_in(tx, from, in, sizeof(*old));
	struct entry_v2 *new = (void *)luob_out(tx, to, out, sizeof(*new));

	if (!old || !new)
		return -1;
	__builtin_memcpy(new->name, old->name, sizeof(new->name));
	if (luob_lookup(tx, LUOB_LOOKUP_MEMFD_SEALS, i, &seals))
		return luob_refuse(tx, MEMFD_SEALS_UNKNOWN,
				   LUO_PLACE(from, in, struct entry_v1, name), i);
	new->seals = seals;
	if (with_extra != LUO_CONFIG_NO && luob_ref(tx, from, extra))
		return luob_drop(tx, from, extra, LUOB_LOST);
	if (i & 1)
		return luob_child(tx, to, out, from, in);
	return luob_move(tx, to, out, from, in);
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct header *old = (void *)luob_in(tx, self, 0, sizeof(*old));
	__u64 from, to, root, n, i;
	struct header *new;

	if (!old)
		return -1;
	n = old->count;
	if (n > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW,
				   LUO_PLACE(self, 0, struct header, count), n);
	from = luob_ref(tx, self, offsetof(struct header, list));
	if (luob_size(tx, from) < n * sizeof(struct entry_v1))
		return luob_refuse(tx, SAMPLE_UNKNOWN_FLAG, LUOB_AT(self, 0), n);
	root = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	to = luob_new(tx, n * sizeof(struct entry_v2), LUOB_NEW_BLOCKS(sizeof(struct entry_v2)));
	new = (void *)luob_out(tx, root, 0, sizeof(*new));
	if (!new)
		return -1;
	new->count = n;
	bpf_for(i, 0, n) {
		if (entry(tx, to, from, i))
			return -1;
	}
	if (luob_link(tx, root, offsetof(struct header, list), to) ||
	    luob_drop(tx, self, offsetof(struct header, list), LUOB_REPLACED))
		return -1;
	return root;
}

LUO_TRANSLATOR(walk);
