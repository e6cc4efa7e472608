/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SHA-256. */
#ifndef LUO_LIB_DIGEST_H
#define LUO_LIB_DIGEST_H

#include <stddef.h>
#include <linux/types.h>

#define LUO_DIGEST_SIZE	32

void luo_digest__bytes(const void *data, size_t size, __u8 digest[LUO_DIGEST_SIZE]);
int luo_digest__fd(int fd, __u8 digest[LUO_DIGEST_SIZE]);
int luo_digest__file(const char *path, __u8 digest[LUO_DIGEST_SIZE], char *msg, size_t msg_size);
void luo_digest__text(const __u8 digest[LUO_DIGEST_SIZE], char text[2 * LUO_DIGEST_SIZE + 1]);

#endif /* LUO_LIB_DIGEST_H */
