// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The arming blob: what luo-load packs is what the module unpacks, and no blob that was
 * tampered with is taken or leads out of its memory (these tests also run under ASan).
 */
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "lib/arm.h"
#include "lib/verdict.h"
#include "lib/label.h"
#include "../test.h"

static struct luo_objects objects;
static struct luo_profile *from, *to;
static struct luo_attached at[256];
static const struct luo_digests image = { .kernel = { 1 }, .initrd = { 2 }, .cmdline = { 3 } };

static bool open_all(void)
{
	const char *build = getenv("BUILD");
	struct luo_type_set set;
	char msg[400] = "", where[4096];
	size_t i;

	snprintf(where, sizeof(where), "%s/bpf", build ? build : "build");
	if (luo_objects__open(&objects, msg, sizeof(msg)) ||
	    luo_objects__add(&objects, where, msg, sizeof(msg)) ||
	    luo_objects__ready(&objects))
		return false;
	set = luo_objects__types(&objects);
	objects.verdicts = calloc(objects.nr, sizeof(*objects.verdicts));
	if (!objects.verdicts)
		return false;
	for (i = 0; i < objects.nr; i += 2)
		objects.verdicts[i].verified = true;
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		at[i] = (struct luo_attached){ .map_id = 100 + i, .prog_id = 200 + i };
	return !luo_profile__by_release(&from, "6.19", &set, msg, sizeof(msg)) &&
	       !luo_profile__by_release(&to, "7.3", &set, msg, sizeof(msg));
}

static __u8 *pack(size_t *size)
{
	void *blob = NULL;

	if (luo_blob__pack(&objects, at, from, to, LUOB_UNKNOWN, &image, &blob, size))
		return NULL;
	return blob;
}

static void what_goes_in_comes_out(void)
{
	struct luob_fault f;
	struct luob_blob b;
	size_t size, i;
	__u8 *blob = pack(&size);

	CHECK(blob, "a blob");
	CHECK_EQ(luob_blob__unpack(&b, blob, size, &f), 0, "unpacks");
	CHECK_EQ(b.head->nr_progs, objects.nr, "programs");
	CHECK_EQ(b.head->deferred, LUOB_UNKNOWN, "deferred");
	CHECK_EQ(b.head->kernel[0], 1, "digest of the kernel");
	CHECK_STR(b.from.release, "6.19", "release");
	CHECK_STR(b.head->to_kho, "kho-v4", "KHO of the target");
	for (i = 0; i < objects.nr; i++) {
		CHECK_STR(b.progs[i].name, objects.progs[i].name, "name %zu", i);
		CHECK_EQ(b.progs[i].from->fingerprint, objects.progs[i].from->fingerprint,
			 "layout %zu", i);
		CHECK_EQ(b.blob_progs[i].prog_id, 200 + i, "program %zu", i);
		CHECK_EQ(b.blob_progs[i].verified, !(i % 2), "verified %zu", i);
	}
	luob_blob__free(&b);
	free(blob);
}

/* Each length, in memory of exactly that length. */
static void truncated(void)
{
	struct luob_fault f;
	size_t size, n, taken = 0;
	struct luob_blob b;
	__u8 *blob = pack(&size), *part;

	for (n = 0; n < size; n += n < 400 ? 1 : 997) {
		part = malloc(n ? n : 1);
		memcpy(part, blob, n);
		if (n >= sizeof(struct luob_blob_head))
			((struct luob_blob_head *)part)->size = n;
		if (!luob_blob__unpack(&b, part, n, &f)) {
			taken++;
			luob_blob__free(&b);
		}
		free(part);
	}
	CHECK_EQ(taken, 0, "truncated blobs that were taken");
	free(blob);
}

/* Uses what was unpacked as the engine would: all indexes have to be good. */
static __u64 use(const struct luob_blob *b)
{
	__u64 sum = 0;
	__u32 i, k;

	for (i = 0; i < b->head->nr_types; i++) {
		sum += strlen(b->types[i].name);
		for (k = 0; k < b->types[i].nr_handles; k++)
			sum += b->types[i].handles[k].off +
			       (b->types[i].handles[k].head ?
				b->types[i].handles[k].head->size : 0);
		for (k = 0; k < b->types[i].nr_fdt; k++)
			sum += strlen(b->types[i].fdt[k].path);
	}
	for (i = 0; i < b->head->nr_progs; i++)
		sum += b->progs[i].from->size + strlen(b->progs[i].name);
	return sum;
}

static void flipped(void)
{
	size_t size, i, refused = 0, tried = 0;
	struct luob_fault f;
	struct luob_blob b;
	__u8 *blob = pack(&size), *copy = malloc(size);
	__u64 sum = 0;

	for (i = 0; i < size; i += i < sizeof(struct luob_blob_head) ? 1 : 7, tried++) {
		memcpy(copy, blob, size);
		copy[i] ^= 0xff;
		if (luob_blob__unpack(&b, copy, size, &f)) {
			refused++;
			continue;
		}
		sum += use(&b);
		luob_blob__free(&b);
	}
	CHECK(refused > 20 && refused < tried, "%zu of %zu refused, sum %llu", refused, tried,
	      (unsigned long long)sum);
	free(copy);
	free(blob);
}

/* Gives a program a limit, packs, unpacks. Return: what unpacking says, or what came out. */
static int with_limit(struct luob_prog *p, struct luob_limit limit, struct luob_limit *out)
{
	struct luob_fault f;
	struct luob_blob b;
	size_t size;
	__u8 *blob;
	int err;

	p->limit = limit;
	blob = pack(&size);
	memset(&p->limit, 0, sizeof(p->limit));
	err = luob_blob__unpack(&b, blob, size, &f);
	if (!err) {
		*out = b.progs[p - objects.progs].limit;
		luob_blob__free(&b);
	}
	free(blob);
	return err;
}

static struct luob_prog *find_prog(const char *family)
{
	size_t i;

	for (i = 0; i < objects.nr; i++)
		if (!strcmp(objects.progs[i].family, family))
			return &objects.progs[i];
	return NULL;
}

static void limited(void)
{
	const struct luob_limit ok = { { 0x8086, 0, 0, 0, 0x020000 },
				       { 0xffff, 0, 0, 0, 0xffff00 } };
	struct luob_prog *p = find_prog("memfd");
	struct luob_limit bad = ok, out = {};
	char family[LUOB_FAMILY_MAX];

	CHECK(p, "a program");
	CHECK_EQ(with_limit(p, ok, &out), -EBADMSG, "records of this family have no hardware");
	memcpy(family, p->family, sizeof(family));
	strcpy(p->family, "acme");
	CHECK_EQ(with_limit(p, ok, &out), 0, "nobody knows the family");
	CHECK(!memcmp(&out, &ok, sizeof(ok)), "the limit is what was packed");
	bad.mask.vendor = 0xff0f;
	CHECK_EQ(with_limit(p, bad, &out), -EBADMSG, "some bits of an id");
	bad = ok;
	bad.value.device = 0x10d3;
	CHECK_EQ(with_limit(p, bad, &out), -EBADMSG, "a value that nothing compares");
	bad = ok;
	bad.mask.class = 0x0000ff;
	CHECK_EQ(with_limit(p, bad, &out), -EBADMSG, "the end of a class");
	bad = ok;
	bad.mask.class = 0xffffffff;
	CHECK_EQ(with_limit(p, bad, &out), -EBADMSG, "more than a class");
	memcpy(p->family, family, sizeof(family));
}

static bool is_taken(__u8 *blob, size_t size)
{
	struct luob_fault f;
	struct luob_blob b;

	if (luob_blob__unpack(&b, blob, size, &f))
		return false;
	luob_blob__free(&b);
	return true;
}

/* The place of a device beside a handle that leads to records about it. */
static void hardware_outside(void)
{
	size_t size, i, tried = 0, taken = 0;
	__u8 *blob = pack(&size);
	const struct luob_blob_head *h = (struct luob_blob_head *)blob;
	size_t at = (sizeof(*h) + 7) & ~7UL;
	struct luob_blob_handle *one;

	at = (at + h->nr_types * sizeof(struct luob_blob_type) + 7) & ~7UL;
	one = (struct luob_blob_handle *)(blob + at);
	for (i = 0; i < h->nr_handles; i++, one++) {
		const struct luob_blob_handle was = *one;

		if (!one->hw_size)
			continue;
		CHECK_EQ(one->hw_size, sizeof(struct luob_hw), "a device");
		CHECK_STR(one->space, "driver", "of a driver's record");
		one->hw_size = 11;
		taken += is_taken(blob, size);
		*one = was;
		one->hw_off = 0xfffffff0;
		taken += is_taken(blob, size);
		one->hw_off = was.hw_off + 8;
		taken += is_taken(blob, size);
		*one = was;
		CHECK(is_taken(blob, size), "as it was");
		tried++;
	}
	CHECK(tried, "a handle with a device beside it");
	CHECK_EQ(taken, 0, "taken");
	free(blob);
}

static void names_of_fields(void)
{
	struct luo_type_set set = luo_objects__types(&objects);
	char text[200] = "blocker: X LUO/{luo_ser___v5+16}[0] 'vm'.{memfd_luo_ser___v2+16}: no";
	char odd[200] = "{nothing+1} {luo_ser___v5+} {luo_ser___v5+9999} { {";
	char small[24] = "{luo_ser___v5+16} tail";

	luo_label__resolve(&set, text, sizeof(text));
	CHECK_STR(text, "blocker: X LUO/sessions_pa[0] 'vm'.seals: no", "fields");
	luo_label__resolve(&set, odd, sizeof(odd));
	CHECK(!strncmp(odd, "{nothing+1} {luo_ser___v5+} ", 28), "%s", odd);
	luo_label__resolve(&set, small, sizeof(small));
	CHECK_STR(small, "sessions_pa tail", "just fits");
}

int main(void)
{
	if (!open_all()) {
		printf("Bail out! objects or profiles cannot be read\n");
		return 1;
	}
	RUN(what_goes_in_comes_out);
	RUN(truncated);
	RUN(flipped);
	RUN(limited);
	RUN(hardware_outside);
	RUN(names_of_fields);
	luo_profile__free(from);
	luo_profile__free(to);
	luo_objects__free(&objects);
	return test_end();
}
