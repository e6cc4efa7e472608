// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A kernel's payload is read and unpacked in pieces and never held as a whole: of a
 * kernel of 60 MiB, what is asked for is a few hundred KiB. Read, not mapped: a file
 * that shrinks meanwhile is an error then, not SIGBUS.
 */
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "lib/unpack.h"

#define PIECE		(256 << 10)
/* xz keeps its dictionary: kernels use 32 or 128 MiB. zstd's own limit is 128 MiB. */
#define XZ_MEMORY	((__u64)256 << 20)
#define LZ4_BLOCK	(8 << 20)
#define LZ4_MAGIC	"\x02\x21\x4c\x18"

struct source {
	int fd;
	__u64 pos;
	__u64 end;
	struct luo_sink *sink;
	__u8 *in;	/* PIECE bytes, and @out */
	__u8 *out;
	char *msg;
	size_t msg_size;
};

static int fail(struct source *s, int err, const char *text)
{
	snprintf(s->msg, s->msg_size, "%s", text);
	return err;
}

static int damaged(struct source *s)
{
	return fail(s, -EINVAL, s->pos == s->end ? "the compressed kernel is cut short" :
						   "the compressed kernel is damaged");
}

/* The next bytes, at most @max. Return: how many, 0 at the end, or a negative errno. */
static ssize_t next(struct source *s, void *to, size_t max)
{
	ssize_t n;

	if (max > s->end - s->pos)
		max = s->end - s->pos;
	n = max ? pread(s->fd, to, max, s->pos) : 0;
	if (n < 0)
		return fail(s, -errno, strerror(errno));
	if (max && !n)
		return fail(s, -EINVAL, "the file became shorter while it was read");
	s->pos += n;
	return n;
}

/* Fills s->in. There is something, or it is an error: the decoder wants it. */
static ssize_t more(struct source *s)
{
	ssize_t n = next(s, s->in, PIECE);

	return n ? n : damaged(s);
}

static int give(struct source *s, const void *data, size_t size)
{
	s->sink->total += size;
	if (s->sink->total > LUO_UNPACK_MAX)
		return fail(s, -EFBIG, "it unpacks to more than 512 MiB");
	return size ? s->sink->take(s->sink->priv, data, size) : 0;
}

/*
 * The decoders may keep output back when theirs is full, so the next input is read only
 * when it was not.
 */
static int unpack_gzip(struct source *s)
{
	z_stream z = { .avail_out = PIECE };
	int err = 0, rc = Z_OK;
	ssize_t n;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return fail(s, -ENOMEM, "no memory");
	while (!err && rc == Z_OK) {
		if (!z.avail_in && z.avail_out) {
			n = more(s);
			if (n < 0) {
				err = n;
				break;
			}
			z.next_in = s->in;
			z.avail_in = n;
		}
		z.next_out = s->out;
		z.avail_out = PIECE;
		rc = inflate(&z, Z_NO_FLUSH);
		if (rc == Z_BUF_ERROR)
			rc = Z_OK;	/* it had nothing more to say */
		err = rc == Z_OK || rc == Z_STREAM_END ? give(s, s->out, PIECE - z.avail_out) :
							 damaged(s);
	}
	inflateEnd(&z);
	return err;
}

static int unpack_xz(struct source *s)
{
	lzma_stream x = LZMA_STREAM_INIT;
	lzma_ret rc = LZMA_OK;
	ssize_t n;
	int err = 0;

	x.avail_out = PIECE;
	if (lzma_stream_decoder(&x, XZ_MEMORY, 0) != LZMA_OK)
		return fail(s, -ENOMEM, "no memory");
	while (!err && rc == LZMA_OK) {
		if (!x.avail_in && x.avail_out) {
			n = more(s);
			if (n < 0) {
				err = n;
				break;
			}
			x.next_in = s->in;
			x.avail_in = n;
		}
		x.next_out = s->out;
		x.avail_out = PIECE;
		rc = lzma_code(&x, LZMA_RUN);
		if (rc == LZMA_OK || rc == LZMA_STREAM_END)
			err = give(s, s->out, PIECE - x.avail_out);
		else if (rc == LZMA_MEM_ERROR || rc == LZMA_MEMLIMIT_ERROR)
			err = fail(s, -ENOMEM, "unpacking it takes too much memory");
		else
			err = damaged(s);
	}
	lzma_end(&x);
	return err;
}

static int unpack_zstd(struct source *s)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer in = { s->in, 0, 0 };
	ZSTD_outBuffer out = { s->out, PIECE, 0 };
	size_t rc = 1;
	ssize_t n;
	int err = z ? 0 : fail(s, -ENOMEM, "no memory");

	while (!err && rc) {
		if (in.pos == in.size && out.pos < out.size) {
			n = more(s);
			if (n < 0) {
				err = n;
				break;
			}
			in.pos = 0;
			in.size = n;
		}
		out = (ZSTD_outBuffer){ s->out, PIECE, 0 };
		rc = ZSTD_decompressStream(z, &out, &in);
		err = ZSTD_isError(rc) ? damaged(s) : give(s, s->out, out.pos);
	}
	ZSTD_freeDStream(z);
	return err;
}

/* All of @size bytes, unlike next(). */
static int next_all(struct source *s, void *to, size_t size)
{
	ssize_t n = 1;
	size_t at;

	for (at = 0; at < size && n > 0; at += n)
		n = next(s, (char *)to + at, size - at);
	return n > 0 ? 0 : n ? n : damaged(s);
}

/* One block of the legacy frame. Return: as give(). */
static int unpack_lz4_block(struct source *s, char *in, char *out)
{
	__u8 le[4];
	__u32 size;
	int err, n;

	err = next_all(s, le, sizeof(le));
	size = le[0] | le[1] << 8 | le[2] << 16 | (__u32)le[3] << 24;
	if (err)
		return err;
	if (!memcmp(le, LZ4_MAGIC, sizeof(le)))
		return 0;	/* frames may follow each other */
	if (size > LZ4_COMPRESSBOUND(LZ4_BLOCK))
		return fail(s, -EINVAL, "the compressed kernel is damaged");
	err = next_all(s, in, size);
	if (err)
		return err;
	n = LZ4_decompress_safe(in, out, size, LZ4_BLOCK);
	return n < 0 ? fail(s, -EINVAL, "the compressed kernel is damaged") : give(s, out, n);
}

/* The build appends the unpacked size, 4 bytes, which end no block. */
static int unpack_lz4(struct source *s)
{
	char *in = malloc(LZ4_COMPRESSBOUND(LZ4_BLOCK)), *out = malloc(LZ4_BLOCK);
	int err = in && out ? 0 : fail(s, -ENOMEM, "no memory");

	s->pos += 4;
	while (!err && s->end - s->pos > 4)
		err = unpack_lz4_block(s, in, out);
	free(in);
	free(out);
	return err;
}

static const struct {
	const char *magic;
	size_t len;
	int (*unpack)(struct source *s);
} kinds[] = {
	{ "\x1f\x8b", 2, unpack_gzip },
	{ "\xfd" "7zXZ", 6, unpack_xz },
	{ "\x28\xb5\x2f\xfd", 4, unpack_zstd },
	{ LZ4_MAGIC, 4, unpack_lz4 },
};

/**
 * luo_unpack - unpack gzip, xz, zstd or lz4 (legacy frames) from a file
 * @fd: the file
 * @off: where it starts, bytes
 * @len: bytes of it; more than the packed data is fine
 * @sink: gets the result, in pieces of any size
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0 when all was unpacked, what @sink->take returned when that was not 0,
 * -ENOTSUP for another compression, -EINVAL for damage, -EFBIG above LUO_UNPACK_MAX,
 * -ENOMEM, or what pread(2) says.
 */
int luo_unpack(int fd, __u64 off, __u64 len, struct luo_sink *sink, char *msg, size_t msg_size)
{
	struct source s = {
		.fd = fd, .pos = off, .end = off + len, .sink = sink, .msg = msg,
		.msg_size = msg_size,
	};
	__u8 magic[6] = {};
	int err = -ENOTSUP;
	ssize_t n;
	size_t i;

	n = next(&s, magic, sizeof(magic));
	if (n < 0)
		return n;
	s.pos = off;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!memcmp(magic, kinds[i].magic, kinds[i].len))
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return fail(&s, -ENOTSUP, "it is compressed in a way that is not known here");
	s.in = malloc(PIECE);
	s.out = malloc(PIECE);
	err = s.in && s.out ? kinds[i].unpack(&s) : fail(&s, -ENOMEM, "no memory");
	free(s.in);
	free(s.out);
	return err;
}
