// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a kernel image, or a package with one, reads and writes. */
#define _GNU_SOURCE
#include <ctype.h>
#include <unistd.h>

#include "core/driver_format.h"
#include "lib/abi.h"
#include "lib/abi_modules.h"
#include "lib/digest.h"
#include "lib/image.h"
#include "lib/package.h"
#include "lib/vmlinux.h"

struct reader {
	struct luo_abi *abi;
	struct luo_types *catalogue;
	const struct vmlinux *kernel;
};

/* ---- handlers ------------------------------------------------------------------------- */

/* Which format of the catalogue has this string? @space NULL: of any. */
static const struct luo_row *row_by_string(const char *space, const char *string, int bit)
{
	const struct luo_row *row = NULL;

	while ((row = luo_catalogue__next(row)))
		if ((!space || !strcmp(row->space, space)) && !strcmp(row->string, string) &&
		    row->releases & bit)
			return row;
	return NULL;
}

static int take_handler(void *priv, enum vmlinux_kind kind, const char *string, __u64 addr)
{
	const char *space = kind == VMLINUX_FILE ? "file" : kind == VMLINUX_FLB ? "flb" : NULL;
	struct reader *r = priv;
	const struct luo_row *row = row_by_string(space, string, ~0);
	struct luo_fact *f = luo_abi__find(r->abi, row ? row->space : space ? space : "", string);

	if (f && kind == VMLINUX_DECLARED)
		f->mark = LUO_DECLARED;
	if (f)
		return 0;
	f = row ? luo_abi__add_row(r->abi, row, LUO_INFERRED) : luo_abi__add(r->abi);
	if (!f)
		return -ENOMEM;
	f->mark = kind == VMLINUX_DECLARED ? LUO_DECLARED : LUO_INFERRED;
	snprintf(f->string, sizeof(f->string), "%s", string);
	snprintf(f->space, sizeof(f->space), "%s", row ? row->space : space ? space : "");
	if (kind == VMLINUX_DECLARED)
		snprintf(f->why, sizeof(f->why), "in .liveupdate_versions");
	else
		snprintf(f->why, sizeof(f->why), "struct liveupdate_%s at 0x%llx",
			 kind == VMLINUX_FILE ? "file_handler" : "flb",
			 (unsigned long long)addr);
	return 0;
}

static int take_driver(void *priv, const struct luo_bpf_driver_format *b)
{
	struct reader *r = priv;
	struct luo_fact *f;

	if (luo_abi__find(r->abi, "driver", b->version))
		return 0;
	f = luo_abi__add_driver(r->abi, b);
	if (!f)
		return -ENOMEM;
	snprintf(f->why, sizeof(f->why), "a driver in the kernel");
	return 0;
}

/* ---- strings -------------------------------------------------------------------------- */

/*
 * One string may name several formats: that of the release, or else the last whose
 * structures are those of this kernel.
 */
static const struct luo_row *choose(struct reader *r, const struct luo_row *first)
{
	const struct luo_release *rel = luo_catalogue__release(r->abi->release);
	const struct luo_row *row = NULL, *best = first;
	char why[200];

	while ((row = luo_catalogue__next(row))) {
		if (strcmp(row->space, first->space) || strcmp(row->string, first->string) ||
		    strcmp(row->subtree, first->subtree))
			continue;
		if (rel && row->releases & rel->bit)
			return row;
		if (luo_abi__fits(r->abi, row, r->catalogue, why, sizeof(why)))
			best = row;
	}
	return best;
}

/* Roots and subtrees: nothing but their strings and names is in the image. */
static int take_row(struct reader *r, const struct luo_row *row)
{
	bool number = isdigit((unsigned char)row->string[0]);
	const char *word = number ? row->subtree : row->string;
	struct luo_fact *f = luo_abi__find(r->abi, row->space, row->string);

	if (f && !strcmp(f->subtree, row->subtree))
		return 0;
	if (!strcmp(row->family, "luo-bpf"))
		return luo_abi__add_ours(r->abi);
	if (!vmlinux__has_string(r->kernel, word))
		return 0;
	f = luo_abi__add_row(r->abi, choose(r, row), LUO_INFERRED);
	if (!f)
		return -ENOMEM;
	snprintf(f->why, sizeof(f->why), "string '%s'", word);
	return 0;
}

static int take_rows(struct reader *r)
{
	const struct luo_row *row = NULL;
	int err = 0;

	while (!err && (row = luo_catalogue__next(row)))
		if (!strcmp(row->space, "kho") || !strcmp(row->space, "subtree"))
			err = take_row(r, row);
	return err;
}

static int take_word(void *priv, const char *word)
{
	struct reader *r = priv;

	return vmlinux__has_word(r->kernel, word) ? luo_abi__add_word(r->abi, word) : 0;
}

/* Beginnings of version strings that were seen in kernels and in patches. */
static const char *const families[] = {
	"kho-", "luo-", "liveupdate-", "memfd-", "huge-memfd-", "guest_memfd_", "guest-memfd-",
	"hugetlb-", "tmpfs-", "pci-", "vfio-", "iommu-", "iommufd-", "kvm_vm_luo_",
	"kvm_vcpu_luo_", "kvm-", "memblock-", "reserve-mem-",
};

/* "pci-v1", "vfio-pci-v2", "kvm_vm_luo_v1". */
static bool is_version(const char *s)
{
	size_t i, n = strlen(s), digits = 0;

	while (digits < n && isdigit((unsigned char)s[n - 1 - digits]))
		digits++;
	if (!digits || n < digits + 3 || s[n - digits - 1] != 'v' ||
	    !strchr("-_", s[n - digits - 2]))
		return false;
	for (i = 0; i < n; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) &&
		    !strchr("-_", s[i]))
			return false;
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!strncmp(s, families[i], strlen(families[i])))
			return true;
	return false;
}

static bool is_known(const struct luo_abi *abi, const char *string)
{
	size_t i;

	for (i = 0; i < abi->nr; i++)
		if (!strcmp(abi->facts[i].string, string))
			return true;
	return luo_abi__has_word(abi, string);
}

static int take_unknown(void *priv, const char *string)
{
	struct reader *r = priv;
	struct luo_fact *f;

	if (!is_version(string) || is_known(r->abi, string))
		return 0;
	f = luo_abi__add(r->abi);
	if (!f)
		return -ENOMEM;
	f->mark = LUO_INFERRED;
	snprintf(f->string, sizeof(f->string), "%s", string);
	snprintf(f->why, sizeof(f->why), "a string, nothing else");
	return 0;
}

/* ---- the kernel ----------------------------------------------------------------------- */

static int read_btf(struct reader *r, struct vmlinux *k, char *msg, size_t msg_size)
{
	struct btf *btf;
	int err;

	err = vmlinux__btf(k, &btf, msg, msg_size);
	if (err == -ENOENT) {
		snprintf(r->abi->note, sizeof(r->abi->note), "%s: structures can't be compared, "
							     "so nothing is certain", msg);
		return 0;
	}
	if (err)
		return err;
	err = luo_abi__set_btf(r->abi, btf, r->catalogue);
	if (err)
		snprintf(msg, msg_size, "its BTF is damaged");
	btf__free(btf);
	return err;
}

static int read_kernel(struct reader *r, struct vmlinux *k, char *msg, size_t msg_size)
{
	int err;

	r->kernel = k;
	err = read_btf(r, k, msg, msg_size);
	if (err)
		return err;
	err = luo_abi__each_word(r->catalogue, take_word, r);
	if (!err)
		err = take_rows(r);
	if (!err)
		err = vmlinux__each_handler(k, take_handler, r);
	if (!err)
		err = vmlinux__each_driver(k, take_driver, r);
	if (!err)
		err = vmlinux__each_string(k, take_unknown, r);
	if (err)
		snprintf(msg, msg_size, "no memory");
	return err;
}

static void take_info(struct luo_abi *abi, const struct luo_image_info *info)
{
	memcpy(abi->release, info->release, sizeof(abi->release));
	abi->config = info->config;
	memcpy(abi->config_from, info->config_from, sizeof(abi->config_from));
}

static int read_image(struct reader *r, const char *path, char *msg, size_t msg_size)
{
	struct luo_image_bytes bytes = {};
	struct luo_image_info info;
	struct vmlinux *k = NULL;
	int err;

	err = luo_image__load(path, &info, &bytes, msg, msg_size);
	if (!err)
		err = bytes.size ? vmlinux__open_bytes(&k, bytes.data, bytes.size, msg, msg_size) :
				   vmlinux__open(&k, path, msg, msg_size);
	if (!err) {
		snprintf(r->abi->source, sizeof(r->abi->source), "%s",
			 bytes.size ? "bzImage" : "vmlinux");
		take_info(r->abi, &info);
		err = read_kernel(r, k, msg, msg_size);
	}
	vmlinux__close(k);
	luo_image_bytes__free(&bytes);
	return err;
}

/* ---- packages ------------------------------------------------------------------------- */

struct package {
	int image;		/* a file in memory, -1 until it was found */
	struct luo_kconfig config;
	char config_name[256];
	bool all;		/* modules come behind */
};

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool want_file(void *priv, const char *path)
{
	const char *name = file_name(path);

	(void)priv;
	return !strncmp(name, "vmlinuz", 7) || !strncmp(name, "config-", 7);
}

static int got_file(void *priv, const char *path, const void *data, size_t size)
{
	const char *name = file_name(path);
	struct package *p = priv;
	int err = 0;

	if (!strncmp(name, "vmlinuz", 7) && p->image < 0) {
		p->image = luo_memory_file(data, size);
		err = p->image < 0 ? p->image : 0;
	} else if (!strncmp(name, "config-", 7) && !luo_kconfig__parse(data, size, &p->config)) {
		snprintf(p->config_name, sizeof(p->config_name), "%.255s", path);
	}
	return err ? err : p->image >= 0 && *p->config_name;
}

/* Its configuration counts when the image keeps its own to itself. */
static int read_package(struct reader *r, const char *path, char *msg, size_t msg_size)
{
	struct package p = { .image = -1, .config = luo_kconfig_unknown };
	struct archive_files files = { .want = want_file, .got = got_file, .priv = &p };
	char image[32];
	int err;

	err = luo_package__each(path, &files, msg, msg_size);
	if (!err && p.image < 0) {
		snprintf(msg, msg_size, "a package without a kernel (no vmlinuz in it)");
		err = -ENOEXEC;
	}
	if (!err) {
		snprintf(image, sizeof(image), "/proc/self/fd/%d", p.image);
		err = read_image(r, image, msg, msg_size);
	}
	if (p.image >= 0)
		close(p.image);
	snprintf(r->abi->source, sizeof(r->abi->source), "package");
	if (!err && strcmp(r->abi->config_from, "IKCONFIG") && *p.config_name) {
		r->abi->config = p.config;
		memcpy(r->abi->config_from, p.config_name, sizeof(p.config_name));
	}
	return err;
}

/**
 * luo_abi__image - what a kernel image reads and writes
 * @abi: result
 * @path: bzImage, vmlinux, or a Debian package with one
 * @opts: which modules count, or NULL
 * @catalogue: what it is compared with
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0; -ENOEXEC when it is none of these, or for another machine; -EINVAL for damage;
 * -ENOTSUP for an unknown compression; -EFBIG, -ENOMEM, or what open(2) and read(2) say.
 */
int luo_abi__image(struct luo_abi **abi, const char *path, const struct luo_abi_opts *opts,
		   struct luo_types *catalogue, char *msg, size_t msg_size)
{
	bool package = luo_package__is(path);
	struct reader r = { .abi = luo_abi__new("image"), .catalogue = catalogue };
	__u8 digest[LUO_DIGEST_SIZE];
	int err;

	if (!r.abi)
		return -ENOMEM;
	err = package ? read_package(&r, path, msg, msg_size) :
			read_image(&r, path, msg, msg_size);
	if (!err)
		err = luo_digest__file(path, digest, msg, msg_size);
	if (!err) {
		luo_digest__text(digest, r.abi->digest);
		err = luo_abi__modules(r.abi, package ? path : NULL, opts, msg, msg_size);
	}
	if (err) {
		luo_abi__free(r.abi);
		return err;
	}
	luo_abi__judge(r.abi, catalogue);
	*abi = r.abi;
	return 0;
}
