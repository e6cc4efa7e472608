/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An open core: snapshot_open.c makes it of the file's headers, snapshot.c reads memory. */
#ifndef LUO_LIB_SNAPSHOT_INT_H
#define LUO_LIB_SNAPSHOT_INT_H

#include "snapshot.h"

#define PAGE		((__u64)LUO_SNAPSHOT_PAGE)

struct cached;

/**
 * struct segment - a PT_LOAD
 * @pa:		physical address
 * @mem:	bytes of memory
 * @file:	bytes of it in the file, the rest is zero
 * @off:	where in the file
 * @va:		virtual address
 * @phdr:	index of its program header
 */
struct segment {
	__u64 pa;
	__u64 mem;
	__u64 file;
	__u64 off;
	__u64 va;
	size_t phdr;
};

/**
 * struct luo_snapshot - an open core
 * @fd:		the file
 * @file_size:	its size when it was opened
 * @reduced:	it has the note of the reduced format
 * @segs:	what to read from where: ascending, without overlap
 * @ranges:	what is there: ascending, never adjacent
 * @text:	lines of the notes, each ends in a NUL
 * @text_len:	bytes of @text
 * @buckets:	copies handed out, by address and length
 * @nr_buckets:	a power of two, or 0
 * @nr_cached:	number of copies
 */
struct luo_snapshot {
	int fd;
	bool reduced;
	__u64 file_size;
	struct segment *segs;
	size_t nr_segs;
	struct luo_snapshot_range *ranges;
	size_t nr_ranges;
	char *text;
	size_t text_len;
	struct cached **buckets;
	size_t nr_buckets;
	size_t nr_cached;
};

int snapshot__read_at(int fd, void *buf, size_t len, __u64 off);

#endif /* LUO_LIB_SNAPSHOT_INT_H */
