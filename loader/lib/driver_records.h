/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which drivers' blobs the old kernel has handed over, without what is in them. */
#ifndef LUO_LIB_DRIVER_RECORDS_H
#define LUO_LIB_DRIVER_RECORDS_H

#include <stddef.h>

#include "abi/driver_records.h"

/* Enough for "ffffffff:ff:1f.7". */
#define LUO_DRIVER_ADDRESS	24

int luo_driver_records__read(const char *path, struct luo_bpf_drivers___v1 **r);
const struct luo_bpf_driver_ser___v1 *
luo_driver_records__blobs(const struct luo_bpf_drivers___v1 *r);
const struct luo_bpf_driver_ser___v1 *
luo_driver_records__find(const struct luo_bpf_drivers___v1 *r, __u64 address);
const char *luo_driver__address(__u64 address, char *text);

#endif /* LUO_LIB_DRIVER_RECORDS_H */
