/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few services that the shared core needs from the kernel or from libc.
 * Everything else in kernel/core/ is plain C without either.
 */
#ifndef LUOB_OS_H
#define LUOB_OS_H

#ifdef __KERNEL__

#include <linux/btf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/libfdt.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/types.h>

/* module/memory.c: out of the reserve while a transaction runs. */
void *luob_alloc(size_t n, size_t size);
void luob_free(void *p);

/* For long loops: a state of a million records takes a while. */
static inline void luob_relax(void)
{
	cond_resched();
}

#define luob_sort(base, n, size, cmp) sort(base, n, size, cmp, NULL)
/* The calls of the contract are kfuncs here. */
#define LUOB_CALL __bpf_kfunc

#else /* !__KERNEL__ */

#include <errno.h>
#include <libfdt.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void *luob_alloc(size_t n, size_t size)
{
	return calloc(n, size);
}

static inline void luob_free(void *p)
{
	free(p);
}

static inline void luob_relax(void)
{
}

#define luob_sort(base, n, size, cmp) qsort(base, n, size, cmp)
#define LUOB_CALL
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))

#endif /* __KERNEL__ */

/* Room for one more element in an array of @cap, of which @nr are in use. */
static inline void *luob_grow(void *old, size_t nr, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap * 2 : 16;
	void *p;

	if (nr < *cap)
		return old;
	p = luob_alloc(want, size);
	if (!p)
		return NULL;
	if (nr)
		memcpy(p, old, nr * size);
	luob_free(old);
	*cap = want;
	return p;
}

static inline __u64 luob_get64(const void *p)
{
	__u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void luob_put64(void *p, __u64 v)
{
	memcpy(p, &v, sizeof(v));
}

/* A number of 1, 2, 4 or 8 bytes in CPU byte order. */
static inline __u64 luob_get(const void *p, unsigned int size)
{
	__u8 v8;
	__u16 v16;
	__u32 v32;

	switch (size) {
	case 1:
		memcpy(&v8, p, 1);
		return v8;
	case 2:
		memcpy(&v16, p, 2);
		return v16;
	case 4:
		memcpy(&v32, p, 4);
		return v32;
	default:
		return luob_get64(p);
	}
}

static inline void luob_put(void *p, unsigned int size, __u64 v)
{
	__u16 v16 = v;
	__u32 v32 = v;
	__u8 v8 = v;

	switch (size) {
	case 1:
		memcpy(p, &v8, 1);
		return;
	case 2:
		memcpy(p, &v16, 2);
		return;
	case 4:
		memcpy(p, &v32, 4);
		return;
	default:
		luob_put64(p, v);
	}
}

#endif /* LUOB_OS_H */
