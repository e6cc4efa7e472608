/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Small files that may be lost at any time, and are believed only when nobody else wrote them. */
#ifndef LUO_LIB_CACHE_H
#define LUO_LIB_CACHE_H

#include <stdbool.h>

#define LUO_CACHE_DIR "/var/cache/luo-bpf"

int luo_cache__open(void);
bool luo_cache__has(int dir, const char *name, const char *text);
void luo_cache__put(int dir, const char *name, const char *text);

#endif /* LUO_LIB_CACHE_H */
