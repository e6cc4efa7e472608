// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/digest.h"

#define PIECE	(256 << 10)

_Static_assert(LUO_DIGEST_SIZE == SHA256_DIGEST_SIZE, "SHA-256");

/**
 * luo_digest__bytes - SHA-256 of memory
 * @data: the bytes
 * @size: how many
 * @digest: result
 */
void luo_digest__bytes(const void *data, size_t size, __u8 digest[LUO_DIGEST_SIZE])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, size, data);
	sha256_digest(&ctx, LUO_DIGEST_SIZE, digest);
}

/**
 * luo_digest__fd - SHA-256 of an open file
 * @fd: readable and seekable; its position is left alone
 * @digest: result
 *
 * For who goes on to use that very file, e.g. with kexec_file_load(2).
 *
 * Return: 0, what pread(2) says, -ENOMEM.
 */
int luo_digest__fd(int fd, __u8 digest[LUO_DIGEST_SIZE])
{
	struct sha256_ctx ctx;
	__u64 at = 0;
	__u8 *buf = malloc(PIECE);
	ssize_t n;
	int err;

	if (!buf)
		return -ENOMEM;
	sha256_init(&ctx);
	while ((n = pread(fd, buf, PIECE, at)) > 0) {
		sha256_update(&ctx, n, buf);
		at += n;
	}
	err = n < 0 ? -errno : 0;
	free(buf);
	if (!err)
		sha256_digest(&ctx, LUO_DIGEST_SIZE, digest);
	return err;
}

/**
 * luo_digest__file - SHA-256 of a file
 * @path: the file
 * @digest: result
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0, what open(2) and pread(2) say, -ENOMEM.
 */
int luo_digest__file(const char *path, __u8 digest[LUO_DIGEST_SIZE], char *msg, size_t msg_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = fd < 0 ? -errno : luo_digest__fd(fd, digest);

	if (fd >= 0)
		close(fd);
	if (err)
		snprintf(msg, msg_size, "%s", strerror(-err));
	return err;
}

/**
 * luo_digest__text - as sha256sum(1) prints it
 * @digest: from one of the above
 * @text: result, hexadecimal
 */
void luo_digest__text(const __u8 digest[LUO_DIGEST_SIZE], char text[2 * LUO_DIGEST_SIZE + 1])
{
	size_t i;

	for (i = 0; i < LUO_DIGEST_SIZE; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
}
