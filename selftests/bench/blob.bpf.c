// SPDX-License-Identifier: GPL-2.0-only
/* 64 bytes: 64 to a window. */
#include "luo_bpf.h"
#include "records.h"

LUO_STEP("bench", "blob-1", struct bench_blob_old, "blob-2", struct bench_blob_new, );

#define OLD		struct bench_blob_old
#define NEW		struct bench_blob_new
#define TRANSLATE	bench_blob
#include "windows.h"

LUO_TRANSLATOR(blob);
