// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Handlers may be in modules. They count only if somebody says that the module will be
 * loaded, with a name, a file or a directory, or if it is in the initial RAM disk.
 */
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/driver_format.h"
#include "lib/abi_modules.h"
#include "lib/package.h"
#include "lib/unpack.h"
#include "lib/vmlinux.h"

struct modules {
	struct luo_abi *abi;
	const struct luo_abi_opts *opts;
	bool named;		/* only what is named counts */
	const char *path;	/* of the one at hand */
};

static bool is_module(const char *path)
{
	const char *ko = strstr(path, ".ko");

	return ko && (!ko[3] || ko[3] == '.');
}

/* "vfio_pci" of ".../vfio-pci.ko.xz": the kernel takes both for the same. */
static void module_name(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');
	size_t i;

	snprintf(name, size, "%s", slash ? slash + 1 : path);
	name[strcspn(name, ".")] = 0;
	for (i = 0; name[i]; i++)
		if (name[i] == '-')
			name[i] = '_';
}

static bool is_named(const struct luo_abi_opts *opts, const char *name)
{
	char word[64];
	size_t i;

	for (i = 0; opts && i < opts->nr_modules; i++) {
		module_name(opts->modules[i], word, sizeof(word));
		if (!strcmp(word, name))
			return true;
	}
	return false;
}

/* ---- one module ----------------------------------------------------------------------- */

static int take_handler(void *priv, enum vmlinux_kind kind, const char *string, __u64 addr)
{
	struct modules *m = priv;
	const struct luo_row *row = NULL;
	char name[64];
	struct luo_fact *f;

	(void)addr;
	module_name(m->path, name, sizeof(name));
	while ((row = luo_catalogue__next(row)))
		if (!strcmp(row->string, string) &&
		    (!strcmp(row->space, "file") || !strcmp(row->space, "flb")))
			break;
	f = row ? luo_abi__find(m->abi, row->space, string) : NULL;
	if (f && !f->absent)
		return 0;
	if (!f)
		f = row ? luo_abi__add_row(m->abi, row, LUO_INFERRED) : luo_abi__add(m->abi);
	if (!f)
		return -ENOMEM;
	f->mark = kind == VMLINUX_DECLARED ? LUO_DECLARED : LUO_INFERRED;
	snprintf(f->string, sizeof(f->string), "%s", string);
	snprintf(f->module, sizeof(f->module), "%s", name);
	f->absent = m->named && !is_named(m->opts, name);
	snprintf(f->why, sizeof(f->why), "in module %s%s", name,
		 f->absent ? ", which is not among --modules" : "");
	return 0;
}

/* A driver's word about its own blobs: nobody else knows them. */
static int take_driver(void *priv, const struct luo_bpf_driver_format *b)
{
	struct modules *m = priv;
	char name[64];
	struct luo_fact *f = luo_abi__find(m->abi, "driver", b->version);

	module_name(m->path, name, sizeof(name));
	if (f && !f->absent)
		return 0;
	if (!f)
		f = luo_abi__add_driver(m->abi, b);
	if (!f)
		return -ENOMEM;
	snprintf(f->module, sizeof(f->module), "%s", name);
	f->absent = m->named && !is_named(m->opts, name);
	snprintf(f->why, sizeof(f->why), "in module %s%s", name,
		 f->absent ? ", which is not among --modules" : "");
	return 0;
}

/* Whoever registers something has to import one of these. */
static bool registers(const struct vmlinux *k)
{
	return vmlinux__imports(k, "liveupdate_register_file_handler") ||
	       vmlinux__imports(k, "liveupdate_register_flb");
}

static int read_module(struct modules *m, const char *path, const void *data, size_t size)
{
	struct vmlinux *k;
	char msg[200];
	int err = 0;

	/* What is no module is not this command's business. */
	if (vmlinux__open_bytes(&k, data, size, msg, sizeof(msg)))
		return 0;
	m->path = path;
	err = vmlinux__each_driver(k, take_driver, m);
	if (!err && registers(k))
		err = vmlinux__each_handler(k, take_handler, m);
	vmlinux__close(k);
	return err;
}

static int take(void *priv, const void *data, size_t size)
{
	return luo_image_bytes__add(priv, data, size);
}

static int add_plain(int fd, size_t size, struct luo_image_bytes *b)
{
	char buf[16384];
	ssize_t n;

	while (size && (n = read(fd, buf, sizeof(buf))) > 0) {
		if (luo_image_bytes__add(b, buf, n))
			return -ENOMEM;
		size -= (size_t)n < size ? (size_t)n : size;
	}
	return 0;
}

static int read_file(struct modules *m, const char *path)
{
	struct luo_image_bytes b = {};
	struct luo_sink sink = { .take = take, .priv = &b };
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;
	char msg[200];

	if (fd < 0 || fstat(fd, &st)) {
		err = -errno;
		goto out;
	}
	err = luo_unpack(fd, 0, st.st_size, &sink, msg, sizeof(msg));
	if (err == -ENOTSUP)
		err = lseek(fd, 0, SEEK_SET) ? -errno : add_plain(fd, st.st_size, &b);
	if (!err)
		err = read_module(m, path, b.data, b.size);
out:
	if (fd >= 0)
		close(fd);
	luo_image_bytes__free(&b);
	return err == -ENOMEM ? err : 0;
}

/* ---- many ----------------------------------------------------------------------------- */

static int read_tree(struct modules *m, const char *path)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;
	int err = 0;

	if (!fts)
		return -errno;
	while (!err && (e = fts_read(fts)))
		if (e->fts_info == FTS_F && is_module(e->fts_path))
			err = read_file(m, e->fts_path);
	fts_close(fts);
	return err;
}

static bool want(void *priv, const char *name)
{
	(void)priv;
	return is_module(name);
}

/* Packed modules go through a file, as that is what luo_unpack() takes. */
static int got(void *priv, const char *name, const void *data, size_t size)
{
	struct luo_image_bytes b = {};
	struct luo_sink sink = { .take = take, .priv = &b };
	char msg[200];
	int fd, err = 0;

	if (size >= 4 && !memcmp(data, "ELF", 4))
		return read_module(priv, name, data, size);
	fd = luo_memory_file(data, size);
	if (fd < 0)
		return fd;
	if (!luo_unpack(fd, 0, size, &sink, msg, sizeof(msg)))
		err = read_module(priv, name, b.data, b.size);
	luo_image_bytes__free(&b);
	close(fd);
	return err;
}

static int fail(char *msg, size_t msg_size, const char *what, int err)
{
	snprintf(msg, msg_size, "%s: %s", what, strerror(-err));
	return err;
}

/**
 * luo_abi__modules - add what modules register
 * @abi: the kernel
 * @package: a package whose modules are listed, too, or NULL
 * @opts: what will be loaded, or NULL: nothing is looked at
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL, -ENOMEM, or what open(2) says.
 */
int luo_abi__modules(struct luo_abi *abi, const char *package, const struct luo_abi_opts *opts,
		     char *msg, size_t msg_size)
{
	struct modules m = { .abi = abi, .opts = opts };
	struct archive_files files = { .want = want, .got = got, .priv = &m };
	char why[200];
	struct stat st;
	size_t i;
	int err = 0;

	for (i = 0; opts && i < opts->nr_modules && !err; i++) {
		const char *what = opts->modules[i];

		if (stat(what, &st)) {
			if (strchr(what, '/'))
				return fail(msg, msg_size, what, -errno);
			continue;	/* a name */
		}
		err = S_ISDIR(st.st_mode) ? read_tree(&m, what) : read_file(&m, what);
		if (err)
			return fail(msg, msg_size, what, err);
	}
	if (opts && opts->initrd) {
		err = luo_initrd__each(opts->initrd, &files, why, sizeof(why));
		if (err) {
			snprintf(msg, msg_size, "%s: %s", opts->initrd, why);
			return err;
		}
	}
	/* All of a package's are listed, and those that are named count. */
	m.named = true;
	if (package && opts && opts->nr_modules)
		err = luo_package__each(package, &files, msg, msg_size);
	return err;
}
