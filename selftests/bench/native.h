/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LUO_BENCH_NATIVE_H
#define LUO_BENCH_NATIVE_H

#include <linux/types.h>

/* By gcc, by clang, and by gcc as it compiles kernels: without vector registers. */
void bench_folios_gcc(const void *in, void *out, __u64 nr);
void bench_folios_clang(const void *in, void *out, __u64 nr);
void bench_folios_kernel(const void *in, void *out, __u64 nr);
void bench_pcis_gcc(const void *in, void *out, __u64 nr);
void bench_pcis_clang(const void *in, void *out, __u64 nr);
void bench_pcis_kernel(const void *in, void *out, __u64 nr);
void bench_blobs_gcc(const void *in, void *out, __u64 nr);
void bench_blobs_clang(const void *in, void *out, __u64 nr);
void bench_blobs_kernel(const void *in, void *out, __u64 nr);

#endif /* LUO_BENCH_NATIVE_H */
