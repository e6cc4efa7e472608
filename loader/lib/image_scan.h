/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Inside of image.c: finds things in an unpacked kernel that comes in pieces. */
#ifndef LUO_LIB_IMAGE_SCAN_H
#define LUO_LIB_IMAGE_SCAN_H

#include "lib/kconfig.h"

struct luo_scan;

struct luo_scan *luo_scan__new(bool want_release);
void luo_scan__free(struct luo_scan *s);
int luo_scan__take(void *priv, const void *data, size_t size);
const char *luo_scan__release(const struct luo_scan *s);
int luo_scan__config(const struct luo_scan *s, struct luo_kconfig *c, char *msg, size_t msg_size);
bool luo_image__is_release(const char *text, size_t len);

#endif /* LUO_LIB_IMAGE_SCAN_H */
