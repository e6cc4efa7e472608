// SPDX-License-Identifier: GPL-2.0-only
/* The loop for small records: whole windows with a plain loop inside, then the rest. */
#include "luo_bpf.h"

struct folio {
	__u64 pfn_flags;
	__u64 index;
};

#define PER_WINDOW (LUOB_WINDOW_MAX / sizeof(struct folio))

LUO_STEP("sample", "sample-v1", struct folio, "sample-v2", struct folio,);

static __always_inline void one(struct folio *new, const struct folio *old)
{
	new->pfn_flags = old->pfn_flags << 12 | old->pfn_flags >> 52;
	new->index = old->index;
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	__u64 n = luob_size(tx, self) / sizeof(struct folio), to, i, k;
	const struct folio *old;
	struct folio *new;

	if (n > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), n);
	to = luob_new(tx, n * sizeof(struct folio), LUOB_VMALLOC);
	bpf_for(i, 0, n / PER_WINDOW) {
		old = (void *)luob_in(tx, self, i * LUOB_WINDOW_MAX, LUOB_WINDOW_MAX);
		new = (void *)luob_out(tx, to, i * LUOB_WINDOW_MAX, LUOB_WINDOW_MAX);
		if (!old || !new)
			return -1;
		for (k = 0; k < PER_WINDOW; k++) {
			__u64 x = k;

			/* Or the compiler makes pointers that the verifier loses track of. */
			barrier_var(x);
			if (x >= PER_WINDOW)
				break;
			one(&new[x], &old[x]);
		}
	}
	bpf_for(i, n - n % PER_WINDOW, n) {
		old = (void *)luob_in(tx, self, i * sizeof(*old), sizeof(*old));
		new = (void *)luob_out(tx, to, i * sizeof(*new), sizeof(*new));
		if (!old || !new)
			return -1;
		one(new, old);
	}
	return to;
}

LUO_TRANSLATOR(batch);
