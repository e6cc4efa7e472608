// SPDX-License-Identifier: GPL-2.0-only
/* What a driver demands of its blob. */
#include "luo_bpf.h"
#include "bench_blob.h"

enum bench_blob_rule {
	BENCH_BLOB_OTHER = 0x1000,
};

LUO_READS("bench-blob", BENCH_BLOB_2, struct bench_blob___v2,
	  LUO_ALSO(enum bench_blob_rule),
	  LUO_AUTHOR("test"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct bench_blob___v2 *b = luo_in(tx, self, 0, struct bench_blob___v2);

	if (!b)
		return LUO_FAILED;
	if (b->magic != BENCH_BLOB_MAGIC)
		return luob_refuse(tx, BENCH_BLOB_OTHER,
				   LUO_PLACE(self, 0, struct bench_blob___v2, magic), b->magic);
	return 0;
}
LUO_ACCEPTOR(bench_blob_v2_accept);
