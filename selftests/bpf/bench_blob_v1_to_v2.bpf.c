// SPDX-License-Identifier: GPL-2.0-only
/* A driver's blob for the next kernel's driver. */
#include "luo_bpf.h"
#include "bench_blob.h"

LUO_STEP("bench-blob", BENCH_BLOB_1, struct bench_blob___v1, BENCH_BLOB_2, struct bench_blob___v2, ,
	 LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct bench_blob___v1 *old = luo_in(tx, self, 0, struct bench_blob___v1);
	struct bench_blob___v2 *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct bench_blob___v2);
	if (!old || !new)
		return LUO_FAILED;
	new->magic = old->magic;
	new->queues = old->queues;
	new->mac = old->mac;
	new->flags = old->flags;
	new->speed = 0;
	__builtin_memcpy(new->rings, old->rings, sizeof(new->rings));
	return 0;
}
LUO_TRANSLATOR(bench_blob_v1_to_v2);
