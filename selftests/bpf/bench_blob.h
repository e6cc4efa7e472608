/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A driver's blob of 64 bytes, as many devices may have one: what bench-vm measures. */
#ifndef BENCH_BLOB_H
#define BENCH_BLOB_H

#include "abi/tags.h"

#define BENCH_BLOB_1		"bench-blob-1"
#define BENCH_BLOB_2		"bench-blob-2"
#define BENCH_BLOB_MAGIC	0x62656e63

struct bench_blob___v1 {
	__u32 magic;
	__u16 queues;
	__u16 flags;
	__u64 rings[6];
	__u64 mac;
};
luo_abi_size(bench_blob___v1, 64);
luo_abi_at(bench_blob___v1, mac, 56);

/* More queues, and their rings at the end. */
struct bench_blob___v2 {
	__u32 magic;
	__u32 queues;
	__u64 mac;
	__u32 flags;
	__u32 speed;
	__u64 rings[6];
};
luo_abi_size(bench_blob___v2, 72);
luo_abi_at(bench_blob___v2, rings, 24);

#endif /* BENCH_BLOB_H */
