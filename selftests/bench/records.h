/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is translated, once for all sides: the same functions are compiled for BPF and,
 * by gcc and by clang, for the machine.
 */
#ifndef LUO_BENCH_RECORDS_H
#define LUO_BENCH_RECORDS_H

#include <linux/types.h>

/*
 * The folio word of memfd-v1 and memfd-v2: page frame number and flags in one word, then
 * the index. As new, flags stand above the number and mean the same.
 */
struct bench_folio_old {
	__u64 word;		/* pfn : 52, dirty, uptodate, reserved : 10 */
	__u64 index;
};

struct bench_folio_new {
	__u64 word;		/* pfn : 52 above uptodate, dirty, reserved : 10 */
	__u64 index;
};

static inline __attribute__((always_inline))
void bench_folio(const struct bench_folio_old *o, struct bench_folio_new *n)
{
	__u64 w = o->word, flags = w >> 52;

	n->word = w << 12 | (flags & 1) << 1 | (flags >> 1 & 1);
	n->index = o->index;
}

/*
 * A PCI device of 128 bytes. Its first 8 bytes are the D2 of the patches, which become D3:
 * what was padding is a count of references, where 0 means a free slot. The rest is what
 * records of drivers hold: numbers that are copied, widened, remapped and masked.
 */
struct bench_pci_old {
	__u32 domain;
	__u16 bdf;
	__u16 padding;
	__u16 vendor;
	__u16 device;
	__u16 subvendor;
	__u16 subdevice;
	__u32 class_rev;
	__u8 irq_pin;
	__u8 power;		/* D0 to D3cold */
	__u16 msi;
	__u64 bar[6];
	__u32 flags;
	__u32 generation;
	__u32 saved[8];
	char driver[16];
};

struct bench_pci_new {
	__u32 domain;
	__u16 bdf;
	__u16 refcount;
	__u32 vendor;
	__u32 device;
	__u64 bar[6];
	__u32 class_rev;
	__u32 state;
	__u32 flags;
	__u16 msi;
	__u16 irq_pin;
	__u32 saved[8];
	char driver[16];
};

_Static_assert(sizeof(struct bench_pci_old) == 128, "bench_pci_old");
_Static_assert(sizeof(struct bench_pci_new) == 128, "bench_pci_new");

static inline __attribute__((always_inline))
__u32 bench_state(__u32 power)
{
	switch (power) {
	case 0: return 1;
	case 1:
	case 2: return 4;
	case 3: return 8;
	default: return 0;
	}
}

static inline __attribute__((always_inline))
void bench_pci(const struct bench_pci_old *o, struct bench_pci_new *n)
{
	n->domain = o->domain;
	n->bdf = o->bdf;
	n->refcount = 1;
	n->vendor = o->vendor | (__u32)o->subvendor << 16;
	n->device = o->device | (__u32)o->subdevice << 16;
	n->bar[0] = o->bar[0];
	n->bar[1] = o->bar[1];
	n->bar[2] = o->bar[2];
	n->bar[3] = o->bar[3];
	n->bar[4] = o->bar[4];
	n->bar[5] = o->bar[5];
	n->class_rev = o->class_rev;
	n->state = bench_state(o->power);
	n->flags = o->flags & 0x7fffffff;
	n->msi = o->msi;
	n->irq_pin = o->irq_pin;
	__builtin_memcpy(n->saved, o->saved, sizeof(n->saved));
	__builtin_memcpy(n->driver, o->driver, sizeof(n->driver));
}

/* What a driver says of a device: 64 bytes that move, one number widens, two become one. */
struct bench_blob_old {
	__u16 queues;
	__u16 depth;
	__u32 flags;
	__u64 rings[6];
	__u64 mac;
};

struct bench_blob_new {
	__u64 mac;
	__u32 queues;
	__u32 flags;		/* depth in the upper half */
	__u64 rings[6];
};

_Static_assert(sizeof(struct bench_blob_old) == 64, "bench_blob_old");
_Static_assert(sizeof(struct bench_blob_new) == 64, "bench_blob_new");

static inline __attribute__((always_inline))
void bench_blob(const struct bench_blob_old *o, struct bench_blob_new *n)
{
	n->mac = o->mac;
	n->queues = o->queues;
	n->flags = (o->flags & 0xffff) | (__u32)o->depth << 16;
	__builtin_memcpy(n->rings, o->rings, sizeof(n->rings));
}

/* One call of a program without loops: librte-bpf takes no others. */
#define BENCH_BATCH	16

struct bench_folio_batch {
	struct bench_folio_old in[BENCH_BATCH];
	struct bench_folio_new out[BENCH_BATCH];
};

struct bench_pci_batch {
	struct bench_pci_old in[BENCH_BATCH];
	struct bench_pci_new out[BENCH_BATCH];
};

#endif /* LUO_BENCH_RECORDS_H */
