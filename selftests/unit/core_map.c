// SPDX-License-Identifier: GPL-2.0-only
/* Memory maps: bitmap chunks are read, radix trees are made and read back. */
#include "abi/kho.h"
#include "core/kho_map.h"
#include "../test.h"
#include "core_memory.h"

#define ROOT	0x10000ULL

static struct luob_fault fault;

static const struct {
	__u64 pa;
	unsigned int order;
} ranges[] = {
	{ 0x1000, 0 }, { 0x2000, 0 }, { 0x7fff000, 0 }, { 0x8000000, 0 },	/* two leaves */
	{ 0x8004000, 2 }, { 0x10000000, 4 }, { 0x20000000, 9 }, { 0x40000000, 10 },
	{ 0x4000000000ULL, 18 }, { 0x8000000000ULL, 20 }, { 0xffffffffff000ULL, 0 },
};

#define NR	(sizeof(ranges) / sizeof(ranges[0]))

/* All ranges and nothing else. */
static bool holds_all(struct luob_ledger *l)
{
	struct luob_range *r;
	__u64 bad;
	size_t i;

	if (luob_ledger__seal(l, &bad) || l->nr != NR)
		return false;
	for (i = 0; i < NR; i++) {
		r = luob_ledger__find(l, ranges[i].pa);
		if (!r || r->order != ranges[i].order)
			return false;
	}
	return true;
}

static void fill(struct luob_ledger *l)
{
	__u64 bad;
	size_t i;

	for (i = 0; i < NR; i++)
		luob_ledger__add(l, ranges[i].pa, ranges[i].order);
	luob_ledger__seal(l, &bad);
}

static int count_page(void *priv, __u64 pa, void *va)
{
	*(size_t *)priv += memory_page(pa) == va;
	return 0;
}

static void radix(void)
{
	struct luob_ledger in = {}, out = {};
	struct luob_radix tree;
	struct luob_set pages = {};
	size_t nr = 0;

	memory_reset();
	fill(&in);
	if (!CHECK_EQ(luob_radix__build(&tree, &host_memory, &in), 0, "a tree is made"))
		return;
	luob_radix__each_page(&tree, count_page, &nr);
	CHECK_EQ(nr, memory.allocated, "each of its pages is shown once");
	CHECK_EQ(luob_map__read_radix(&host_memory, luob_radix__root(&tree), &out, &pages, &fault),
		 0, "it is read back");
	CHECK(holds_all(&out), "it holds the same ranges");
	CHECK_EQ(pages.nr, nr, "its pages are noted");
	luob_radix__free(&tree, true);
	CHECK_EQ(memory.given_back, nr, "all pages can be given back");
	luob_ledger__free(&in);
	luob_ledger__free(&out);
	luob_set__free(&pages);
}

static void radix_drops(void)
{
	struct luob_ledger in = {}, out = {};
	struct luob_set pages = {};
	struct luob_radix tree;
	__u64 bad;

	memory_reset();
	fill(&in);
	luob_ledger__find(&in, 0x20000000)->dropped = 1;
	luob_ledger__find(&in, 0x1000)->dropped = 1;
	luob_radix__build(&tree, &host_memory, &in);
	luob_map__read_radix(&host_memory, luob_radix__root(&tree), &out, &pages, &fault);
	luob_ledger__seal(&out, &bad);
	CHECK_EQ(out.nr, NR - 2, "what was dropped is left out");
	CHECK(!luob_ledger__find(&out, 0x20000000) && luob_ledger__find(&out, 0x2000),
	      "and only that");
	luob_radix__free(&tree, true);
	luob_ledger__free(&in);
	luob_ledger__free(&out);
	luob_set__free(&pages);
}

static void radix_no_memory(void)
{
	struct luob_ledger in = {};
	struct luob_radix tree;
	size_t limit;
	int err = -1, wrong = 0;

	fill(&in);
	for (limit = 0; err; limit++) {
		memory_reset();
		memory.limit = limit;
		err = luob_radix__build(&tree, &host_memory, &in);
		luob_radix__free(&tree, true);
		wrong += err ? err != -ENOMEM : limit < 6;
		wrong += memory.given_back != memory.allocated;
	}
	CHECK_EQ(wrong, 0, "each of %zu allocations may fail, nothing is lost", limit - 1);
	luob_ledger__free(&in);
}

/* Damage to a tree of one page: six nodes in a row. */
static int read_damaged(unsigned int level, unsigned int slot, __u64 value)
{
	struct luob_ledger in = {}, out = {};
	struct luob_set pages = {};
	struct luob_radix tree;
	__u64 *node, pa, bad;
	int err;

	memory_reset();
	luob_ledger__add(&in, 0x5000, 0);
	luob_ledger__seal(&in, &bad);
	luob_radix__build(&tree, &host_memory, &in);
	for (pa = luob_radix__root(&tree), node = memory_page(pa); level; level--) {
		unsigned int i = 0;

		while (!node[i])
			i++;
		pa = node[i];
		node = memory_page(pa);
	}
	node[slot] = value == ROOT ? luob_radix__root(&tree) : value;
	err = luob_map__read_radix(&host_memory, luob_radix__root(&tree), &out, &pages, &fault);
	luob_radix__free(&tree, true);
	luob_ledger__free(&in);
	luob_ledger__free(&out);
	luob_set__free(&pages);
	return err;
}

static void radix_damage(void)
{
	CHECK_EQ(read_damaged(5, 1, 1), 0, "one bit more is no damage");
	CHECK_EQ(read_damaged(0, 3, ROOT), -EBADMSG, "a node that is met twice");
	CHECK_EQ(read_damaged(4, 7, ROOT), -EBADMSG, "a cycle");
	CHECK_EQ(read_damaged(0, 3, 0x12345678), -EBADMSG, "a node that is not aligned");
	CHECK_EQ(read_damaged(2, 3, 0x7f000000), -EBADMSG, "a node that is not there");
	CHECK_EQ(read_damaged(2, 3, 1ULL << 63), -EBADMSG, "a node beyond memory");
}

static struct khoser_mem_chunk___v1 *chunk(__u64 pa, unsigned int order, unsigned int nr)
{
	struct khoser_mem_chunk___v1 *c = memory_add(pa);

	c->order = order;
	c->num_elms = nr;
	return c;
}

static void chunks(void)
{
	struct khoser_mem_chunk___v1 *c;
	struct luob_ledger l = {};
	struct luob_set pages = {};
	__u64 bad, *bits;

	memory_reset();
	c = chunk(ROOT, 0, 2);
	c->next = 0x20000;
	c->bitmaps[0].bitmap = 0x30000;
	c->bitmaps[1].phys_start = 0x8000000;
	c->bitmaps[1].bitmap = 0x31000;
	bits = memory_add(0x30000);
	bits[0] = 1 << 5;
	bits[511] = 1ULL << 63;
	bits = memory_add(0x31000);
	bits[0] = 1;
	c = chunk(0x20000, 9, 1);
	c->bitmaps[0].bitmap = 0x32000;
	bits = memory_add(0x32000);
	bits[1] = 2;
	CHECK_EQ(luob_map__read_chunks(&host_memory, ROOT, &l, &pages, &fault), 0,
		 "two orders are read");
	luob_ledger__seal(&l, &bad);
	CHECK_EQ(l.nr, 4, "four bits are four ranges");
	CHECK(luob_ledger__find(&l, 0x5000) && luob_ledger__find(&l, 0x7fff000),
	      "first and last word");
	CHECK(luob_ledger__find(&l, 0x8000000), "a bitmap starts where it says");
	CHECK(luob_ledger__find(&l, 65ULL << 21), "bits of order 9 are 2 MiB apart");
	CHECK_EQ(pages.nr, 5, "the map's own pages are noted");
	luob_ledger__free(&l);
	luob_set__free(&pages);
}

static int read_chunk(unsigned int order, unsigned int nr, __u64 start, __u64 bitmap, __u64 next)
{
	struct khoser_mem_chunk___v1 *c;
	struct luob_ledger l = {};
	struct luob_set pages = {};
	int err;

	memory_reset();
	c = chunk(ROOT, order, nr);
	c->next = next;
	c->bitmaps[0].phys_start = start;
	c->bitmaps[0].bitmap = bitmap;
	memset(memory_add(0x30000), 0xff, 8);
	err = luob_map__read_chunks(&host_memory, ROOT, &l, &pages, &fault);
	luob_ledger__free(&l);
	luob_set__free(&pages);
	return err;
}

static void chunk_damage(void)
{
	CHECK_EQ(read_chunk(0, 1, 0, 0x30000, 0), 0, "no damage");
	CHECK_EQ(read_chunk(0, 1, 0, 0x30000, ROOT), -EBADMSG, "a list that is a cycle");
	CHECK_EQ(read_chunk(0, 1, 0, ROOT, 0), -EBADMSG, "a bitmap that is the chunk");
	CHECK_EQ(read_chunk(0, 1, 0, 0, 0), -EBADMSG, "no bitmap");
	CHECK_EQ(read_chunk(0, 1, 0, 0x99000, 0), -EBADMSG, "a bitmap that is not there");
	CHECK_EQ(read_chunk(0, 256, 0, 0x30000, 0), -EBADMSG, "more bitmaps than fit");
	CHECK_EQ(read_chunk(0, ~0U, 0, 0x30000, 0), -EBADMSG, "4 billion bitmaps");
	CHECK_EQ(read_chunk(11, 1, 0, 0x30000, 0), -EBADMSG, "order 11");
	CHECK_EQ(read_chunk(64, 1, 0, 0x30000, 0), -EBADMSG, "order 64");
	CHECK_EQ(read_chunk(9, 1, 0x1000, 0x30000, 0), -EBADMSG, "a start that is not aligned");
	CHECK_EQ(read_chunk(0, 1, 1ULL << 52, 0x30000, 0), -EBADMSG, "a start beyond memory");
}

int main(void)
{
	RUN(radix);
	RUN(radix_drops);
	RUN(radix_no_memory);
	RUN(radix_damage);
	RUN(chunks);
	RUN(chunk_damage);
	memory_reset();
	return test_end();
}
