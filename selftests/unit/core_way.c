// SPDX-License-Identifier: GPL-2.0-only
/* What a report keeps of former hops: in one page, and whatever came in. */
#include "core/way.h"
#include "../test.h"

static struct luo_bpf_report___v3 in, now, next;
static struct luob_way way;

static void add(struct luo_bpf_report___v3 *r, const char *name, __u64 records, __u16 flags)
{
	struct luo_bpf_report_object *o = &r->objects[r->nr_objects++];

	snprintf(o->name, sizeof(o->name), "%s", name);
	o->records = records;
	o->flags = flags;
	o->hop = r->hops;
}

/* One kernel: what came in is @in, what it hands over is @next. */
static void hop(const struct luo_bpf_report___v3 *from, const char *release)
{
	memset(&now, 0, sizeof(now));
	luob_way__begin(&way, &now, from, release);
}

static void first_hop(void)
{
	hop(NULL, "6.19.11");
	add(&now, "memfd_v1_to_v2", 8, LUO_BPF_TRANSLATOR | LUO_BPF_VERIFIED);
	add(&now, "luo_v5_to_v1", 0, LUO_BPF_TRANSLATOR);
	add(&now, "memfd_v2_accept", 8, LUO_BPF_VERIFIED);
	snprintf(now.objects[0].losses, sizeof(now.objects[0].losses), "seals");
	luob_way__hand_over(&way, &now, &next);
	CHECK_EQ(next.hops, 1, "it is the first hop");
	CHECK_STR(next.origin, "6.19.11", "the origin is the kernel itself");
	CHECK_EQ(next.nr_objects, 2, "objects without records stay behind");
	CHECK_STR(next.objects[1].name, "memfd_v2_accept", "acceptors travel once");
	CHECK_EQ(next.nr_earlier, 0, "nothing was before");
}

static void second_hop(void)
{
	in = next;
	hop(&in, "7.3.4");
	add(&now, "luo_v5_to_v1", 1, LUO_BPF_TRANSLATOR | LUO_BPF_VERIFIED);
	luob_way__hand_over(&way, &now, &next);
	CHECK_EQ(next.hops, 2, "it is the second hop");
	CHECK_STR(next.origin, "6.19.11", "the origin stays");
	CHECK_EQ(next.nr_earlier, 1, "one translator was before, acceptors are not kept");
	CHECK_STR(next.objects[1].name, "memfd_v1_to_v2", "it stands behind those of this hop");
	CHECK_STR(next.objects[1].losses, "seals", "with its losses");
	CHECK_EQ(next.objects[1].hop, 1, "and its hop");
}

static void many_hops(void)
{
	__u32 i;

	for (i = 0; i < 100; i++) {
		in = next;
		hop(&in, "7.3.4");
		add(&now, "a", 1, LUO_BPF_TRANSLATOR);
		add(&now, "b", 1, LUO_BPF_TRANSLATOR);
		luob_way__hand_over(&way, &now, &next);
	}
	CHECK_EQ(next.hops, 102, "hops are counted");
	CHECK_EQ(next.nr_objects + next.nr_earlier, LUO_BPF_REPORT_OBJECTS, "the page is full");
	CHECK_EQ(next.nr_earlier + next.forgotten, 2 + 99 * 2, "what has no room is counted");
	CHECK_EQ(next.objects[2 + next.nr_earlier - 1].hop, 101, "the last ones are kept");
	CHECK_STR(next.origin, "6.19.11", "and the origin");
}

/* From another kernel: anything. */
static void hostile(void)
{
	memset(&in, 0xff, sizeof(in));
	hop(&in, "7.3.4");
	CHECK_EQ(way.nr, LUO_BPF_REPORT_OBJECTS, "no more than the array has");
	CHECK_EQ(strnlen(now.origin, sizeof(now.origin)), sizeof(now.origin) - 1,
		 "the origin is a string");
	CHECK(memchr(way.list[0].name, 0, sizeof(way.list[0].name)), "and so are names");
	in.nr_objects = 0;
	hop(&in, "7.3.4");
	CHECK_EQ(way.nr, LUO_BPF_REPORT_OBJECTS, "the same by the other count");
	add(&now, "a", 1, LUO_BPF_TRANSLATOR);
	luob_way__hand_over(&way, &now, &next);
	CHECK_EQ(next.nr_earlier, LUO_BPF_REPORT_OBJECTS - 1, "one makes room");
}

int main(void)
{
	RUN(first_hop);
	RUN(second_hop);
	RUN(many_hops);
	RUN(hostile);
	return test_end();
}
