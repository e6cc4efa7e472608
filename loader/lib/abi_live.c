// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the running kernel reads and writes. Root sees more: debugfs has its KHO root. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "abi/kho.h"
#include "abi/luo.h"
#include "lib/abi.h"
#include "lib/image.h"

#define BTF_FILE	"/sys/kernel/btf/vmlinux"
#define KHO_ROOT	"/sys/kernel/debug/kho/out/fdt"
#define KHO_FDTS	"/sys/kernel/debug/kho/out/sub_fdts/*"
#define MAX_FILE	(1 << 20)

struct live {
	struct luo_abi *abi;
	struct luo_types *catalogue;
	struct luo_image_bytes seen;	/* debugfs, one file after the other */
};

/* ---- configuration -------------------------------------------------------------------- */

static void read_config(struct luo_abi *abi)
{
	struct luo_image_bytes b = {};

	if (!luo_kconfig__running(&b, "", abi->release, abi->config_from,
				  sizeof(abi->config_from)))
		luo_kconfig__parse((char *)b.data, b.size, &abi->config);
	luo_image_bytes__free(&b);
}

/* ---- debugfs -------------------------------------------------------------------------- */

static void add_file(struct live *l, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return;
	while (l->seen.size < MAX_FILE && (n = read(fd, buf, sizeof(buf))) > 0)
		luo_image_bytes__add(&l->seen, buf, n);
	luo_image_bytes__add(&l->seen, "", 1);
	close(fd);
}

static void read_debugfs(struct live *l)
{
	glob_t g;
	size_t i;

	add_file(l, KHO_ROOT);
	if (glob(KHO_FDTS, 0, NULL, &g))
		return;
	for (i = 0; i < g.gl_pathc; i++)
		add_file(l, g.gl_pathv[i]);
	globfree(&g);
}

static bool has(const struct live *l, const char *word)
{
	return l->seen.size && memmem(l->seen.data, l->seen.size, word, strlen(word) + 1);
}

static int take_word(void *priv, const char *word)
{
	struct live *l = priv;

	return has(l, word) ? luo_abi__add_word(l->abi, word) : 0;
}

/* ---- formats -------------------------------------------------------------------------- */

/*
 * Roots and subtrees are in debugfs. Whether a handler is registered is seen nowhere, but
 * its structures are in BTF only if its code is there.
 */
static bool take_it(struct live *l, const struct luo_row *row, char *why, size_t size)
{
	bool number = row->string[0] >= '0' && row->string[0] <= '9';
	bool file = !strcmp(row->space, "file") || !strcmp(row->space, "flb");

	if (row->value || !strcmp(row->family, "luo-bpf"))
		return false;
	if (has(l, number ? row->subtree : row->string)) {
		snprintf(why, size, "in the KHO root");
		return true;
	}
	*why = 0;
	return file && luo_abi__fits(l->abi, row, l->catalogue, why, size);
}

static int take_rows(struct live *l, const struct luo_release *rel)
{
	const struct luo_row *row = NULL;
	struct luo_fact *f;
	char why[200];

	while ((row = luo_catalogue__next(row))) {
		if ((rel && !(row->releases & rel->bit)) || !take_it(l, row, why, sizeof(why)) ||
		    luo_abi__find(l->abi, row->space, row->string))
			continue;
		f = luo_abi__add_row(l->abi, row, LUO_INFERRED);
		if (!f)
			return -ENOMEM;
		snprintf(f->why, sizeof(f->why), "%s",
			 !strcmp(why, "in the KHO root") ? why : "its structures are in BTF");
	}
	return 0;
}

static int read_live(struct live *l, char *msg, size_t msg_size)
{
	struct btf *btf = btf__parse(BTF_FILE, NULL);
	int err;

	if (!btf) {
		snprintf(msg, msg_size, "%s: %s", BTF_FILE, strerror(errno));
		return -errno;
	}
	err = luo_abi__set_btf(l->abi, btf, l->catalogue);
	btf__free(btf);
	if (err)
		return err;
	read_config(l->abi);
	read_debugfs(l);
	err = luo_abi__each_word(l->catalogue, take_word, l);
	if (!err)
		err = take_rows(l, luo_catalogue__release(l->abi->release));
	if (!err && !l->seen.size)
		snprintf(l->abi->note, sizeof(l->abi->note),
			 "%s can't be read (root, and a kernel with KHO, kho=on and "
			 "CONFIG_KEXEC_HANDOVER_DEBUGFS): the roots are not known", KHO_ROOT);
	return err;
}

/**
 * luo_abi__live - what the running kernel reads and writes
 * @abi: result
 * @catalogue: what it is compared with
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -ENOENT for a kernel without BTF, -EINVAL, -ENOMEM.
 */
int luo_abi__live(struct luo_abi **abi, struct luo_types *catalogue, char *msg, size_t msg_size)
{
	struct live l = { .abi = luo_abi__new("running kernel"), .catalogue = catalogue };
	struct utsname uts;
	int err;

	if (!l.abi)
		return -ENOMEM;
	uname(&uts);
	snprintf(l.abi->release, sizeof(l.abi->release), "%s", uts.release);
	err = read_live(&l, msg, msg_size);
	luo_image_bytes__free(&l.seen);
	if (err) {
		luo_abi__free(l.abi);
		return err;
	}
	luo_abi__judge(l.abi, catalogue);
	*abi = l.abi;
	return 0;
}
