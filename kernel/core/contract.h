/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: The translator contract
 *
 * What a translator may do: this file is included by bpf-progs/, kernel/ and
 * loader/, and nothing else defines a call. A translator sees an opaque
 * transaction and scalars. Regions are tokens, small integers in order of issue;
 * addresses are never seen, and bytes of a handle are neither loaded nor stored.
 *
 * The names carry a prefix of our own: 7.1 to 7.3 have a luo_open() and libbpf
 * would bind to it. All calls can be written as module C, as user-space C and as
 * a BPF subprogram over one array.
 */
#ifndef LUOB_CONTRACT_H
#define LUOB_CONTRACT_H

#include <linux/types.h>

struct luo_tx;

/* Kinds of regions: how bytes are laid out behind a handle. */
enum luob_kind {
	LUOB_CONTIG = 1,	/* one preserved folio */
	LUOB_BLOCKS = 2,	/* a kho_block chain, seen as its entries in order */
	LUOB_VMALLOC = 3,	/* a kho_vmalloc, seen as its pages in order */
	LUOB_FDT = 4,		/* a flattened device tree, seen as a flat structure */
};

/*
 * The third argument of luob_new(). A block chain is made for entries of one
 * size, none of which crosses a block: the size travels above the kind.
 */
#define LUOB_KIND_MASK		0xffU
#define LUOB_ENTRY_SHIFT	8
#define LUOB_NEW_BLOCKS(size)	(LUOB_BLOCKS | (__u64)(size) << LUOB_ENTRY_SHIFT)

/* What translate() and accept() get as self. */
#define LUOB_SELF		1

/* Loops: bpf_for() above 8,388,608 silently runs zero turns. */
#define LUOB_MAX_ITER		(1U << 23)
/* The largest window; also the largest memory copy that clang inlines is 1,024. */
#define LUOB_WINDOW_MAX		4096U

/* A place for luob_refuse(): a region and an offset in it. */
#define LUOB_AT(token, off)	((__u64)(token) << 32 | (__u32)(off))

/* Reasons for luob_drop(): contents went elsewhere, or a declared loss. */
enum luob_reason {
	LUOB_REPLACED = 1,	/* every record in it was carried to new regions */
	LUOB_LOST = 2,		/* declared with LUO_LOSS() by the translator */
};

/* Kinds of luob_lookup(): answers are collected before anything is frozen. */
enum luob_lookup_kind {
	LUOB_LOOKUP_MEMFD_SEALS = 1,	/* key: the file's token; val: its seals */
	/* Of a PCI device; the key is its LUOB_PCI(): */
	LUOB_LOOKUP_PCI_UPSTREAM = 2,	/* bdf of the bridge above it, or LUOB_PCI_ROOT */
	LUOB_LOOKUP_PCI_CLASS = 3,	/* class code, 24 bits */
	LUOB_LOOKUP_PCI_DRIVER = 4,	/* key | n << 48: bytes from 8 n on of its driver's name */
	/* Of a vfio-pci file; the key is its token: */
	LUOB_LOOKUP_VFIO_DOMAIN = 5,	/* PCI domain of the device */
	LUOB_LOOKUP_VFIO_IOMMUFD = 6,	/* token of the iommufd file that it is bound to */
};

#define LUOB_PCI(domain, bdf)	((__u64)(domain) << 16 | (__u16)(bdf))
/* Above it is no bridge: it is on a root bus. Bridges never join two domains. */
#define LUOB_PCI_ROOT		0xffffffffULL
#define LUOB_PCI_BRIDGE_CLASS	0x0604U

/* The third argument of luob_gather(): numbers of an element, at @off, 1 to 8 bytes. */
#define LUOB_BY(off, size)	((__u64)(off) << 8 | (size))
#define LUOB_THEN(off, size)	(LUOB_BY(off, size) << 16)
#define LUOB_SUM(off, size)	(LUOB_BY(off, size) << 32)

/*
 * Rules that shipped objects refuse by. Vendors add enumerations of their own
 * (any enum that the identity holds is read from BTF); names must be unique.
 */
enum luob_rule {
	LUOB_RULE_NONE,
	COUNT_OVERFLOW,		/* more elements than the region or the target holds */
	VALUE_TOO_WIDE,		/* does not fit the target's field */
	STRING_NOT_TERMINATED,
	NAME_EMPTY,
	WRONG_STRING,		/* not the version string of this identity */
	RESERVED_NOT_ZERO,
	HANDLE_MISSING,		/* null where the reader needs memory */
	HANDLE_UNEXPECTED,	/* memory where the reader wants null */
	TOO_LARGE_TO_ALLOCATE,	/* exceeds one 4 MiB allocation */
	MEMFD_SEALS_LOST,
	MEMFD_SEALS_UNKNOWN,
	MEMFD_FLAGS_SET,
	MEMFD_POSITION,		/* negative: the next kernel would lose it */
	MEMFD_SIZE,		/* size and folios contradict each other */
	MEMFD_FOLIO_FLAGS,
	MEMFD_FOLIO_INDEX,	/* out of order, unaligned or beyond the size */
	MEMFD_LARGE_FOLIO,	/* the target cannot hold folios above order 0 */
	FLB_LOST,		/* the target has no file-lifecycle-bound data */
	FLB_PAGES,		/* the table is a single page */
	FLB_UNUSED,		/* an entry that no file refers to */
	RANGE_EMPTY,
	PCI_DOMAIN_TOO_WIDE,	/* above 0xffff: the target keeps 16 bits */
	PCI_COUNT,		/* nr_devices is not the number of entries in use */
	PCI_REFCOUNT,		/* of a device, it is 1 */
	PCI_FREE_ENTRY,		/* free, but it names a device */
	PCI_ZERO_DEVICE,	/* 0000:00:00.0 looks like a free entry to the target */
	PCI_ORDER,		/* readers search: ascending by domain and bdf, no two alike */
	PCI_BEHIND_BRIDGE,	/* version 1 does not keep bridges */
	PCI_TOO_DEEP,		/* more bridges above each other than buses can have */
	PCI_UPSTREAM_UNKNOWN,	/* look-ups without an answer: */
	PCI_CLASS_UNKNOWN,
	PCI_DRIVER_UNKNOWN,
	VFIO_DOMAIN_UNKNOWN,
	VFIO_IOMMUFD_UNKNOWN,
	PCI_FLAGS,		/* bits that nobody defined */
	VFIO_RESET_WORKS,	/* a bool that is neither 0 nor 1 */
};

/*
 * The calls. X(return type, name, arguments).
 *
 * ref	 token behind the handle at @off of @in; 0 for a null handle
 * in	 read window on a source region (or, for acceptors, any region)
 * out	 write window on a region made by luob_new()
 * size	 bytes that can be seen through windows
 * new	 zeroed region of @bytes; 0 when there is no memory
 * move	 carry a handle over unchanged, with all that is behind it
 * link	 store the address of a new region in a handle
 * drop	 give up what is behind a handle, for a reason
 * child let the engine carry a record of another family, later: it fills the
 *	 handle and its version string, and its size where that stands beside them
 * lookup a fact about the running kernel; @val is written on failure too
 * gather what is behind a handle, or the record itself, made with elements: those of
 *	 nothing but zeros are taken out, the others sorted by LUOB_BY(), LUOB_THEN();
 *	 equal ones become one with the sum of LUOB_SUM(), without it they fail; returns
 *	 how many are left, and the size is that. A chain that becomes empty is unlinked
 * refuse veto the update: a rule, a place (LUOB_AT), the offending value
 *
 * Tokens and windows are 0 (NULL) after a failure; integers are negative errnos.
 * A failed call is remembered: the step cannot succeed any more.
 */
#define LUOB_CALLS(X)								\
	X(__u64, luob_ref, (struct luo_tx *tx, __u64 in, __u64 off))		\
	X(__u8 *, luob_in, (struct luo_tx *tx, __u64 in, __u64 off,		\
			    const __u64 rdonly_buf_size))			\
	X(__u8 *, luob_out, (struct luo_tx *tx, __u64 out, __u64 off,		\
			     const __u64 rdwr_buf_size))			\
	X(__u64, luob_size, (struct luo_tx *tx, __u64 t))			\
	X(__u64, luob_new, (struct luo_tx *tx, __u64 bytes, __u64 kind))	\
	X(int, luob_move, (struct luo_tx *tx, __u64 out, __u64 ooff,		\
			   __u64 in, __u64 ioff))				\
	X(int, luob_link, (struct luo_tx *tx, __u64 out, __u64 ooff, __u64 t))	\
	X(int, luob_drop, (struct luo_tx *tx, __u64 in, __u64 off, __u64 reason)) \
	X(int, luob_child, (struct luo_tx *tx, __u64 out, __u64 ooff,		\
			    __u64 in, __u64 ioff))				\
	X(int, luob_lookup, (struct luo_tx *tx, __u64 kind, __u64 key, __u64 *val)) \
	X(__u64, luob_gather, (struct luo_tx *tx, __u64 out, __u64 by))		\
	X(int, luob_refuse, (struct luo_tx *tx, __u64 rule, __u64 place, __u64 value))

/*
 * The struct_ops type that the module registers. An object has exactly one of
 * the two. Both return 0, or a negative errno for a veto. The first region that
 * translate() makes is the new record; any other is to be linked before handles
 * are put into it, because the field that leads to it tells its type.
 */
struct luo_translator {
	int (*translate)(struct luo_tx *tx, __u64 self, __u64 arg);
	int (*accept)(struct luo_tx *tx, __u64 self);
};

#endif /* LUOB_CONTRACT_H */
