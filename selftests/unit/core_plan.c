// SPDX-License-Identifier: GPL-2.0-only
/* Plans: the shortest chain of steps between two identities, or none. */
#include "core/tx.h"
#include "../test.h"

/* Layouts differ by their fingerprint alone: that is all that a plan looks at. */
static const struct luob_type layouts[] = {
	{ .name = "a", .fingerprint = 1 }, { .name = "b", .fingerprint = 2 },
	{ .name = "c", .fingerprint = 3 }, { .name = "d", .fingerprint = 4 },
};

static struct luob_prog progs[16];
static size_t nr_progs;
static struct luob_format reads[2];
static const struct luob_profile target = { .nr = 2, .formats = reads };

static void step(const char *name, const char *from, int a, const char *to, int b)
{
	struct luob_prog *p = &progs[nr_progs++];

	memset(p, 0, sizeof(*p));
	p->name = name;
	strcpy(p->family, "luo");
	strcpy(p->from_string, from);
	p->from = &layouts[a];
	if (!to)
		return;
	strcpy(p->to_string, to);
	p->to = &layouts[b];
}

static void want(int i, const char *string, int layout)
{
	struct luob_format *f = &reads[i];

	memset(f, 0, sizeof(*f));
	strcpy(f->family, "luo");
	strcpy(f->string, string);
	strcpy(f->space, "subtree");
	f->type = &layouts[layout];
	f->reads = true;
}

static void reset(void)
{
	nr_progs = 0;
	memset(reads, 0, sizeof(reads));
}

/* From a string and a layout: the names of the steps, "same" or "none". */
static const char *plan(const char *string, int layout)
{
	struct luob_format from = { .family = "luo", .type = &layouts[layout] };
	struct luob_record rec = { .format = &from };
	static char text[256];
	unsigned int i;
	int err;

	strcpy(from.string, string);
	err = luob_plan__find(progs, nr_progs, &target, &rec);
	if (err == -ENOENT)
		return "none";
	if (err)
		return "error";
	text[0] = 0;
	for (i = 0; i < rec.nr_steps; i++)
		sprintf(text + strlen(text), "%s%s", i ? " " : "", rec.steps[i]->name);
	return rec.nr_steps ? text : "same";
}

static void chains(void)
{
	reset();
	want(0, "v5", 2);
	step("one", "v1", 0, "v1", 1);
	step("two", "v1", 1, "v5", 2);
	step("back", "v1", 1, "v1", 0);
	step("accept", "v5", 2, NULL, 0);
	CHECK_STR(plan("v5", 2), "same", "what is read needs no step");
	CHECK_STR(plan("v1", 1), "two", "one step");
	CHECK_STR(plan("v1", 0), "one two", "two steps; one string names two layouts");
	CHECK_STR(plan("v5", 1), "none", "the right string with another layout is not taken");
	CHECK_STR(plan("v9", 0), "none", "a string that nobody translates");
	step("short", "v1", 0, "v5", 2);
	CHECK_STR(plan("v1", 0), "short", "the shorter chain wins");
	step("late", "v1", 0, "v5", 2);
	CHECK_STR(plan("v1", 0), "short", "of two alike the first wins");
}

/* One that is only for some devices: ids as in a struct luo_bpf_hw. */
static void step_for(const char *name, struct luob_hw value, struct luob_hw mask)
{
	step(name, "v1", 0, "v5", 2);
	progs[nr_progs - 1].limit = (struct luob_limit){ .value = value, .mask = mask };
}

/* Of a record about a device, or about any (@hw is NULL). */
static const char *plan_for(const struct luob_hw *hw)
{
	struct luob_format from = { .family = "luo", .string = "v1", .type = &layouts[0] };
	struct luob_record rec = { .format = &from, .has_hw = hw, .any_hw = !hw };

	if (hw)
		rec.hw = *hw;
	if (luob_plan__find(progs, nr_progs, &target, &rec))
		return "none";
	return rec.nr_steps == 1 ? rec.steps[0]->name : "more";
}

static void devices(void)
{
	const struct luob_hw nic = { 0x8086, 0x10d3, 0x8086, 0xa01f, 0x020000 };
	const struct luob_hw disk = { 0x8086, 0x0010, 0x1af4, 0x1100, 0x010802 };
	const struct luob_hw other = { 0x1af4, 0x10d3, 0x8086, 0xa01f, 0x020001 };

	reset();
	want(0, "v5", 2);
	step_for("vendor", (struct luob_hw){ .vendor = 0x8086 },
		 (struct luob_hw){ .vendor = 0xffff });
	step_for("class", (struct luob_hw){ .class = 0x020000 },
		 (struct luob_hw){ .class = 0xffff00 });
	step_for("two", (struct luob_hw){ .vendor = 0x8086, .class = 0x020000 },
		 (struct luob_hw){ .vendor = 0xffff, .class = 0xff0000 });
	CHECK_STR(plan_for(&nic), "two", "two ids say more than one");
	CHECK_STR(plan_for(&disk), "vendor", "what does not fit is not taken");
	CHECK_STR(plan_for(&other), "class", "the digits of a class that count");
	CHECK_STR(plan("v1", 0), "none", "a record without hardware fits no limit");
	CHECK_STR(plan_for(NULL), "two", "before there is a record, all of them count");
	step("any", "v1", 0, "v5", 2);
	CHECK_STR(plan("v1", 0), "any", "it is for those without a limit");
	CHECK_STR(plan_for(&disk), "vendor", "which any limit that fits beats");
	CHECK_STR(plan_for(&(const struct luob_hw){ 0x1b36, 1, 2, 3, 0x0c0330 }), "any",
		  "and which is left for others");
}

static void limits(void)
{
	const struct luob_limit ok = { { 0x8086, 0, 0, 0, 0x020000 },
				       { 0xffff, 0, 0, 0, 0xff0000 } };
	const struct luob_limit bits = { { .vendor = 0x8086 }, { .vendor = 0xfffe } };
	const struct luob_limit more = { { .device = 1 }, { .vendor = 0xffff } };
	const struct luob_limit gap = { { .class = 0 }, { .class = 0x00ffff } };
	const struct luob_limit wide = { { .class = 0x1020000 }, { .class = 0xffffff } };
	char text[LUOB_HW_TEXT];

	CHECK(luob_limit__is_valid(&ok), "whole ids");
	CHECK(!luob_limit__is_valid(&bits), "some bits of an id");
	CHECK(!luob_limit__is_valid(&more), "a value that is not compared");
	CHECK(!luob_limit__is_valid(&gap), "a class from its middle on");
	CHECK(!luob_limit__is_valid(&wide), "a class of more than 24 bits");
	CHECK_STR(luob_limit__text(&ok, text, sizeof(text)), "vendor=8086 class=02", "as text");
	CHECK_STR(luob_hw__text(&(const struct luob_hw){ 1, 2, 3, 4, 5 }, text, sizeof(text)),
		  "vendor=0001 device=0002 subvendor=0003 subdevice=0004 class=000005", "all");
	CHECK(strlen(text) + 1 <= LUOB_HW_TEXT, "with room");
}

static void layout_matters(void)
{
	reset();
	want(0, "v5", 3);
	step("wrong", "v1", 0, "v5", 2);
	CHECK_STR(plan("v1", 0), "none",
		  "a step that makes another layout of that string does not help");
	step("right", "v5", 2, "v5", 3);
	CHECK_STR(plan("v1", 0), "wrong right", "but another may go on from there");
}

static void cycles(void)
{
	reset();
	want(0, "v9", 3);
	step("there", "v1", 0, "v2", 1);
	step("back", "v2", 1, "v1", 0);
	step("self", "v1", 0, "v1", 0);
	CHECK_STR(plan("v1", 0), "none", "steps in a circle end");
}

static void too_long(void)
{
	static char names[10][8], strings[11][8];
	int i;

	reset();
	want(0, "s9", 0);
	for (i = 0; i < 10; i++) {
		sprintf(names[i], "p%d", i);
		sprintf(strings[i], "s%d", i);
	}
	for (i = 0; i < 9; i++)
		step(names[i], strings[i], 0, strings[i + 1], 0);
	CHECK_STR(plan("s1", 0), "p1 p2 p3 p4 p5 p6 p7 p8", "eight steps");
	CHECK_STR(plan("s0", 0), "error", "nine are too many");
}

static void two_targets(void)
{
	reset();
	want(0, "v7", 2);
	want(1, "v5", 1);
	step("near", "v1", 0, "v5", 1);
	step("far", "v5", 1, "v7", 2);
	CHECK_STR(plan("v1", 0), "near", "the nearest of what the target reads");
	reads[1].reads = false;
	CHECK_STR(plan("v1", 0), "near far", "what it only writes is not enough");
}

int main(void)
{
	RUN(chains);
	RUN(devices);
	RUN(limits);
	RUN(layout_matters);
	RUN(cycles);
	RUN(too_long);
	RUN(two_targets);
	return test_end();
}
