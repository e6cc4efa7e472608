// SPDX-License-Identifier: GPL-2.0-only
/* 16 bytes: 256 to a window. */
#include "luo_bpf.h"
#include "records.h"

LUO_STEP("bench", "folio-1", struct bench_folio_old, "folio-2", struct bench_folio_new, );

#define OLD		struct bench_folio_old
#define NEW		struct bench_folio_new
#define TRANSLATE	bench_folio
#include "windows.h"

LUO_TRANSLATOR(folio);
