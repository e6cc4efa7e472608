// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Kernel images made here byte by byte, and the real ones of selftests/vm when there are any. */
#define _GNU_SOURCE
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <glob.h>
#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "lib/digest.h"
#include "lib/image.h"
#include "lib/run_int.h"
#include "../test.h"

#define RELEASE		"7.3.4-luo-unit-test"
#define SETUP_SECTS	4
#define SETUP_END	((SETUP_SECTS + 1) * 512)
#define VERSION_AT	0x300
#define MAX		(24 << 20)

static const char config_thp[] = "#\n# Linux/x86 7.3.4 Kernel Configuration\n#\n"
				 "CONFIG_TRANSPARENT_HUGEPAGE=y\n"
				 "# CONFIG_DEFERRED_STRUCT_PAGE_INIT is not set\n"
				 "CONFIG_LIVEUPDATE_TEST=y\n"
				 "CONFIG_KEXEC_HANDOVER=y\n";

static char dir[512];
static char path[600];
static char msg[256];
static struct luo_image_info info;

static void write_file(const char *name, const void *data, size_t size)
{
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		abort();
}

static void remove_file(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

static int read_image(const void *data, size_t size)
{
	write_file("image", data, size);
	msg[0] = 0;
	return luo_image__read(path, &info, msg, sizeof(msg));
}

/* ---- an unpacked kernel --------------------------------------------------------------- */

static size_t gzip(const void *in, size_t size, void *out)
{
	z_stream z = { .next_in = (void *)in, .avail_in = size, .next_out = out,
		       .avail_out = MAX };

	if (deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	return z.total_out;
}

/* @fill bytes, the configuration between its marks, @fill bytes. Return: bytes of @out. */
static size_t make_kernel(char *out, size_t fill, const char *config)
{
	size_t n = fill, i;

	/* Neither text nor too easy to pack. */
	for (i = 0; i < fill; i++)
		out[i] = i * i >> 7;
	if (config) {
		n += sprintf(out + n, "IKCFG_ST");
		n += gzip(config, strlen(config), out + n);
		n += sprintf(out + n, "IKCFG_ED");
	}
	memcpy(out + n, out, fill);
	return n + fill;
}

/* ---- bzImage -------------------------------------------------------------------------- */

static size_t pack_gzip(const char *in, size_t size, char *out)
{
	return gzip(in, size, out);
}

static size_t pack_xz(const char *in, size_t size, char *out)
{
	lzma_options_lzma lzma;
	lzma_filter filters[] = {
		{ LZMA_FILTER_X86, NULL }, { LZMA_FILTER_LZMA2, &lzma },
		{ LZMA_VLI_UNKNOWN, NULL },
	};
	size_t n = 0;

	/* As scripts/xz_wrap.sh does. */
	if (lzma_lzma_preset(&lzma, 0) ||
	    lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, (const __u8 *)in, size,
				      (__u8 *)out, &n, MAX) != LZMA_OK)
		abort();
	return n;
}

static size_t pack_zstd(const char *in, size_t size, char *out)
{
	size_t n = ZSTD_compress(out, MAX, in, size, 1);

	if (ZSTD_isError(n))
		abort();
	return n;
}

static size_t pack_lz4(const char *in, size_t size, char *out)
{
	size_t n = 4, len;
	__u32 packed;

	memcpy(out, "\x02\x21\x4c\x18", 4);
	for (; size; in += len, size -= len) {
		len = size < 8 << 20 ? size : 8 << 20;
		packed = LZ4_compress_default(in, out + n + 4, len, MAX - n - 4);
		memcpy(out + n, &packed, 4);
		n += packed + 4;
	}
	return n;
}

static const struct packer {
	const char *name;
	size_t (*pack)(const char *in, size_t size, char *out);
	bool size_behind;	/* the build appends the unpacked size */
} packers[] = {
	{ "gzip", pack_gzip, false },
	{ "xz", pack_xz, true },
	{ "zstd", pack_zstd, true },
	{ "lz4", pack_lz4, true },
};

#define NR_PACKERS (sizeof(packers) / sizeof(packers[0]))

static char kernel[MAX], packed[MAX + SETUP_END], *const payload = packed + SETUP_END;

static void put16(size_t at, __u16 v)
{
	v = htole16(v);
	memcpy(packed + at, &v, sizeof(v));
}

static void put32(size_t at, __u32 v)
{
	v = htole32(v);
	memcpy(packed + at, &v, sizeof(v));
}

/* The setup sectors before a payload of @len bytes. Return: bytes of the file. */
static size_t make_setup(size_t len)
{
	memset(packed, 0, SETUP_END);
	packed[0x1f1] = SETUP_SECTS;
	put16(0x1fe, 0xaa55);
	memcpy(packed + 0x202, "HdrS", 4);
	put16(0x206, 0x020f);
	put16(0x20e, VERSION_AT - 0x200);
	strcpy(packed + VERSION_AT, RELEASE " (nobody@nowhere) #1 SMP");
	put32(0x248, 0);
	put32(0x24c, len);
	return SETUP_END + len;
}

static size_t make_bzimage(const struct packer *p, size_t fill, const char *config)
{
	size_t size = make_kernel(kernel, fill, config);
	size_t len = p->pack(kernel, size, payload);
	__u32 le = htole32(size);

	if (p->size_behind) {
		memcpy(payload + len, &le, sizeof(le));
		len += sizeof(le);
	}
	return make_setup(len);
}

static void check_thp(const char *what)
{
	CHECK_STR(info.release, RELEASE, "%s: release", what);
	CHECK_STR(info.config_from, "IKCONFIG", "%s: the image tells its configuration", what);
	CHECK(info.config.thp == LUOB_YES && info.config.deferred == LUOB_NO &&
	      info.config.liveupdate == LUOB_NO && info.config.kho == LUOB_YES,
	      "%s: the options are those of the configuration", what);
}

static void compressions(void)
{
	size_t i;

	for (i = 0; i < NR_PACKERS; i++) {
		size_t size = make_bzimage(&packers[i], 100000, config_thp);

		CHECK_EQ(read_image(packed, size), 0, "%s: %s", packers[i].name, msg);
		check_thp(packers[i].name);
		/* Signatures are appended to an image. */
		memset(packed + size, 'S', 5000);
		CHECK_EQ(read_image(packed, size + 5000), 0, "%s, signed: %s",
			 packers[i].name, msg);
		check_thp(packers[i].name);
	}
}

/* More than one piece of input, of output, and more than one block of lz4. */
static void large(void)
{
	size_t i;

	for (i = 0; i < NR_PACKERS; i++) {
		size_t size = make_bzimage(&packers[i], 9 << 20, config_thp);

		CHECK_EQ(read_image(packed, size), 0, "%s, 18 MiB: %s", packers[i].name, msg);
		check_thp(packers[i].name);
		size = make_bzimage(&packers[i], 9 << 20, NULL);
		CHECK_EQ(read_image(packed, size), 0, "%s, 18 MiB, nothing to find: %s",
			 packers[i].name, msg);
		CHECK_STR(info.config_from, "", "%s: unknown", packers[i].name);
	}
}

/* A mark lies across the border of two pieces, at every place. */
static void borders(void)
{
	size_t k, border, len = make_kernel(kernel, 0, config_thp);
	int bad = 0, places = 0;

	for (border = 64 << 10; border <= 256 << 10; border += 192 << 10) {
		for (k = 0; k <= len; k++, places++) {
			if (k == 13)
				k = len - 10;
			bad += read_image(packed, make_bzimage(&packers[2], border - k,
							       config_thp)) ||
			       info.config.thp != LUOB_YES;
		}
	}
	CHECK_EQ(bad, 0, "found wherever it lies (%d places)", places);
}

static void cut_short(void)
{
	size_t i;

	for (i = 0; i < NR_PACKERS; i++) {
		size_t size = make_bzimage(&packers[i], 1 << 20, NULL);

		CHECK_EQ(read_image(packed, size - 1), -EINVAL, "%s, cut off", packers[i].name);
		CHECK(strstr(msg, "promises"), "%s: '%s'", packers[i].name, msg);
		size = make_setup((size - SETUP_END) / 2);
		CHECK_EQ(read_image(packed, size), -EINVAL, "%s, half of it", packers[i].name);
		CHECK(strstr(msg, "cut short"), "%s: '%s'", packers[i].name, msg);
	}
	CHECK_EQ(read_image(packed, SETUP_END - 1), -EINVAL, "setup sectors that end early");
	CHECK_EQ(read_image(packed, 0x24f), -ENOEXEC, "a header that ends early");
}

/* One byte after the other is wrong: never a crash, and a line for every error. */
static void damage(void)
{
	size_t i, at, size, step;
	int rc, bad = 0, found = 0, total = 0;

	for (i = 0; i < NR_PACKERS; i++) {
		size = make_bzimage(&packers[i], 3000, config_thp);
		step = (size - SETUP_END) / 300 + 1;
		for (at = SETUP_END; at < size; at += step, total++) {
			packed[at] ^= 0x55;
			rc = read_image(packed, size);
			packed[at] ^= 0x55;
			bad += rc ? (rc != -EINVAL && rc != -ENOMEM) || !*msg : !*info.release;
			found += rc != 0;
		}
	}
	CHECK_EQ(bad, 0, "%d damaged images are errors or harmless", total);
	CHECK(found > total / 2, "%d of %d are noticed", found, total);
}

static void lies(void)
{
	static const struct {
		const char *what;
		size_t at;
		int bytes;
		__u32 value;
		const char *says;
	} lie[] = {
		{ "offset behind the end", 0x248, 4, 0x7fffffff, "promises" },
		{ "offset that wraps", 0x248, 4, 0xffffffff, "promises" },
		{ "length behind the end", 0x24c, 4, 0x7fffffff, "promises" },
		{ "length that wraps", 0x24c, 4, 0xffffffff, "promises" },
		{ "version nowhere", 0x20e, 2, 0, "no version" },
		{ "version behind the setup sectors", 0x20e, 2, 0xffff, "no version" },
		{ "version in zeros", 0x20e, 2, 0x600, "no version" },
	};
	size_t i, size;

	for (i = 0; i < sizeof(lie) / sizeof(lie[0]); i++) {
		size = make_bzimage(&packers[0], 5000, config_thp);
		if (lie[i].bytes == 2)
			put16(lie[i].at, lie[i].value);
		else
			put32(lie[i].at, lie[i].value);
		CHECK_EQ(read_image(packed, size), -EINVAL, "%s", lie[i].what);
		CHECK(strstr(msg, lie[i].says), "%s: '%s'", lie[i].what, msg);
	}
	size = make_bzimage(&packers[0], 1000, config_thp);
	packed[0x1f1] = (char)0xff;
	CHECK_EQ(read_image(packed, size), -EINVAL, "255 setup sectors: %s", msg);
	size = make_bzimage(&packers[0], 1000, config_thp);
	strcpy(packed + VERSION_AT, "../../etc/passwd x");
	CHECK_EQ(read_image(packed, size), -EINVAL, "a version that is a path: %s", msg);
	memset(packed + VERSION_AT, '7', SETUP_END - VERSION_AT);
	CHECK_EQ(read_image(packed, size), -EINVAL, "a version without an end: %s", msg);
}

/* What is fine with the kernel, but tells nothing. */
static void unknown(void)
{
	size_t size = make_bzimage(&packers[0], 1000, config_thp);

	memcpy(payload, "BZh91AY&SY", 10);
	CHECK_EQ(read_image(packed, size), 0, "another compression: %s", msg);
	CHECK_STR(info.release, RELEASE, "its release is known");
	CHECK(info.config.thp == LUOB_UNKNOWN && info.config.deferred == LUOB_UNKNOWN &&
	      info.config.liveupdate == LUOB_UNKNOWN && info.config.kho == LUOB_UNKNOWN &&
	      !*info.config_from,
	      "its configuration is not");
	size = make_bzimage(&packers[0], 1000, config_thp);
	put16(0x206, 0x0207);
	CHECK_EQ(read_image(packed, size), 0, "a header without a payload's place: %s", msg);
	CHECK_EQ(info.config.thp, LUOB_UNKNOWN, "its configuration is unknown");
}

static int read_kernel(size_t len)
{
	return read_image(packed, make_setup(gzip(kernel, len, payload)));
}

static void bad_ikconfig(void)
{
	size_t len = make_kernel(kernel, 1000, config_thp), st = 1000 + 8;
	char *end = memmem(kernel, len, "IKCFG_ED", 8);

	end[0] = 'X';
	CHECK_EQ(read_kernel(len), -EINVAL, "no end mark");
	CHECK(strstr(msg, "cut short"), "'%s'", msg);
	end[0] = 'I';
	memset(kernel + st + 20, 0xff, 20);
	CHECK_EQ(read_kernel(len), -EINVAL, "damaged");
	CHECK(strstr(msg, "damaged"), "'%s'", msg);
	len = make_kernel(kernel, 1000, "nothing of the kind\n");
	CHECK_EQ(read_kernel(len), -EINVAL, "other text");
	CHECK(strstr(msg, "damaged"), "'%s'", msg);
}

static void beside(void)
{
	size_t size = make_bzimage(&packers[1], 1000, NULL);
	char want[700];

	write_file("config-" RELEASE, config_thp, strlen(config_thp));
	snprintf(want, sizeof(want), "%s/config-" RELEASE, dir);
	CHECK_EQ(read_image(packed, size), 0, "no IKCONFIG: %s", msg);
	CHECK_STR(info.config_from, want, "the file beside it is read");
	CHECK(info.config.thp == LUOB_YES && info.config.deferred == LUOB_NO, "and believed");
	size = make_bzimage(&packers[1], 1000, "# CONFIG_TRANSPARENT_HUGEPAGE is not set\n");
	CHECK_EQ(read_image(packed, size), 0, "IKCONFIG: %s", msg);
	CHECK(info.config.thp == LUOB_NO && !strcmp(info.config_from, "IKCONFIG"),
	      "the image itself knows better");
	write_file("config-" RELEASE, "garbage", 7);
	CHECK_EQ(read_image(packed, make_bzimage(&packers[1], 1000, NULL)), 0, "garbage: %s", msg);
	CHECK(info.config.thp == LUOB_UNKNOWN && !*info.config_from,
	      "garbage beside it is ignored");
	remove_file("config-" RELEASE);
}

/* 513 MiB of zeros are 17 KiB of zstd. */
static void bomb(void)
{
	ZSTD_CStream *z = ZSTD_createCStream();
	ZSTD_outBuffer out = { payload, MAX, 0 };
	ZSTD_inBuffer in;
	int i;

	memset(kernel, 0, 1 << 20);
	ZSTD_initCStream(z, 1);
	for (i = 0; i < 513; i++) {
		in = (ZSTD_inBuffer){ kernel, 1 << 20, 0 };
		while (in.pos < in.size)
			ZSTD_compressStream2(z, &out, &in, ZSTD_e_continue);
	}
	in = (ZSTD_inBuffer){ kernel, 0, 0 };
	while (ZSTD_compressStream2(z, &out, &in, ZSTD_e_end))
		;
	ZSTD_freeCStream(z);
	CHECK_EQ(read_image(packed, make_setup(out.pos)), -EFBIG, "513 MiB of nothing: %s", msg);
}

/* ---- vmlinux -------------------------------------------------------------------------- */

struct vmlinux {
	Elf64_Ehdr e;
	Elf64_Phdr p[2];
	char data[1 << 17];
};

static struct vmlinux vm;

static void make_vmlinux(const char *banner, const char *config)
{
	static char text[1 << 16];

	memset(&vm, 0, sizeof(vm));
	memcpy(vm.e.e_ident, ELFMAG, SELFMAG);
	vm.e.e_ident[EI_CLASS] = ELFCLASS64;
	vm.e.e_ident[EI_DATA] = ELFDATA2LSB;
	vm.e.e_type = ET_EXEC;
	vm.e.e_phoff = offsetof(struct vmlinux, p);
	vm.e.e_phentsize = sizeof(vm.p[0]);
	vm.e.e_phnum = 2;
	vm.p[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = ~0ULL, .p_filesz = 1 };
	vm.p[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = offsetof(struct vmlinux, data),
				.p_filesz = sizeof(vm.data) };
	memcpy(vm.data, text, make_kernel(text, 30000, config));
	strcpy(vm.data + 100000, "Linux version %s (%s)");
	strcpy(vm.data + 101000, "Linux version ");
	strcpy(vm.data + 102000, banner);
}

static int read_vmlinux(void)
{
	return read_image(&vm, sizeof(vm));
}

static void vmlinux(void)
{
	make_vmlinux("Linux version " RELEASE " (nobody@nowhere) #1", config_thp);
	CHECK_EQ(read_vmlinux(), 0, "vmlinux: %s", msg);
	check_thp("vmlinux");
	make_vmlinux("Linux version " RELEASE " (nobody@nowhere) #1", NULL);
	CHECK_EQ(read_vmlinux(), 0, "vmlinux without IKCONFIG: %s", msg);
	CHECK(info.config.thp == LUOB_UNKNOWN && !strcmp(info.release, RELEASE),
	      "tells its release only");
	make_vmlinux("no banner", config_thp);
	CHECK_EQ(read_vmlinux(), -ENOEXEC, "without a banner: %s", msg);
	make_vmlinux("Linux version " RELEASE " (", config_thp);
	vm.e.e_type = ET_CORE;
	CHECK_EQ(read_vmlinux(), -ENOEXEC, "a core: %s", msg);
	make_vmlinux("Linux version " RELEASE " (", config_thp);
	vm.e.e_ident[EI_CLASS] = ELFCLASS32;
	CHECK_EQ(read_vmlinux(), -ENOEXEC, "32 bits: %s", msg);
}

static void vmlinux_lies(void)
{
	make_vmlinux("Linux version " RELEASE " (", config_thp);
	CHECK_EQ(read_image(&vm, sizeof(vm) - 1), -EINVAL, "cut off: %s", msg);
	CHECK_EQ(read_image(&vm, sizeof(vm.e) + 10), -EINVAL, "cut in the headers: %s", msg);
	vm.p[1].p_offset = ~0ULL - 5;
	CHECK_EQ(read_vmlinux(), -EINVAL, "a segment that wraps: %s", msg);
	vm.p[1].p_offset = 0;
	vm.p[1].p_filesz = ~0ULL;
	CHECK_EQ(read_vmlinux(), -EINVAL, "a segment without an end: %s", msg);
	vm.e.e_phoff = ~0ULL - 8;
	CHECK_EQ(read_vmlinux(), -EINVAL, "headers behind the end: %s", msg);
	vm.e.e_phoff = sizeof(vm) - 8;
	CHECK_EQ(read_vmlinux(), -EINVAL, "headers across the end: %s", msg);
	vm.e.e_phnum = 0xffff;
	CHECK_EQ(read_vmlinux(), -EINVAL, "65535 headers: %s", msg);
	vm.e.e_phnum = 0;
	CHECK_EQ(read_vmlinux(), -EINVAL, "no headers: %s", msg);
	vm.e.e_phnum = 2;
	vm.e.e_phentsize = 1;
	CHECK_EQ(read_vmlinux(), -EINVAL, "headers of one byte: %s", msg);
}

static void no_image(void)
{
	CHECK_EQ(read_image("", 0), -ENOEXEC, "an empty file: %s", msg);
	CHECK_EQ(read_image(config_thp, strlen(config_thp)), -ENOEXEC, "text: %s", msg);
	memset(kernel, 0, 4096);
	CHECK_EQ(read_image(kernel, 4096), -ENOEXEC, "zeros: %s", msg);
	CHECK_EQ(luo_image__read(dir, &info, msg, sizeof(msg)), -ENOEXEC, "a directory: %s", msg);
	CHECK_EQ(luo_image__read("/nonexistent/image", &info, msg, sizeof(msg)), -ENOENT,
		 "no file: %s", msg);
	CHECK_EQ(info.config.thp, LUOB_UNKNOWN, "nothing is known then");
}

/* ---- luo-load run --target-config ----------------------------------------------------- */

static struct luo_run_result result;
static struct luo_run run;

static enum luo_run_status configure(const char *fmt)
{
	static char text[1400];
	static struct luo_run_opts opts;

	luo_run_result__free(&result);
	memset(&result, 0, sizeof(result));
	memset(&run, 0, sizeof(run));
	snprintf(text, sizeof(text), fmt, path);
	opts.config = text;
	run.opts = &opts;
	run.res = &result;
	return luo_run__config(&run);
}

static void target_config(void)
{
	write_file("image", packed, make_bzimage(&packers[2], 1000, config_thp));
	CHECK_EQ(configure("%s"), LUO_RUN_DONE, "an image: %s", result.msg);
	CHECK(run.thp == LUOB_YES && run.deferred == LUOB_NO, "is believed");
	CHECK_EQ(configure("%s,no-thp"), LUO_RUN_DONE, "and a word: %s", result.msg);
	CHECK(run.thp == LUOB_NO && run.deferred == LUOB_NO, "later words win");
	write_file("image", packed, make_bzimage(&packers[2], 1000, NULL));
	CHECK_EQ(configure("thp,%s"), LUO_RUN_DONE, "an image that tells nothing: %s", result.msg);
	CHECK(run.thp == LUOB_YES && run.deferred == LUOB_UNKNOWN && result.nr_warnings == 1,
	      "leaves what is known, and that is said");
	write_file("image", packed, make_bzimage(&packers[2], 1000, NULL) - 1);
	CHECK_EQ(configure("%s"), LUO_RUN_USAGE, "a damaged image");
	CHECK(strstr(result.msg, "promises"), "'%s'", result.msg);
	write_file("config", config_thp, strlen(config_thp));
	CHECK_EQ(configure("%s"), LUO_RUN_DONE, "a configuration file: %s", result.msg);
	CHECK(run.thp == LUOB_YES && run.deferred == LUOB_NO, "is believed");
	write_file("config", "huge\n", 5);
	CHECK_EQ(configure("%s"), LUO_RUN_USAGE, "other text");
	CHECK_STR(result.msg, "not a kernel configuration", "is none");
	CHECK_EQ(configure("huge"), LUO_RUN_USAGE, "neither word nor file");
	CHECK(strstr(result.msg, "neither a word"), "'%s'", result.msg);
	remove_file("config");
	luo_run_result__free(&result);
}

/* ---- digests -------------------------------------------------------------------------- */

static void digests(void)
{
	static const char abc[] =
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	__u8 d[LUO_DIGEST_SIZE], of_bytes[LUO_DIGEST_SIZE];
	char text[2 * LUO_DIGEST_SIZE + 1];

	luo_digest__bytes("abc", 3, d);
	luo_digest__text(d, text);
	CHECK_STR(text, abc, "FIPS 180-2's example");
	write_file("abc", "abc", 3);
	CHECK_EQ(luo_digest__file(path, d, msg, sizeof(msg)), 0, "of a file: %s", msg);
	luo_digest__text(d, text);
	CHECK_STR(text, abc, "the same");
	memset(kernel, 7, 1000001);
	write_file("abc", kernel, 1000001);
	luo_digest__bytes(kernel, 1000001, of_bytes);
	CHECK(!luo_digest__file(path, d, msg, sizeof(msg)) && !memcmp(d, of_bytes, sizeof(d)),
	      "of a file in pieces");
	remove_file("abc");
	CHECK_EQ(luo_digest__file(path, d, msg, sizeof(msg)), -ENOENT, "no file: %s", msg);
	CHECK_EQ(luo_digest__file(dir, d, msg, sizeof(msg)), -EISDIR, "a directory: %s", msg);
}

/* ---- real kernels --------------------------------------------------------------------- */

/* The directory of a kernel starts with its release; its build left a .config. */
static void check_real(const char *kernel_dir, const char *file)
{
	const char *name = strstr(kernel_dir, "/kernels/") + strlen("/kernels/");
	size_t n = strspn(name, "0123456789.");
	char image[600];

	snprintf(image, sizeof(image), "%.500s/%s", kernel_dir, file);
	if (access(image, R_OK))
		return;
	msg[0] = 0;
	CHECK_EQ(luo_image__read(image, &info, msg, sizeof(msg)), 0, "%s: %s", image, msg);
	CHECK(!strncmp(info.release, name, n), "%s: release %s", name, info.release);
	CHECK_STR(info.config_from, "IKCONFIG", "%s: tells its configuration", name);
	snprintf(path, sizeof(path), "%.500s/.config", kernel_dir);
	CHECK(configure("%s") == LUO_RUN_DONE && run.thp == info.config.thp &&
	      run.deferred == info.config.deferred, "%s: the one it was built with", name);
	CHECK(info.config.liveupdate == LUOB_YES && info.config.kho == LUOB_YES,
	      "%s: live update is on", name);
}

static void real(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char pattern[1024];
	glob_t g = {};
	size_t i;

	/* What is still being built has no .done. */
	snprintf(pattern, sizeof(pattern), "%s%s/luo-bpf/kernels/[0-9]*/.done",
		 cache ? cache : home ? home : "", cache ? "" : "/.cache");
	glob(pattern, 0, NULL, &g);
	if (!g.gl_pathc)
		SKIP("no kernels in the cache: make check-vm builds them");
	for (i = 0; i < g.gl_pathc; i++) {
		*strrchr(g.gl_pathv[i], '/') = 0;
		check_real(g.gl_pathv[i], "arch/x86/boot/bzImage");
		check_real(g.gl_pathv[i], "vmlinux");
	}
	globfree(&g);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/image-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		return 2;
	}
	RUN(compressions);
	RUN(large);
	RUN(borders);
	RUN(cut_short);
	RUN(damage);
	RUN(lies);
	RUN(unknown);
	RUN(bad_ikconfig);
	RUN(beside);
	RUN(bomb);
	RUN(vmlinux);
	RUN(vmlinux_lies);
	RUN(no_image);
	RUN(target_config);
	RUN(digests);
	RUN(real);
	remove_file("image");
	rmdir(dir);
	return test_end();
}
