/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* luo_bpf.ko as it answers through its device. */
#ifndef LUO_LIB_MODULE_H
#define LUO_LIB_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/device.h"

#define LUO_MODULE_DEVICE	"/dev/" LUOB_DEVICE_NAME

int luo_module__arm(void *blob, size_t size);
int luo_module__disarm(void);
int luo_module__rehearse(void);
int luo_module__status(struct luob_status *s);
ssize_t luo_module__incoming(const char *subtree, void *buf, size_t size);
int luo_module__report(bool incoming, struct luo_bpf_report___v3 *r);
int luo_module__live(struct luob_live_entry **entries, size_t *nr);
int luo_module__results(struct luob_result **results, size_t *nr);
char *luo_module__said(void);
const char *luo_module__strerror(int err);

#endif /* LUO_LIB_MODULE_H */
