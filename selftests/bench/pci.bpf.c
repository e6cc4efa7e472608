// SPDX-License-Identifier: GPL-2.0-only
/* 128 bytes: 32 to a window. */
#include "luo_bpf.h"
#include "records.h"

LUO_STEP("bench", "pci-d2", struct bench_pci_old, "pci-d3", struct bench_pci_new, );

#define OLD		struct bench_pci_old
#define NEW		struct bench_pci_new
#define TRANSLATE	bench_pci
#include "windows.h"

LUO_TRANSLATOR(pci);
