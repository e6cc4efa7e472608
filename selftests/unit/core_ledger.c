// SPDX-License-Identifier: GPL-2.0-only
/* The ledger of preserved ranges, sets of pages, and how runs of pages are split. */
#include "core/ledger.h"
#include "core/mem.h"
#include "core/region.h"
#include "../test.h"

#define PAGE	0x1000ULL

static void empty(void)
{
	struct luob_ledger l = {};
	__u64 bad;

	CHECK_EQ(luob_ledger__seal(&l, &bad), 0, "nothing overlaps");
	CHECK(!luob_ledger__find(&l, 0), "nothing is found at 0");
	CHECK(!luob_ledger__holding(&l, ~0ULL), "nothing is found at the end");
	luob_ledger__free(&l);
}

static void finds(void)
{
	struct luob_ledger l = {};
	struct luob_range *r;
	char memory;
	__u64 bad;

	luob_ledger__add(&l, 0x800000, 3);
	luob_ledger__add(&l, 0x100000, 0);
	luob_ledger__add(&l, 0x200000, 9);
	CHECK_EQ(luob_ledger__seal(&l, &bad), 0, "ranges in any order are sealed");
	r = luob_ledger__holding(&l, 0x3fffff);
	CHECK(r && r->pa == 0x200000 && r->order == 9, "the last byte of a range is in it");
	CHECK(!luob_ledger__holding(&l, 0x400000), "the byte behind it is not");
	CHECK(!luob_ledger__holding(&l, 0xfffff), "nor is the byte before the first");
	CHECK(!luob_ledger__find(&l, 0x201000), "a range is found by its first byte alone");
	/* New ranges come while old ones are looked up; between, before and behind them. */
	luob_ledger__add_new(&l, 0x900000, 0, &memory);
	luob_ledger__add_new(&l, 0x000000, 1, &memory);
	luob_ledger__add_new(&l, 0x101000, 0, &memory);
	r = luob_ledger__holding(&l, 0x1fff);
	CHECK(r && r->pa == 0 && r->va == &memory, "a new range before all others is found");
	CHECK(luob_ledger__find(&l, 0x101000), "one beside an old range is found");
	CHECK(luob_ledger__find(&l, 0x900000), "one behind all is found");
	r = luob_ledger__find(&l, 0x100000);
	CHECK(r && !r->va, "old ranges are still found");
	luob_ledger__free(&l);
}

static void overlaps(void)
{
	static const struct {
		__u64 pa;
		unsigned int order;
		const char *what;
	} cases[] = {
		{ 0x200000, 0, "the first page of a larger one" },
		{ 0x3ff000, 0, "the last page of a larger one" },
		{ 0x200000, 9, "the same one" },
		{ 0x000000, 10, "one that ends in another" },
	};
	struct luob_ledger l;
	__u64 bad;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&l, 0, sizeof(l));
		luob_ledger__add(&l, 0x200000, 9);
		luob_ledger__add(&l, cases[i].pa, cases[i].order);
		CHECK_EQ(luob_ledger__seal(&l, &bad), -EBADMSG, "overlap: %s", cases[i].what);
		luob_ledger__free(&l);
	}
}

static void sets(void)
{
	struct luob_set s = {};
	__u64 i, wrong = 0;

	CHECK(!luob_set__has(&s, 1), "an empty set has nothing");
	for (i = 1; i <= 5000; i++)
		wrong += luob_set__add(&s, i * PAGE) != 0;
	for (i = 1; i <= 5000; i++)
		wrong += luob_set__add(&s, i * PAGE) != -EEXIST || !luob_set__has(&s, i * PAGE);
	CHECK_EQ(wrong, 0, "5000 pages are met once each");
	CHECK_EQ(s.nr, 5000, "and counted");
	CHECK(!luob_set__has(&s, 5001 * PAGE) && !luob_set__has(&s, 0), "others are not there");
	luob_set__free(&s);
}

struct runs {
	__u64 pa[64];
	unsigned int order[64];
	unsigned int nr;
};

static int note_run(void *priv, __u64 pa, unsigned int order, bool exact)
{
	struct runs *r = priv;

	if (!exact || r->nr == 64)
		return -1;
	r->pa[r->nr] = pa;
	r->order[r->nr++] = order;
	return 0;
}

/* Each piece aligned to its size, in a row, and none could have been larger. */
static bool split_is_right(__u64 pa, __u64 nr)
{
	struct runs r = {};
	__u64 at = pa, end = pa + nr * PAGE;
	unsigned int i;

	if (luob_each_run(pa, nr, note_run, &r))
		return false;
	for (i = 0; i < r.nr; i++) {
		__u64 size = PAGE << r.order[i];

		if (r.pa[i] != at || at % size || at + size > end)
			return false;
		if (at % (size * 2) == 0 && at + size * 2 <= end)
			return false;
		at += size;
	}
	return at == end;
}

static void runs(void)
{
	CHECK(split_is_right(0x1f83c000, 25), "25 pages as a kernel had them");
	CHECK(split_is_right(0x1ec00000, 512), "2 MiB at 2 MiB");
	CHECK(split_is_right(0x1ec01000, 512), "2 MiB beside 2 MiB");
	CHECK(split_is_right(0, 7), "from address 0");
	CHECK(split_is_right(0x7fffffff000, 3), "across a border");
	CHECK(split_is_right(0x1000, 0), "nothing");
	CHECK_EQ(luob_order(1), 0, "a byte takes a page");
	CHECK_EQ(luob_order(4096), 0, "a page takes a page");
	CHECK_EQ(luob_order(4097), 1, "a byte more takes two");
	CHECK_EQ(luob_order(65528), 4, "819 sessions take 16");
}

int main(void)
{
	RUN(empty);
	RUN(finds);
	RUN(overlaps);
	RUN(sets);
	RUN(runs);
	return test_end();
}
