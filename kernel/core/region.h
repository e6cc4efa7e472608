/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Regions: what is behind a handle, as one row of bytes, whatever container it
 * is kept in. Tokens of the contract stand for regions.
 */
#ifndef LUOB_REGION_H
#define LUOB_REGION_H

#include "contract.h"
#include "ledger.h"
#include "mem.h"
#include "type.h"

/* What became of a handle. */
enum luob_slot_state {
	LUOB_SLOT_FREE = 0,
	LUOB_SLOT_REFFED,	/* read through; id: region */
	LUOB_SLOT_MOVED,	/* carried over unchanged */
	LUOB_SLOT_DROPPED,
	LUOB_SLOT_CHILD,	/* left to the worklist; id: record */
	LUOB_SLOT_LINKED,	/* filled; id: region, or LUOB_NO_ID for an old one */
};

#define LUOB_NO_ID	0xffffffffU

/* @value: of a handle that was moved, to see that nobody stored another. */
struct luob_slot {
	__u32 state;
	__u32 id;
	__u64 value;
};

/**
 * struct luob_region - one region
 * @id:		index in the transaction
 * @kind:	enum luob_kind
 * @fresh:	made by the transaction
 * @sealed:	its step has ended: not written any more
 * @carried:	the running step moved it as a whole, with all that is behind it
 * @typed:	@head and @elem are known
 * @pa:		physical address of the first page
 * @size:	bytes that windows can see
 * @nr:		elements
 * @head:	type at the start, or NULL
 * @elem:	type of the elements behind it, or NULL
 * @stride:	bytes of an element
 * @flat:	the flat structure of an FDT, or NULL
 * @pages:	blocks of a chain, or page runs of a vmalloc
 * @first:	chains: number of the first element of each block
 * @chunks:	vmalloc: pages of the list
 * @order:	vmalloc: order of a page run
 * @slots:	one per handle, made when first needed
 * @label:	name of a root record, or NULL
 * @up:		the region with the handle that leads here, or NULL
 * @up_off:	offset of that handle
 * @earned:	number of the step that it added to the budget of
 */
struct luob_region {
	__u32 id;
	__u8 kind;
	bool fresh;
	bool sealed;
	bool carried;
	bool typed;
	__u64 pa;
	__u64 size;
	__u64 nr;
	const struct luob_type *head;
	const struct luob_type *elem;
	__u32 stride;
	__u8 *flat;
	__u64 *pages;
	__u64 *first;
	size_t nr_pages;
	__u64 *chunks;
	size_t nr_chunks;
	unsigned int order;
	struct luob_slot *slots;
	const char *label;
	struct luob_region *up;
	__u64 up_off;
	__u64 earned;
};

/* The memory that regions live in: old, and made by the transaction. */
struct luob_space {
	const struct luob_mem *mem;
	struct luob_ledger ledger;
};

/* Bytes of a record, with the elements that follow it; no FDT. */
static inline __u64 luob_region__record_size(const struct luob_region *r)
{
	return r->head->size + (r->elem ? r->nr * r->stride : 0);
}

const void *luob_space__map(const struct luob_space *s, __u64 pa, __u64 len);
void *luob_space__new(struct luob_space *s, unsigned int order, __u64 *pa);

int luob_region__open(const struct luob_space *s, struct luob_region *r,
		      const struct luob_handle *h, const void *base, struct luob_fault *f);
int luob_region__open_record(const struct luob_space *s, struct luob_region *r,
			     const struct luob_type *t, __u64 pa, struct luob_fault *f);
int luob_region__make(struct luob_space *s, struct luob_region *r, __u64 bytes, __u64 kind);
void luob_region__set_type(struct luob_region *r, const struct luob_type *head,
			   const struct luob_type *elem);
bool luob_region__become(struct luob_region *r, const struct luob_type *t);
bool luob_gather__by_ok(__u64 by, __u32 stride);
int luob_region__gather(const struct luob_space *s, struct luob_region *r, __u64 by);
int luob_region__finish(const struct luob_space *s, struct luob_region *r, struct luob_fault *f);
int luob_region__each_range(const struct luob_region *r,
			    int (*fn)(void *priv, __u64 pa, unsigned int order, bool exact),
			    void *priv);
const void *luob_region__window(const struct luob_space *s, const struct luob_region *r,
				__u64 off, __u64 len);
const struct luob_handle *luob_region__handle(const struct luob_region *r, __u64 off,
					      __u64 *slot, __u64 *base);
const struct luob_type *luob_region__type_at(const struct luob_region *r, __u64 base);
__u64 luob_region__nr_slots(const struct luob_region *r);
__u64 luob_region__slot_off(const struct luob_region *r, __u64 slot);
bool luob_region__handle_null(const struct luob_handle *h, const void *base);
__u64 luob_handle__value(const struct luob_handle *h, const void *base);
__u64 luob_handle__print(const struct luob_handle *h, const void *base);
void luob_region__free(struct luob_region *r);

/* Splits a run of pages as kho_preserve_pages() does. */
int luob_each_run(__u64 pa, __u64 nr_pages,
		  int (*fn)(void *priv, __u64 pa, unsigned int order, bool exact), void *priv);

/* Smallest order whose pages hold @bytes. */
unsigned int luob_order(__u64 bytes);

#endif /* LUOB_REGION_H */
