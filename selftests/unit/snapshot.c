// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cores made here byte by byte: what is read of them, and what is refused. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot_test.h"

#define MAX_LOADS	8
#define DATA_OFF	0x4000

/* ---- cores ---------------------------------------------------------------------------- */

struct load {
	__u64 pa, va, mem;
	const void *data;
	size_t file;
};

/*
 * A core that is about to be written: header, program headers (note first), notes at
 * 0x1000, contents from DATA_OFF on.
 */
static struct {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdrs[MAX_LOADS + 2];
	char notes[0x2000];
	char data[1 << 16];
	size_t notes_len, data_len;
} core;

static void core_init(void)
{
	memset(&core, 0, sizeof(core));
	memcpy(core.ehdr.e_ident, ELFMAG, SELFMAG);
	core.ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	core.ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	core.ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	core.ehdr.e_type = ET_CORE;
	core.ehdr.e_machine = EM_X86_64;
	core.ehdr.e_version = EV_CURRENT;
	core.ehdr.e_ehsize = sizeof(core.ehdr);
	core.ehdr.e_phoff = sizeof(core.ehdr);
	core.ehdr.e_phentsize = sizeof(core.phdrs[0]);
	core.ehdr.e_phnum = 1;
	core.phdrs[0].p_type = PT_NOTE;
	core.phdrs[0].p_offset = 0x1000;
}

static void core_note(const char *name, unsigned int type, const void *desc, size_t len)
{
	Elf64_Nhdr nhdr = { .n_namesz = strlen(name) + 1, .n_descsz = len, .n_type = type };
	char *p = core.notes + core.notes_len;

	memcpy(p, &nhdr, sizeof(nhdr));
	strcpy(p + sizeof(nhdr), name);
	p += sizeof(nhdr) + ((nhdr.n_namesz + 3) & ~3U);
	memcpy(p, desc, len);
	core.notes_len = p + ((len + 3) & ~3UL) - core.notes;
	core.phdrs[0].p_filesz = core.notes_len;
}

static void core_text(const char *lines)
{
	core_note("KHOCAP", 1, lines, strlen(lines) + 1);
}

/* Index of the program header. */
static int core_load(const struct load *l)
{
	int i = core.ehdr.e_phnum++;

	core.phdrs[i] = (Elf64_Phdr) {
		.p_type = PT_LOAD, .p_offset = DATA_OFF + core.data_len, .p_vaddr = l->va,
		.p_paddr = l->pa, .p_filesz = l->file, .p_memsz = l->mem,
	};
	if (l->file)
		memcpy(core.data + core.data_len, l->data, l->file);
	core.data_len += l->file;
	return i;
}

static void core_write(void)
{
	FILE *f = fopen(core_path, "w");

	put(f, 0, &core.ehdr, sizeof(core.ehdr));
	put(f, sizeof(core.ehdr), core.phdrs, sizeof(core.phdrs));
	put(f, 0x1000, core.notes, core.notes_len);
	put(f, DATA_OFF, core.data, core.data_len);
	fclose(f);
}

static int core_open(struct luo_snapshot **snap)
{
	core_write();
	msg[0] = '\0';
	return luo_snapshot__open(snap, core_path, msg, sizeof(msg));
}

/* The core as it is now is refused, and the line says why. */
static void refused(int err, const char *want, const char *what)
{
	struct luo_snapshot *snap = (void *)1;

	CHECK_EQ(core_open(&snap), err, "%s: error", what);
	CHECK(strstr(msg, want) && !strchr(msg, '\n'), "%s: \"%s\"", what, msg);
	CHECK(!snap, "%s: no snapshot", what);
}

/* ---- reading --------------------------------------------------------------------------- */

static unsigned char content[4 * PAGE];

/* 0x10000 +2 pages, adjacent 0x12000 +1 page (half of it zero), 0x20000 +2 pages of zero. */
static void simple_core(void)
{
	fill(content, sizeof(content), 3);
	memset(content + 2 * PAGE + PAGE / 2, 0, sizeof(content) - 2 * PAGE - PAGE / 2);
	core_init();
	core_text("OSRELEASE=7.1.13\nKHO_FDT=0x10000\nLOOKUP=a=1\nKHO=\nLOOKUP=b\n");
	core_load(&(struct load) { .pa = 0x20000, .mem = 2 * PAGE });
	core_load(&(struct load) { .pa = 0x12000, .mem = PAGE, .data = content + 2 * PAGE,
				   .file = PAGE / 2 });
	core_load(&(struct load) { .pa = 0x10000, .mem = 2 * PAGE, .data = content,
				   .file = 2 * PAGE });
}

static void reads(void)
{
	static const char zero[2 * PAGE];
	struct luo_snapshot *snap;
	char c = 'x', two[2];

	simple_core();
	if (!CHECK_EQ(core_open(&snap), 0, "opens %s", msg))
		return;
	CHECK(same(snap, 0x10000, content, 3 * PAGE), "across adjacent PT_LOADs");
	CHECK(same(snap, 0x11ff0, content + 0x1ff0, 32), "a few bytes across the border");
	CHECK(same(snap, 0x12fff, zero, 1), "the last byte, not in the file");
	CHECK(same(snap, 0x20000, zero, 2 * PAGE), "p_filesz 0 reads as zero");
	CHECK_EQ(luo_snapshot__read(snap, 0x13000, &c, 1), -ENXIO, "behind the end");
	CHECK_EQ(luo_snapshot__read(snap, 0x12fff, two, 2), -ENXIO, "over the end");
	CHECK_EQ(luo_snapshot__read(snap, 0xffff, two, 2), -ENXIO, "from before the start");
	CHECK_EQ(luo_snapshot__read(snap, 0, &c, 1), -ENXIO, "address 0");
	CHECK_EQ(luo_snapshot__read(snap, ~0ULL, &c, 1), -ENXIO, "the last address");
	CHECK_EQ(luo_snapshot__read(snap, 0x10000, two, SIZE_MAX), -ENXIO, "a length that wraps");
	CHECK_EQ(c, 'x', "buffer not touched");
	CHECK_EQ(luo_snapshot__read(snap, 0, NULL, 0), 0, "no bytes");
	luo_snapshot__close(snap);
	luo_snapshot__close(NULL);
}

static void has(void)
{
	struct luo_snapshot_range r[3] = {};
	struct luo_snapshot *snap;

	simple_core();
	if (!CHECK_EQ(core_open(&snap), 0, "opens %s", msg))
		return;
	CHECK(luo_snapshot__has(snap, 0x10000, 3 * PAGE), "joined PT_LOADs");
	CHECK(!luo_snapshot__has(snap, 0x10000, 3 * PAGE + 1), "one more");
	CHECK(!luo_snapshot__has(snap, 0xffff, 1), "before");
	CHECK(!luo_snapshot__has(snap, 0x12fff, ~0ULL), "a length that wraps");
	CHECK_EQ(luo_snapshot__ranges(snap, NULL, 0), 2, "number of ranges");
	CHECK_EQ(luo_snapshot__ranges(snap, r, 1), 2, "with less room");
	CHECK_EQ(r[1].len, 0, "nothing behind the room");
	CHECK_EQ(luo_snapshot__ranges(snap, r, 3), 2, "with more room");
	CHECK(r[0].pa == 0x10000 && r[0].len == 3 * PAGE, "the first");
	CHECK(r[1].pa == 0x20000 && r[1].len == 2 * PAGE, "the second");
	luo_snapshot__close(snap);
}

static void maps(void)
{
	const unsigned char *a, *b, *c;
	struct luo_snapshot *snap;
	bool ok = true;
	int i;

	simple_core();
	if (!CHECK_EQ(core_open(&snap), 0, "opens %s", msg))
		return;
	a = luo_snapshot__map(snap, 0x10010, 100);
	b = luo_snapshot__map(snap, 0x10020, 4);
	CHECK(a && !memcmp(a, content + 0x10, 100), "within a page");
	CHECK(b == a + 0x10, "the same page again");
	a = luo_snapshot__map(snap, 0x10ff8, 16);
	b = luo_snapshot__map(snap, 0x10ff8, 16);
	c = luo_snapshot__map(snap, 0x10ff8, 17);
	CHECK(a && !memcmp(a, content + 0xff8, 16), "across pages");
	CHECK(a == b, "the same range again");
	CHECK(c && c != a && !memcmp(c, content + 0xff8, 17), "a longer one");
	for (i = 1; i < 2 * PAGE; i++) {
		b = luo_snapshot__map(snap, 0x10000 + i, PAGE);
		ok = ok && b && !memcmp(b, content + i, PAGE);
	}
	CHECK(ok, "many, so that the table grows");
	CHECK(luo_snapshot__map(snap, 0x10ff8, 16) == a, "pointers stay");
	CHECK(!luo_snapshot__map(snap, 0x12fff, 2) && errno == ENXIO, "absent");
	CHECK(!luo_snapshot__map(snap, 0x10000, 0) && errno == EINVAL, "no bytes");
	CHECK(!luo_snapshot__map(snap, 0x10000, LUO_SNAPSHOT_MAP_MAX + 1) && errno == EFBIG,
	      "too much");
	luo_snapshot__close(snap);
}

static void partial_page(void)
{
	struct luo_snapshot *snap;
	const void *p;

	fill(content, PAGE, 9);
	core_init();
	core_load(&(struct load) { .pa = 0x9f000, .mem = 0xc00, .data = content, .file = 0xc00 });
	if (!CHECK_EQ(core_open(&snap), 0, "opens %s", msg))
		return;
	p = luo_snapshot__map(snap, 0x9f100, 0xb00);
	CHECK(p && !memcmp(p, content + 0x100, 0xb00), "the part that is there");
	CHECK(!luo_snapshot__map(snap, 0x9f100, 0xb01), "not more");
	luo_snapshot__close(snap);
}

static void notes(void)
{
	const char *a, *b;
	struct luo_snapshot *snap;

	simple_core();
	core_text("LOOKUP=c\n");
	if (!CHECK_EQ(core_open(&snap), 0, "opens %s", msg))
		return;
	CHECK(luo_snapshot__is_reduced(snap), "is reduced");
	CHECK_STR(luo_snapshot__note(snap, "OSRELEASE"), "7.1.13", "OSRELEASE");
	CHECK_STR(luo_snapshot__note(snap, "KHO"), "", "an empty one");
	CHECK(!luo_snapshot__note(snap, "KHO_FD"), "no prefixes");
	CHECK(!luo_snapshot__note(snap, "a"), "not in the middle of a line");
	a = luo_snapshot__next_note(snap, "LOOKUP", NULL);
	CHECK_STR(a, "a=1", "first of three");
	b = luo_snapshot__next_note(snap, "LOOKUP", a);
	CHECK_STR(b, "b", "second of three");
	a = luo_snapshot__next_note(snap, "LOOKUP", b);
	CHECK_STR(a, "c", "third, of another note");
	CHECK(!luo_snapshot__next_note(snap, "LOOKUP", a), "no fourth");
	luo_snapshot__close(snap);
}

static void vmcoreinfo(void)
{
	static const char info[] = "X=1\nOSRELEASE=7.3.0-rc1\nOSRELEASE=other\n";
	struct luo_snapshot *snap;

	core_init();
	core_note("CORE", NT_PRSTATUS, info, sizeof(info));
	core_note("KHOCAP", 2, "OSRELEASE=no", 12);
	core_note("VMCOREINFO", 0, info, sizeof(info) - 1);
	core_load(&(struct load) { .pa = 0, .mem = PAGE });
	if (CHECK_EQ(core_open(&snap), 0, "opens %s", msg)) {
		CHECK_STR(luo_snapshot__note(snap, "OSRELEASE"), "7.3.0-rc1", "OSRELEASE");
		CHECK(!luo_snapshot__note(snap, "X"), "nothing else");
		CHECK(!luo_snapshot__is_reduced(snap), "is not reduced");
		luo_snapshot__close(snap);
	}

	core_text("OSRELEASE=7.1\n");
	if (CHECK_EQ(core_open(&snap), 0, "with both notes: opens %s", msg)) {
		CHECK_STR(luo_snapshot__note(snap, "OSRELEASE"), "7.1", "ours goes first");
		CHECK(!luo_snapshot__next_note(snap, "OSRELEASE",
					       luo_snapshot__note(snap, "OSRELEASE")),
		      "once");
		luo_snapshot__close(snap);
	}

	core_init();
	core_load(&(struct load) { .pa = 0, .mem = PAGE });
	if (CHECK_EQ(core_open(&snap), 0, "without notes: opens %s", msg)) {
		CHECK(!luo_snapshot__note(snap, "OSRELEASE"), "without notes: no OSRELEASE");
		luo_snapshot__close(snap);
	}
}

static void bad_notes(void)
{
	simple_core();
	core_note("KHOCAP", 1, "A=\33[2J\n", 8);
	refused(-EBADMSG, "control characters", "escape sequence");
	simple_core();
	core_note("KHOCAP", 1, "A=1\0B=2\n", 9);
	refused(-EBADMSG, "control characters", "NUL in the text");
	simple_core();
	core.notes[4] = core.notes[5] = 0x7f;
	refused(-EBADMSG, "malformed note", "description too long");
	simple_core();
	core.phdrs[0].p_filesz = 1 << 30;
	refused(-EBADMSG, "bytes of notes", "huge");
	simple_core();
	core.phdrs[0].p_offset = 1 << 30;
	refused(-EBADMSG, "truncated: PT_NOTE 0 is at byte 1073741824", "beyond the file");
}

/* ---- roots ----------------------------------------------------------------------------- */

static void make_root(void *page, const char *compatible)
{
	fdt_create(page, PAGE);
	fdt_finish_reservemap(page);
	fdt_begin_node(page, "");
	if (compatible)
		fdt_property_string(page, "compatible", compatible);
	fdt_end_node(page);
	fdt_finish(page);
}

static void roots(void)
{
	static unsigned char mem[10 * PAGE];
	struct luo_snapshot *snap;
	__u64 found[4] = {};

	memset(mem, 0, sizeof(mem));
	make_root(mem, "kho-v4");
	make_root(mem + PAGE, "luo-v1");
	make_root(mem + 2 * PAGE, NULL);
	make_root(mem + 3 * PAGE + 64, "kho-v3");		/* not at the start of a page */
	make_root(mem + 4 * PAGE, "kho-v3");
	fdt_set_totalsize(mem + 4 * PAGE, PAGE + 8);
	make_root(mem + 5 * PAGE, "kho-v3");
	fdt_set_version(mem + 5 * PAGE, 16);
	make_root(mem + 6 * PAGE, "kho-v3");
	fdt_set_off_dt_struct(mem + 6 * PAGE, 0xffffff00);
	make_root(mem + 7 * PAGE, "kho-v3");
	memset(mem + 8 * PAGE, 0, PAGE);
	memcpy(mem + 8 * PAGE, mem, 24);			/* a header only */
	make_root(mem + 9 * PAGE, "kho-v1");

	core_init();
	core_load(&(struct load) { .pa = 0x200000, .mem = PAGE, .data = mem + 9 * PAGE,
				   .file = PAGE });
	/* Page 7 is in two PT_LOADs. */
	core_load(&(struct load) { .pa = 0x100000, .mem = 7 * PAGE + 40, .data = mem,
				   .file = 7 * PAGE + 40 });
	core_load(&(struct load) { .pa = 0x107028, .mem = 2 * PAGE - 40,
				   .data = mem + 7 * PAGE + 40, .file = 2 * PAGE - 40 });
	if (!CHECK_EQ(core_open(&snap), 0, "opens %s", msg))
		return;
	CHECK_EQ(luo_snapshot__find_roots(snap, found, 4), 3, "number");
	CHECK_EQ(found[0], 0x100000, "first");
	CHECK_EQ(found[1], 0x107000, "second");
	CHECK_EQ(found[2], 0x200000, "third");
	found[1] = 0;
	CHECK_EQ(luo_snapshot__find_roots(snap, found, 1), 3, "number with less room");
	CHECK_EQ(found[1], 0, "nothing behind the room");
	CHECK_EQ(luo_snapshot__find_roots(snap, NULL, 0), 3, "number only");
	luo_snapshot__close(snap);
}

/* ---- what is refused --------------------------------------------------------------------- */

static void refused_file(const char *contents, size_t len, int err, const char *want)
{
	struct luo_snapshot *snap;
	FILE *f = fopen(core_path, "w");

	put(f, 0, contents, len);
	fclose(f);
	CHECK_EQ(luo_snapshot__open(&snap, core_path, msg, sizeof(msg)), err, "%s: error", want);
	CHECK(strstr(msg, want), "%s: \"%s\"", want, msg);
}

static void bad_files(void)
{
	static const char text[] = "#!/bin/sh\n# more than 64 bytes, those of an ELF header\n\n\n";
	struct luo_snapshot *snap;

	refused_file("", 0, -EBADMSG, "empty file");
	refused_file(text, strlen(text), -EBADMSG, "not an ELF file");
	refused_file("\x7f", 1, -EBADMSG, "not an ELF file");
	refused_file("\x7f" "ELF\2\1\1", 7, -EBADMSG, "truncated: the ELF header");
	refused_file("KDUMP   \6\0\0\0", 12, -EBADMSG, "makedumpfile -E");
	refused_file("makedumpfile\0\0\0\0", 16, -EBADMSG, "makedumpfile -E");
	refused_file("DISKDUMP\6\0\0\0", 12, -EBADMSG, "makedumpfile -E");

	CHECK_EQ(luo_snapshot__open(&snap, dir, msg, sizeof(msg)), -EISDIR, "directory");
	CHECK(strstr(msg, "is a directory"), "directory: \"%s\"", msg);
	unlink(core_path);
	CHECK_EQ(luo_snapshot__open(&snap, core_path, msg, sizeof(msg)), -ENOENT, "absent");
	CHECK_STR(msg, "cannot open: No such file or directory", "absent: message");
	mkfifo(core_path, 0600);
	CHECK_EQ(luo_snapshot__open(&snap, core_path, msg, sizeof(msg)), -EINVAL, "FIFO");
	CHECK(strstr(msg, "not a regular file"), "FIFO: \"%s\"", msg);
	unlink(core_path);
}

static void bad_headers(void)
{
	simple_core();
	core.ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	refused(-EBADMSG, "32-bit", "32-bit");
	simple_core();
	core.ehdr.e_ident[EI_DATA] = ELFDATA2MSB;
	refused(-EBADMSG, "big-endian", "big-endian");
	simple_core();
	core.ehdr.e_ident[EI_VERSION] = 7;
	refused(-EBADMSG, "malformed ELF header", "unknown version");
	simple_core();
	core.ehdr.e_type = ET_EXEC;
	refused(-EBADMSG, "not a core", "program");
	simple_core();
	core.ehdr.e_machine = EM_AARCH64;
	refused(-EBADMSG, "ELF machine 183", "other machine");
	simple_core();
	core.ehdr.e_phentsize = 32;
	refused(-EBADMSG, "e_phentsize is 32", "other size of program headers");
	simple_core();
	core.ehdr.e_phoff = 1 << 30;
	refused(-EBADMSG, "truncated: program header 3 is at byte", "they are beyond the file");
	simple_core();
	core.ehdr.e_phnum = 60000;
	refused(-EBADMSG, "truncated: program header 59999 ends at byte 3360064", "too many");
	simple_core();
	core.ehdr.e_phnum = PN_XNUM;
	refused(-EBADMSG, "section header 0", "PN_XNUM without section header");
	simple_core();
	core.ehdr.e_shoff = 0x1000;
	refused(-EBADMSG, "none counted", "number of section headers in section header 0");
	simple_core();
	core.ehdr.e_phnum = 1;
	refused(-EBADMSG, "no PT_LOAD", "only notes");
	simple_core();
	core.ehdr.e_phnum = 0;
	refused(-EBADMSG, "no PT_LOAD", "no program headers");
}

static void bad_loads(void)
{
	char want[100];

	simple_core();
	core.phdrs[3].p_filesz = 3 * PAGE;
	core.phdrs[3].p_memsz = 3 * PAGE;
	snprintf(want, sizeof(want), "truncated: PT_LOAD 3 ends at byte %llu, the file has %zu",
		 (unsigned long long)core.phdrs[3].p_offset + 3 * PAGE, DATA_OFF + core.data_len);
	refused(-EBADMSG, want, "truncated");
	simple_core();
	core.phdrs[3].p_offset = ~0ULL - 16;
	refused(-EBADMSG, "truncated: PT_LOAD 3 is at byte 1844", "offset that wraps");
	simple_core();
	core.phdrs[2].p_filesz = PAGE + 1;
	refused(-EBADMSG, "PT_LOAD 2: p_filesz 0x1001 is more", "p_filesz > p_memsz");
	simple_core();
	core.phdrs[1].p_paddr = (1ULL << 52) - PAGE;
	refused(-EBADMSG, "PT_LOAD 1: 0x2000 bytes at 0xffffffffff000 end beyond 2^52", "2^52");
	simple_core();
	core.phdrs[1].p_memsz = ~0ULL;
	refused(-EBADMSG, "2^52", "p_memsz of all ones");
	simple_core();
	core.phdrs[2].p_paddr = 0x11000;
	refused(-EBADMSG, "PT_LOAD 3 and 2: both hold physical memory at 0x11000", "overlap");
	simple_core();
	core.phdrs[2].p_paddr = 0x10000;
	refused(-EBADMSG, "both hold physical memory at 0x10000", "same start");
	simple_core();
	core.phdrs[1].p_paddr += 8;
	refused(-EBADMSG, "PT_LOAD 1: 0x2000 bytes at 0x20008 are not whole pages", "alignment");
	simple_core();
	core.phdrs[1].p_offset = DATA_OFF;
	core.phdrs[1].p_filesz = 2 * PAGE;
	core.phdrs[2].p_offset = DATA_OFF;
	core_load(&(struct load) { .pa = 0x30000, .mem = 10 * PAGE });
	core.phdrs[4].p_filesz = core.data_len;
	core.phdrs[4].p_offset = DATA_OFF;
	core_load(&(struct load) { .pa = 0x40000, .mem = 10 * PAGE });
	core.phdrs[5].p_filesz = core.data_len + DATA_OFF;
	core.phdrs[5].p_offset = 0;
	refused(-EBADMSG, "used twice", "bytes of the file used twice");
}

/* Every prefix of a core is refused or, when only zeros at the end are gone, reads. */
static void cut_off(void)
{
	struct luo_snapshot *snap;
	size_t len, opened = 0;

	simple_core();
	core_write();
	for (len = DATA_OFF + core.data_len; len-- > 0;) {
		if (len > 0x1200 && len % 97)
			continue;
		if (truncate(core_path, len))
			break;
		if (!luo_snapshot__open(&snap, core_path, msg, sizeof(msg))) {
			opened++;
			luo_snapshot__close(snap);
		}
	}
	CHECK_EQ(opened, 0, "no shorter file opens");
}

/* ---- other producers ----------------------------------------------------------------------- */

static void kernel_image(void)
{
	struct load image = { .pa = 0x101000, .mem = PAGE, .va = 0xffffffff81000000,
			      .data = content, .file = PAGE };
	struct load ram = { .pa = 0x100000, .mem = 3 * PAGE, .va = 0xffff888000100000,
			    .data = content, .file = 3 * PAGE };
	struct luo_snapshot *snap;
	int i;

	fill(content, sizeof(content), 5);
	core_init();
	core_load(&image);
	core_load(&ram);
	core_load(&(struct load) { .pa = ~0ULL, .mem = PAGE, .va = 0xffffc90000000000 });
	core_load(&(struct load) { .pa = 0x100000 });
	if (CHECK_EQ(core_open(&snap), 0, "vmcore: opens %s", msg)) {
		CHECK(same(snap, 0x100000, content, 3 * PAGE), "vmcore: memory is from RAM");
		CHECK_EQ(luo_snapshot__ranges(snap, NULL, 0), 1, "vmcore: one range");
		luo_snapshot__close(snap);
	}

	image.mem = 3 * PAGE;
	core_init();
	core_load(&image);
	core_load(&ram);
	refused(-EBADMSG, "both hold", "image not within RAM");

	core_init();
	core_note("QEMU", 0, "", 0);
	i = core_load(&ram);
	image.mem = PAGE;
	core_load(&image);
	refused(-EBADMSG, "without -p", "QEMU with paging");
	core.ehdr.e_phnum = i + 1;
	core.phdrs[i].p_memsz += PAGE;
	refused(-EBADMSG, "without -p", "QEMU with paging, memory left out");
	core.phdrs[i].p_vaddr = core.phdrs[i].p_paddr;
	CHECK_EQ(core_open(&snap), 0, "QEMU without paging %s", msg);
	luo_snapshot__close(snap);
}

int main(void)
{
	if (dir_make())
		return 1;

	RUN(reads);
	RUN(has);
	RUN(maps);
	RUN(partial_page);
	RUN(notes);
	RUN(vmcoreinfo);
	RUN(bad_notes);
	RUN(roots);
	unlink(core_path);
	RUN(bad_files);
	RUN(bad_headers);
	RUN(bad_loads);
	RUN(cut_off);
	RUN(kernel_image);
	dir_remove();
	return test_end();
}
