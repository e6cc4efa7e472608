// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cores that are written, and copies of the captures in selftests/data. */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <libfdt.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lib/snapshot_write.h"
#include "snapshot_test.h"

static unsigned char content[4 * PAGE];

struct source {
	const unsigned char *mem;
	__u64 base, fail_at, progressed, total;
	unsigned int reports;
	struct luo_snapshot *snap;
};

static int from_memory(void *priv, __u64 pa, void *buf, size_t len)
{
	struct source *s = priv;

	if (s->fail_at && pa <= s->fail_at && s->fail_at < pa + len)
		return -ENODATA;
	memcpy(buf, s->mem + (pa - s->base), len);
	return 0;
}

static int from_snapshot(void *priv, __u64 pa, void *buf, size_t len)
{
	struct source *s = priv;

	return luo_snapshot__read(s->snap, pa, buf, len);
}

static void progress(void *priv, __u64 done, __u64 total)
{
	struct source *s = priv;

	s->reports++;
	s->progressed = done;
	s->total = total;
}

static unsigned int files_in_dir(void)
{
	DIR *d = opendir(dir);
	unsigned int n = 0;
	struct dirent *e;

	while ((e = readdir(d)))
		n += e->d_name[0] != '.' || !strncmp(e->d_name, ".luo", 4);
	closedir(d);
	return n;
}

static void slurp(const char *path, unsigned char *buf, size_t len)
{
	FILE *f = fopen(path, "r");

	if (!f || fread(buf, len, 1, f) != 1)
		memset(buf, 0, len);
	if (f)
		fclose(f);
}

static void writes(void)
{
	static const struct luo_snapshot_range ranges[] = {
		{ 0x10000000, PAGE },		/* 1 and 2 are adjacent */
		{ 0x10001000, 3 << 20 },
		{ 0x10400000, 2 * PAGE },	/* zero */
		{ 0x10500000, PAGE },
	};
	struct source src = { .base = 0x10000000, .mem = calloc(6, 1 << 20) };
	unsigned char *mem = (unsigned char *)src.mem;
	struct luo_snapshot_image img = {
		.notes = "OSRELEASE=7.3\nLOOKUP=x\n", .ranges = ranges, .nr_ranges = 4,
		.read = from_memory, .progress = progress, .priv = &src,
	};
	struct luo_snapshot_range r[4];
	struct luo_snapshot *snap;
	unsigned char head[512];
	Elf64_Phdr ph[4];
	Elf64_Ehdr ehdr;
	struct stat st;
	__u64 bytes = 0;

	fill(mem, 100, 1);
	fill(mem + (1 << 20) - 10, 20, 2);		/* across two chunks */
	mem[(3 << 20) + 17] = 0xee;			/* and nothing behind it */
	fill(mem + (5 << 20), PAGE, 4);

	if (!CHECK_EQ(luo_snapshot__write(core_path, &img, &bytes, msg, sizeof(msg)), 0,
		      "writes %s", msg))
		goto out;
	CHECK(!stat(core_path, &st) && (st.st_mode & 07777) == 0600, "mode 0600");
	CHECK_EQ(st.st_size, bytes, "size");
	CHECK(st.st_blocks * 512 < 1 << 20, "%lld KiB on disk are sparse",
	      (long long)st.st_blocks / 2);
	CHECK_EQ(files_in_dir(), 1, "one file");
	CHECK(src.reports >= 4 && src.progressed == (3 << 20) + 4 * PAGE &&
	      src.total == src.progressed, "progress");

	slurp(core_path, head, sizeof(head));
	memcpy(&ehdr, head, sizeof(ehdr));
	memcpy(ph, head + sizeof(ehdr), sizeof(ph));
	CHECK(ehdr.e_type == ET_CORE && ehdr.e_machine == EM_X86_64 && ehdr.e_phnum == 4 &&
	      ehdr.e_phoff == 64 && !ehdr.e_shoff && !ehdr.e_shnum, "ELF header");
	CHECK(ph[0].p_type == PT_NOTE && ph[0].p_offset == 64 + 4 * 56, "note goes first");
	CHECK(!memcmp(head + ph[0].p_offset + 12, "KHOCAP\0\0OSRELEASE=7.3\nLOOKUP=x\n", 32),
	      "note");
	CHECK_EQ(ph[1].p_filesz, (3 << 20) + 18, "trailing zeros left out");
	CHECK_EQ(ph[1].p_memsz, (3 << 20) + PAGE, "adjacent ranges joined");
	CHECK(!ph[2].p_filesz && ph[2].p_memsz == 2 * PAGE, "zero pages have no bytes");
	CHECK(!ph[3].p_vaddr && !ph[3].p_align && ph[3].p_paddr == 0x10500000, "the last");

	if (!CHECK_EQ(luo_snapshot__open(&snap, core_path, msg, sizeof(msg)), 0, "reads back %s",
		      msg))
		goto out;
	CHECK(luo_snapshot__is_reduced(snap), "is reduced");
	CHECK_STR(luo_snapshot__note(snap, "LOOKUP"), "x", "has its notes");
	CHECK_EQ(luo_snapshot__ranges(snap, r, 4), 3, "number of ranges");
	CHECK(same(snap, 0x10000000, mem, (3 << 20) + PAGE), "the large range");
	CHECK(same(snap, 0x10400000, mem + (4 << 20), 2 * PAGE), "the zero range");
	CHECK(same(snap, 0x10500000, mem + (5 << 20), PAGE), "the full page");
	luo_snapshot__close(snap);
out:
	unlink(core_path);
	free(mem);
}

static void refused_write(const char *path, const struct luo_snapshot_image *img, int err,
			  const char *want)
{
	__u64 bytes = 77;

	CHECK_EQ(luo_snapshot__write(path, img, &bytes, msg, sizeof(msg)), err, "%s: error", want);
	CHECK(strstr(msg, want) && !strchr(msg, '\n'), "%s: \"%s\"", want, msg);
	CHECK_EQ(bytes, 77, "%s: no size", want);
}

static void failed_writes(void)
{
	struct luo_snapshot_range ranges[] = { { 0, PAGE }, { 2 * PAGE, 2 * PAGE } };
	struct source src = { .mem = content, .fail_at = 3 * PAGE };
	struct luo_snapshot_image img = {
		.notes = "", .ranges = ranges, .nr_ranges = 2, .read = from_memory, .priv = &src,
	};
	struct rlimit small = { .rlim_cur = 8000 }, old;
	char before[8] = "before\n", after[8] = "", path[700], msg[256] = "";
	FILE *f = fopen(core_path, "w");
	__u64 bytes;
	int err;

	put(f, 0, before, 8);
	fclose(f);
	refused_write(core_path, &img, -ENODATA, "cannot get 0x2000 bytes of memory at 0x2000");
	src.fail_at = 0;

	fill(content, sizeof(content), 8);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	/* No CHECK meanwhile: the limit holds for a redirected stdout too. */
	setrlimit(RLIMIT_FSIZE, &small);
	err = luo_snapshot__write(core_path, &img, &bytes, msg, sizeof(msg));
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK_EQ(err, -EFBIG, "a full disk is an error");
	CHECK(strstr(msg, "cannot write"), "and says so: \"%s\"", msg);

	ranges[1].pa = 0;
	refused_write(core_path, &img, -EINVAL, "range 1");
	ranges[1].pa = 2 * PAGE + 1;
	refused_write(core_path, &img, -EINVAL, "not whole pages");
	ranges[1].pa = (1ULL << 52) - PAGE;
	refused_write(core_path, &img, -EINVAL, "range 1");
	img.nr_ranges = 0;
	refused_write(core_path, &img, -EINVAL, "nothing to write");
	img.nr_ranges = 1;

	slurp(core_path, (unsigned char *)after, 8);
	CHECK_STR(after, before, "the old file is what it was");
	CHECK_EQ(files_in_dir(), 1, "no other file");
	unlink(core_path);

	refused_write("-", &img, -EINVAL, "standard output");
	refused_write("", &img, -EINVAL, "give a file name");
	refused_write(dir, &img, -EISDIR, "not a regular file");
	refused_write("/dev/null", &img, -EINVAL, "not a regular file");
	snprintf(path, sizeof(path), "%s/absent/core", dir);
	refused_write(path, &img, -ENOENT, "cannot make a file");
	CHECK_EQ(files_in_dir(), 0, "no file");
}

/* In the working directory, over an old file, through a link. */
static void places(void)
{
	struct luo_snapshot_range range = { 0, PAGE };
	struct source src = { .mem = content };
	struct luo_snapshot_image img = {
		.notes = "", .ranges = &range, .nr_ranges = 1, .read = from_memory, .priv = &src,
	};
	char cwd[512], link[700];
	struct luo_snapshot *snap;
	struct stat st;

	snprintf(link, sizeof(link), "%s/link", dir);
	if (!CHECK(getcwd(cwd, sizeof(cwd)) && !chdir(dir), "chdir"))
		return;
	CHECK_EQ(luo_snapshot__write("t.core", &img, NULL, msg, sizeof(msg)), 0, "bare name");
	CHECK(!chdir(cwd), "chdir back");
	CHECK_EQ(luo_snapshot__write(core_path, &img, NULL, msg, sizeof(msg)), 0, "replaces");
	CHECK(!symlink("t.core", link), "link");
	fill(content, PAGE, 99);
	CHECK_EQ(luo_snapshot__write(link, &img, NULL, msg, sizeof(msg)), 0, "through a link");
	CHECK(!lstat(link, &st) && S_ISLNK(st.st_mode), "which stays");
	CHECK_EQ(files_in_dir(), 2, "nothing else");
	if (CHECK_EQ(luo_snapshot__open(&snap, core_path, msg, sizeof(msg)), 0, "opens %s", msg)) {
		CHECK(same(snap, 0, content, PAGE), "the new contents");
		luo_snapshot__close(snap);
	}
	unlink(link);
	unlink(core_path);
}

/* Pages that start with their address. */
static int numbered(void *priv, __u64 pa, void *buf, size_t len)
{
	(void)priv;
	memset(buf, 0, len);
	memcpy(buf, &pa, sizeof(pa));
	return 0;
}

/* More program headers than e_phnum can say. */
static void many_ranges(unsigned int nr)
{
	struct luo_snapshot_range *r = calloc(nr, sizeof(*r));
	struct luo_snapshot_image img = {
		.notes = "A=1\n", .ranges = r, .nr_ranges = nr, .read = numbered,
	};
	struct luo_snapshot *snap;
	unsigned int i;

	for (i = 0; i < nr; i++)
		r[i] = (struct luo_snapshot_range) { i * 2ULL * PAGE, PAGE };
	CHECK_EQ(luo_snapshot__write(core_path, &img, NULL, msg, sizeof(msg)), 0, "%u: writes %s",
		 nr, msg);
	if (CHECK_EQ(luo_snapshot__open(&snap, core_path, msg, sizeof(msg)), 0, "%u: opens %s", nr,
		     msg)) {
		CHECK_EQ(luo_snapshot__ranges(snap, NULL, 0), nr, "%u: ranges", nr);
		CHECK(same(snap, r[nr - 1].pa, &r[nr - 1].pa, 8), "%u: the last", nr);
		CHECK(same(snap, r[nr / 2].pa, &r[nr / 2].pa, 8), "%u: another", nr);
		luo_snapshot__close(snap);
	}
	unlink(core_path);
	free(r);
}

static void extended_numbering(void)
{
	many_ranges(PN_XNUM - 2);
	many_ranges(PN_XNUM - 1);
	many_ranges(70000);
}

/* ---- captures ------------------------------------------------------------------------------ */

static bool same_memory(struct luo_snapshot *a, struct luo_snapshot *b,
			const struct luo_snapshot_range *r, size_t nr)
{
	char *buf = malloc(1 << 20);
	bool ok = true;
	size_t i, len;
	__u64 at;

	for (i = 0; i < nr && ok; i++) {
		for (at = 0; at < r[i].len && ok; at += len) {
			len = r[i].len - at < 1 << 20 ? r[i].len - at : 1 << 20;
			ok = !luo_snapshot__read(a, r[i].pa + at, buf, len) &&
			     same(b, r[i].pa + at, buf, len);
		}
	}
	free(buf);
	return ok;
}

static void copy_capture(const char *name, struct luo_snapshot *old)
{
	size_t nr = luo_snapshot__ranges(old, NULL, 0);
	struct luo_snapshot_range *r = calloc(nr, sizeof(*r)), *copied = calloc(nr, sizeof(*r));
	struct source src = { .snap = old };
	struct luo_snapshot_image img = {
		.notes = "TEST=copy\n", .ranges = r, .nr_ranges = nr, .read = from_snapshot,
		.priv = &src,
	};
	struct luo_snapshot *new;
	const char *fdt = luo_snapshot__note(old, "KHO_FDT");
	__u64 root = 0;

	luo_snapshot__ranges(old, r, nr);
	CHECK_EQ(luo_snapshot__write(core_path, &img, NULL, msg, sizeof(msg)), 0, "%s: copies %s",
		 name, msg);
	if (CHECK_EQ(luo_snapshot__open(&new, core_path, msg, sizeof(msg)), 0, "%s: opens %s",
		     name, msg)) {
		CHECK(luo_snapshot__ranges(new, copied, nr) == nr &&
		      !memcmp(r, copied, nr * sizeof(*r)), "%s: same ranges", name);
		CHECK(same_memory(old, new, r, nr), "%s: same memory", name);
		CHECK_EQ(luo_snapshot__find_roots(new, &root, 1), 1, "%s: one root", name);
		CHECK_EQ(root, fdt ? strtoull(fdt, NULL, 0) : 0, "%s: where the note says", name);
		luo_snapshot__close(new);
	}
	unlink(core_path);
	free(copied);
	free(r);
}

static void captures(void)
{
	const char *src = getenv("SRC");
	struct luo_snapshot *snap;
	struct dirent *e;
	unsigned int n = 0;
	char path[1024];
	DIR *d;

	snprintf(path, sizeof(path), "%s/selftests/data", src ? src : ".");
	d = opendir(path);
	while (d && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len < 5 || strcmp(e->d_name + len - 5, ".core"))
			continue;
		snprintf(path, sizeof(path), "%s/selftests/data/%s", src ? src : ".", e->d_name);
		if (!CHECK_EQ(luo_snapshot__open(&snap, path, msg, sizeof(msg)), 0, "%s: opens %s",
			      e->d_name, msg))
			continue;
		copy_capture(e->d_name, snap);
		luo_snapshot__close(snap);
		n++;
	}
	if (d)
		closedir(d);
	if (!n)
		SKIP("no captures in selftests/data");
}

int main(void)
{
	if (dir_make())
		return 1;

	RUN(writes);
	RUN(failed_writes);
	RUN(places);
	RUN(extended_numbering);
	RUN(captures);

	dir_remove();
	return test_end();
}
