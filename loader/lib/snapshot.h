/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Physical memory of a machine in an ELF64 core: reduced captures, QEMU's
 * dump-guest-memory, vmcores. Only what is asked for is read.
 */
#ifndef LUO_SNAPSHOT_H
#define LUO_SNAPSHOT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define LUO_SNAPSHOT_PAGE	4096
#define LUO_SNAPSHOT_MAP_MAX	(64UL << 20)

/* The note that makes a core a reduced one. */
#define LUO_SNAPSHOT_NOTE	"KHOCAP"
#define LUO_SNAPSHOT_NOTE_TYPE	1

struct luo_snapshot;

/**
 * struct luo_snapshot_range - physical memory
 * @pa:		address of the first byte
 * @len:	bytes
 */
struct luo_snapshot_range {
	__u64 pa;
	__u64 len;
};

/**
 * luo_snapshot__open - open a core and check its headers
 * @snap: the result; NULL after a failure
 * @path: file
 * @msg: after a failure one line without the path: what, where, what to do
 * @msg_size: its size
 *
 * A vmcore describes the memory of the kernel's image twice: that is accepted,
 * any other overlap is not. Neither are QEMU's dumps with paging (-p): their
 * headers leave out memory that the machine had.
 *
 * Return: 0; -EBADMSG when the contents are not those of a sound dump; what
 * open() or read() said; -EISDIR, -EINVAL for what is not a regular file; -ENOMEM.
 */
int luo_snapshot__open(struct luo_snapshot **snap, const char *path, char *msg, size_t msg_size);

/**
 * luo_snapshot__close - close; pointers to notes and mapped memory end here
 * @snap: snapshot or NULL
 */
void luo_snapshot__close(struct luo_snapshot *snap);

/**
 * luo_snapshot__read - copy memory
 * @snap: snapshot
 * @pa: physical address
 * @buf: where to
 * @len: bytes
 *
 * Return: 0; -ENXIO when a byte is in no PT_LOAD, and then nothing was copied;
 * -EIO or what read() said.
 */
int luo_snapshot__read(struct luo_snapshot *snap, __u64 pa, void *buf, size_t len);

/**
 * luo_snapshot__has - is all of this memory in the file?
 * @snap: snapshot
 * @pa: physical address
 * @len: bytes
 *
 * Return: whether every byte is in a PT_LOAD.
 */
bool luo_snapshot__has(const struct luo_snapshot *snap, __u64 pa, __u64 len);

/**
 * luo_snapshot__map - memory behind a pointer that stays until close
 * @snap: snapshot
 * @pa: physical address
 * @len: bytes, 1 .. LUO_SNAPSHOT_MAP_MAX
 *
 * For records: each page asked for stays in memory, and so does each range
 * that crosses pages (the same range again is the same pointer). Contents go
 * through luo_snapshot__read().
 *
 * Return: NULL with errno ENXIO when a byte is in no PT_LOAD, EFBIG when @len
 * is too large, EINVAL when it is 0, else why it could not be read.
 */
const void *luo_snapshot__map(struct luo_snapshot *snap, __u64 pa, size_t len);

/**
 * luo_snapshot__note - value of the first line "KEY=VALUE" of the notes
 * @snap: snapshot
 * @key: KEY
 *
 * These are the lines of a reduced core's note, and OSRELEASE of a VMCOREINFO
 * note where the former has none. They hold no control characters but tabs.
 *
 * Return: VALUE or NULL.
 */
const char *luo_snapshot__note(const struct luo_snapshot *snap, const char *key);

/**
 * luo_snapshot__next_note - the same for keys that occur more than once
 * @snap: snapshot
 * @key: KEY
 * @prev: what the last call returned, NULL for the first line
 *
 * Return: VALUE of the next line with that key, or NULL.
 */
const char *luo_snapshot__next_note(const struct luo_snapshot *snap, const char *key,
				    const char *prev);

/**
 * luo_snapshot__is_reduced - only preserved memory in the file?
 * @snap: snapshot
 *
 * Return: whether the core has the note of the reduced format.
 */
bool luo_snapshot__is_reduced(const struct luo_snapshot *snap);

/**
 * luo_snapshot__ranges - which memory is in the file
 * @snap: snapshot
 * @ranges: ascending, contiguous PT_LOADs as one; may be NULL when @max is 0
 * @max: room in @ranges
 *
 * Return: the number of ranges there are, even if above @max.
 */
size_t luo_snapshot__ranges(const struct luo_snapshot *snap, struct luo_snapshot_range *ranges,
			    size_t max);

/**
 * luo_snapshot__find_roots - search all pages for KHO root FDTs
 * @snap: snapshot
 * @roots: physical addresses, ascending; may be NULL when @max is 0
 * @max: room in @roots
 *
 * A root is a sound FDT (version 17, at most a page) at the start of a page
 * whose compatible begins with "kho-v". Pages of kernels before may lie around:
 * there can be more than one. Reads the whole file, a chunk at a time.
 *
 * Return: the number found, even if above @max; -ENOMEM, -EIO or what read() said.
 */
int luo_snapshot__find_roots(struct luo_snapshot *snap, __u64 *roots, size_t max);

#endif /* LUO_SNAPSHOT_H */
