// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/attach.h"
#include "lib/profile.h"
#include "lib/maps.h"

extern const __u8 luo_maps_btf_start[], luo_maps_btf_end[];

#define BPFFS		"/sys/fs/bpf"
#define MAX_RELEASES	16

/* What becomes of an array of values: a map of that name. */
struct publish {
	const char *name;
	const char *type;
	const void *values;
	size_t size;		/* of each */
	size_t nr;
	char *msg;
	size_t msg_size;
};

static int fail(struct publish *p, int err, const char *what)
{
	snprintf(p->msg, p->msg_size, "%s: %s (%s)", p->name, what, strerror(-err));
	return err;
}

/* ---- one map -------------------------------------------------------------------------- */

static int fill(struct publish *p, int fd)
{
	__u32 i;

	for (i = 0; i < p->nr; i++)
		if (bpf_map_update_elem(fd, &i, (const char *)p->values + i * p->size, BPF_ANY))
			return -errno;
	return bpf_map_freeze(fd) ? -errno : 0;
}

/* Return: the descriptor of a map that nobody can write to, or a negative errno. */
static int make_map(struct publish *p, const struct btf *btf)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_RDONLY_PROG,
		    .btf_fd = btf__fd(btf));
	int key = btf__find_by_name_kind(btf, "unsigned int", BTF_KIND_INT);
	int value = btf__find_by_name_kind(btf, p->type, BTF_KIND_STRUCT);
	int fd, err;

	if (key < 0 || value < 0 || btf__resolve_size(btf, value) != (__s64)p->size)
		return fail(p, -EINVAL, "the built-in types are damaged");
	opts.btf_key_type_id = key;
	opts.btf_value_type_id = value;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, p->name, sizeof(__u32), p->size, p->nr, &opts);
	if (fd < 0)
		return fail(p, -errno, "the kernel does not make the map");
	err = fill(p, fd);
	if (err) {
		close(fd);
		return fail(p, err, "the kernel does not fill the map");
	}
	return fd;
}

static void pin_path(char *path, size_t size, const char *name, const char *suffix)
{
	snprintf(path, size, "%s/%s%s", LUO_PIN_DIR, name, suffix);
}

/* Readers see the old map or the new one: a pin cannot be replaced, but renamed over. */
static int pin(struct publish *p, int fd)
{
	char path[256], new[256], suffix[32];
	int err = 0;

	snprintf(suffix, sizeof(suffix), "_new_%d", (int)getpid());
	pin_path(path, sizeof(path), p->name, "");
	pin_path(new, sizeof(new), p->name, suffix);
	unlink(new);	/* of a process of that number that died */
	if (bpf_obj_pin(fd, new))
		return fail(p, -errno, "cannot be pinned in " LUO_PIN_DIR);
	if (rename(new, path)) {
		err = fail(p, -errno, "the pin cannot be renamed");
		unlink(new);
	}
	return err;
}

static int find_bpffs(struct publish *p)
{
	struct statfs fs;

	if (statfs(BPFFS, &fs) || fs.f_type != BPF_FS_MAGIC) {
		snprintf(p->msg, p->msg_size, "%s: no BPF file system: mount -t bpf bpf " BPFFS,
			 p->name);
		return -ENODEV;
	}
	if (mkdir(LUO_PIN_DIR, 0700) && errno != EEXIST)
		return fail(p, -errno, "cannot make " LUO_PIN_DIR);
	return 0;
}

static int publish(struct publish *p)
{
	struct btf *btf;
	int fd, err;

	err = find_bpffs(p);
	if (err)
		return err;
	btf = btf__new(luo_maps_btf_start, luo_maps_btf_end - luo_maps_btf_start);
	if (!btf)
		return fail(p, -errno, "the built-in types are damaged");
	err = btf__load_into_kernel(btf);
	fd = err ? fail(p, err, "the kernel does not take the types") : make_map(p, btf);
	btf__free(btf);
	if (fd < 0)
		return fd;
	err = pin(p, fd);
	close(fd);
	return err;
}

/* ---- the catalogue -------------------------------------------------------------------- */

struct catalogue {
	struct luo_catalogue_entry *entries;
	size_t nr;
	size_t cap;
};

static int add_format(struct catalogue *c, const char *release, const struct luob_format *f)
{
	struct luo_catalogue_entry *e;

	e = luob_grow(c->entries, c->nr, &c->cap, sizeof(*e));
	if (!e)
		return -ENOMEM;
	c->entries = e;
	e += c->nr++;
	memset(e, 0, sizeof(*e));
	snprintf(e->release, sizeof(e->release), "%s", release);
	snprintf(e->family, sizeof(e->family), "%s", f->family);
	snprintf(e->string, sizeof(e->string), "%s", f->string);
	snprintf(e->space, sizeof(e->space), "%s", f->space);
	snprintf(e->subtree, sizeof(e->subtree), "%s", f->subtree);
	e->reads = f->reads;
	e->writes = f->writes;
	if (!f->type)
		return 0;
	snprintf(e->type, sizeof(e->type), "%s", f->type->name);
	snprintf(e->fingerprint, sizeof(e->fingerprint), "%016llx",
		 (unsigned long long)f->type->fingerprint);
	e->size = f->type->size;
	return 0;
}

static int add_release(struct catalogue *c, const char *release, const struct luo_type_set *set,
		       char *msg, size_t msg_size)
{
	struct luo_profile *p;
	size_t i;
	int err;

	err = luo_profile__by_release(&p, release, set, msg, msg_size);
	if (err)
		return err;
	for (i = 0; i < p->core.nr && !err; i++)
		err = add_format(c, p->core.release, &p->core.formats[i]);
	luo_profile__free(p);
	return err;
}

/**
 * luo_maps__publish_catalogue - pin the table of profiles as map "luo_catalogue"
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * One struct luo_catalogue_entry for each format of each release, oldest release first.
 * The map is read-only for everybody; an older one is replaced at once. Needs
 * CAP_BPF, or root.
 *
 * Return: 0, -ENODEV without a BPF file system, -ENOMEM, or what bpf(2) and rename(2)
 * say.
 */
int luo_maps__publish_catalogue(char *msg, size_t msg_size)
{
	const char *releases[MAX_RELEASES];
	size_t i, nr = luo_profile__releases(releases, MAX_RELEASES);
	struct catalogue c = {};
	struct luo_types *types;
	struct luo_type_set set = { &types, 1 };
	int err;

	snprintf(msg, msg_size, "no memory");
	err = luo_catalogue__open(&types, msg, msg_size);
	if (err)
		return err;
	for (i = 0; i < nr && !err; i++)
		err = add_release(&c, releases[i], &set, msg, msg_size);
	if (!err)
		err = publish(&(struct publish){
			.name = LUO_MAP_CATALOGUE, .type = "luo_catalogue_entry",
			.values = c.entries, .size = sizeof(*c.entries), .nr = c.nr,
			.msg = msg, .msg_size = msg_size,
		});
	free(c.entries);
	luo_types__free(types);
	return err;
}

/* ---- the status ----------------------------------------------------------------------- */

/* What bpftool prints as a string: ASCII, terminated, nothing behind the end. */
static void tidy(char *text, size_t size)
{
	size_t i, len = strnlen(text, size - 1);

	for (i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	memset(text + len, 0, size - len);
}

static void tidy_entry(struct luo_status_entry *e)
{
	tidy(e->kind, sizeof(e->kind));
	tidy(e->state, sizeof(e->state));
	tidy(e->record, sizeof(e->record));
	tidy(e->family, sizeof(e->family));
	tidy(e->from, sizeof(e->from));
	tidy(e->to, sizeof(e->to));
	tidy(e->steps, sizeof(e->steps));
	tidy(e->verdict, sizeof(e->verdict));
	tidy(e->rule, sizeof(e->rule));
	tidy(e->text, sizeof(e->text));
}

/**
 * luo_maps__publish_status - pin what a check or an arming found as map "luo_status"
 * @e: the summary, then the records; the caller keeps them
 * @nr: entries, at least 1
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Strings are cut at their arrays' ends, and what is not printable ASCII becomes '?'.
 * Otherwise as luo_maps__publish_catalogue().
 *
 * Return: 0, -EINVAL without entries, -ENODEV, -ENOMEM, or what bpf(2) and rename(2)
 * say.
 */
int luo_maps__publish_status(const struct luo_status_entry *e, size_t nr, char *msg,
			     size_t msg_size)
{
	struct luo_status_entry *copy;
	size_t i;
	int err;

	snprintf(msg, msg_size, nr ? "no memory" : "nothing to publish");
	copy = nr ? calloc(nr, sizeof(*copy)) : NULL;
	if (!copy)
		return nr ? -ENOMEM : -EINVAL;
	memcpy(copy, e, nr * sizeof(*copy));
	for (i = 0; i < nr; i++)
		tidy_entry(&copy[i]);
	err = publish(&(struct publish){
		.name = LUO_MAP_STATUS, .type = "luo_status_entry",
		.values = copy, .size = sizeof(*copy), .nr = nr,
		.msg = msg, .msg_size = msg_size,
	});
	free(copy);
	return err;
}

/**
 * luo_maps__remove - remove both pins
 *
 * The kernel frees the maps when their last reader is gone.
 *
 * Return: 0, also when there were none, or what unlink(2) says.
 */
int luo_maps__remove(void)
{
	static const char *const names[] = { LUO_MAP_CATALOGUE, LUO_MAP_STATUS };
	char path[256];
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pin_path(path, sizeof(path), names[i], "");
		if (unlink(path) && errno != ENOENT)
			err = -errno;
	}
	return err;
}
