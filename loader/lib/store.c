// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE	/* asprintf() */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store.h"

#define ENV_PATH	"LUO_BPF_PATH"
#define ENV_ROOT	"LUO_BPF_ROOT"
#define ENV_TIERS	"LUO_BPF_TIERS"

/* The overlay of the machine comes first, what packages install last. */
static const char *const bases[] = { LUO_DIR_OVERLAY, LUO_DIR_LOCAL, LUO_DIR_VENDOR };

/* In the tree of a build; objects of the machine are none of its business. */
static const char *const beside[] = { "bpf", "../bpf" };

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

/* ---- tiers ---------------------------------------------------------------------------- */

static const char *const tiers[LUO_NR_TIERS] = {
	[LUO_TIER_STABLE] = "stable",
	[LUO_TIER_TESTING] = "testing",
	[LUO_TIER_LOCAL] = "local",
};

const char *luo_tier__name(enum luo_tier tier)
{
	return tiers[tier];
}

/* Return: 0, -EINVAL. */
int luo_tier__parse(const char *name, size_t len, enum luo_tier *tier)
{
	enum luo_tier t;

	for (t = 0; t < LUO_NR_TIERS; t++) {
		if (strlen(tiers[t]) != len || strncmp(tiers[t], name, len))
			continue;
		*tier = t;
		return 0;
	}
	return -EINVAL;
}

/* "stable,local" as a mask of bits. Return: 0, -EINVAL. */
int luo_tiers__parse(const char *list, unsigned int *mask)
{
	enum luo_tier t;
	size_t n;

	for (*mask = 0; ; list += n + 1) {
		n = strcspn(list, ",");
		if (luo_tier__parse(list, n, &t))
			return -EINVAL;
		*mask |= 1 << t;
		if (!list[n])
			return 0;
	}
}

/* The directory that a file lies in tells. */
enum luo_tier luo_tier__of(const char *path)
{
	const char *end = strrchr(path, '/'), *start;
	enum luo_tier t = LUO_TIER_STABLE;

	for (start = end; start && start > path && start[-1] != '/'; )
		start--;
	if (start)
		luo_tier__parse(start, end - start, &t);
	return t;
}

/**
 * luo_store__set_tiers - which tiers are used, for this process
 * @list: "stable,testing,local"
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int luo_store__set_tiers(const char *list)
{
	unsigned int mask;

	return luo_tiers__parse(list, &mask) ?: setenv(ENV_TIERS, list, 1) ? -ENOMEM : 0;
}

/* Where /usr and /etc are, for this process; $LUO_BPF_PATH does not count then. */
void luo_store__set_root(const char *root)
{
	setenv(ENV_ROOT, root, 1);
	unsetenv(ENV_PATH);
}

/**
 * luo_store__dir - a directory of the store
 * @base: LUO_DIR_...
 * @tier: tier
 * @path: result, below $LUO_BPF_ROOT
 * @size: bytes of @path
 *
 * Return: 0, -ENAMETOOLONG.
 */
int luo_store__dir(const char *base, enum luo_tier tier, char *path, size_t size)
{
	const char *root = getenv(ENV_ROOT);
	bool sub = tier != LUO_TIER_STABLE;

	return snprintf(path, size, "%s%s%s%s", root ? root : "", base, sub ? "/" : "",
			sub ? tiers[tier] : "") < (int)size ? 0 : -ENAMETOOLONG;
}

/* ---- directories ---------------------------------------------------------------------- */

struct opener {
	struct luo_store *s;
	const char *suffix;
	unsigned int tiers;
	bool found;		/* a directory, with or without the tiers that count */
	char *msg;
	size_t msg_size;
};

static int fail(struct opener *o, int err, const char *subject)
{
	snprintf(o->msg, o->msg_size, "%s%s%s", subject, *subject ? ": " : "", strerror(-err));
	return err;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static bool is_known(const struct luo_store *s, const char *path)
{
	struct stat a, b;
	size_t i;

	for (i = 0; i < s->nr_dirs; i++)
		if (!stat(path, &a) && !stat(s->dirs[i].path, &b) && a.st_dev == b.st_dev &&
		    a.st_ino == b.st_ino)
			return true;
	return false;
}

/* A directory that is there, once. */
static int add_dir(struct opener *o, const char *path, enum luo_tier tier)
{
	struct luo_store_dir *d;

	if (!is_dir(path) || is_known(o->s, path))
		return 0;
	d = realloc(o->s->dirs, (o->s->nr_dirs + 1) * sizeof(*d));
	if (!d)
		return fail(o, -ENOMEM, "");
	o->s->dirs = d;
	d += o->s->nr_dirs++;
	d->tier = tier;
	snprintf(d->path, sizeof(d->path), "%s", path);
	return 0;
}

/* A directory with its tiers, the highest first. */
static int add_base(struct opener *o, const char *base)
{
	char path[sizeof(o->s->dirs->path)];
	enum luo_tier t;
	int err = 0;

	o->found |= is_dir(base);
	for (t = LUO_NR_TIERS; t-- > 0 && !err; ) {
		bool sub = t != LUO_TIER_STABLE;

		if (!(o->tiers & 1 << t))
			continue;
		if (snprintf(path, sizeof(path), "%s%s%s", base, sub ? "/" : "",
			     sub ? tiers[t] : "") >= (int)sizeof(path))
			return fail(o, -ENAMETOOLONG, base);
		err = add_dir(o, path, t);
	}
	return err;
}

/* The program's own directory, with @name behind it. */
static int beside_program(const char *name, char *path, size_t size)
{
	char exe[2048], *real;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return -ENOENT;
	exe[n] = 0;
	*strrchr(exe, '/') = 0;
	if (snprintf(path, size, "%s/%s", exe, name) >= (int)size || !is_dir(path))
		return -ENOENT;
	/* For people: /usr/lib, and not /usr/bin/../lib. */
	real = realpath(path, NULL);
	if (real && strlen(real) < size)
		strcpy(path, real);
	free(real);
	return 0;
}

static int find_dirs(struct opener *o)
{
	const char *path = getenv(ENV_PATH), *root = getenv(ENV_ROOT);
	char dir[sizeof(o->s->dirs->path)];
	size_t i;
	int err = 0;

	o->s->one = true;
	if (path)
		return add_base(o, path);
	for (i = 0; i < NR(beside) && !root; i++)
		if (!beside_program(beside[i], dir, sizeof(dir)))
			return add_base(o, dir);
	o->s->one = false;
	for (i = 0; i < NR(bases) && !err; i++) {
		/* Installed elsewhere than a package would: what it came with. */
		if (i + 1 == NR(bases) && !root &&
		    !beside_program("../lib/luo-bpf", dir, sizeof(dir)))
			err = add_base(o, dir);
		if (!err)
			err = luo_store__dir(bases[i], LUO_TIER_STABLE, dir, sizeof(dir)) ?:
			      add_base(o, dir);
	}
	return err;
}

/* ---- files ---------------------------------------------------------------------------- */

static const char *suffix;	/* of what scandir() takes */

static int has_suffix(const struct dirent *d)
{
	size_t n = strlen(d->d_name), k = strlen(suffix);

	return n > k && !strcmp(d->d_name + n - k, suffix);
}

/* Nothing is in it: who puts that here wants to be rid of what has the name. */
static bool is_mask(const char *path)
{
	struct stat st;

	return !stat(path, &st) && (S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && !st.st_size));
}

static const struct luo_entry *same_name(const struct luo_store *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (!strcmp(s->entries[i]->name, name))
			return s->entries[i];
	return NULL;
}

static int add_file(struct opener *o, size_t dir, const char *name)
{
	const char *base = o->s->dirs[dir].path;
	struct luo_store *s = o->s;
	struct luo_entry *e, **list;

	if (s->nr == s->cap) {
		list = realloc(s->entries, (2 * s->cap + 64) * sizeof(*list));
		if (!list)
			return fail(o, -ENOMEM, "");
		s->entries = list;
		s->cap = 2 * s->cap + 64;
	}
	e = calloc(1, sizeof(*e));
	if (!e || asprintf(&e->path, "%s/%s", base, name) < 0) {
		free(e);
		return fail(o, -ENOMEM, "");
	}
	e->name = e->path + strlen(base) + 1;
	e->dir = dir;
	e->masks = is_mask(e->path);
	e->hidden_by = same_name(s, name);
	s->entries[s->nr++] = e;
	return 0;
}

/* In the order of names, so that a run can be repeated. */
static int read_dir(struct opener *o, size_t dir)
{
	struct dirent **names;
	int i, nr, err = 0;

	suffix = o->suffix;
	nr = scandir(o->s->dirs[dir].path, &names, has_suffix, alphasort);
	if (nr < 0)
		return fail(o, -errno, o->s->dirs[dir].path);
	for (i = 0; i < nr; i++) {
		if (!err)
			err = add_file(o, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return err;
}

/**
 * luo_store__open - what lies in the store
 * @s: result; to be released, also after a failure
 * @suffix: of the files that are wanted, LUO_SUFFIX_...
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * $LUO_BPF_PATH names the one directory to look into; else it is the one beside a program
 * that was just built; else those of the system, below $LUO_BPF_ROOT. $LUO_BPF_TIERS says
 * which tiers count: "stable,local" without it. A file hides those of its name that come
 * behind it.
 *
 * Return: 0; -ENOENT when there is no directory; -EINVAL for bad tiers; -ENOMEM; what
 * scandir(3) says.
 */
int luo_store__open(struct luo_store *s, const char *suffix, char *msg, size_t msg_size)
{
	struct opener o = {
		.s = s, .suffix = suffix, .msg = msg, .msg_size = msg_size,
		.tiers = 1 << LUO_TIER_STABLE | 1 << LUO_TIER_LOCAL,
	};
	const char *list = getenv(ENV_TIERS);
	size_t i;
	int err;

	memset(s, 0, sizeof(*s));
	if (list && luo_tiers__parse(list, &o.tiers)) {
		snprintf(msg, msg_size, ENV_TIERS "='%s': tiers are stable, testing and local, "
					"with commas", list);
		return -EINVAL;
	}
	err = find_dirs(&o);
	if (!err && !o.found) {
		snprintf(msg, msg_size, getenv(ENV_PATH) ? ENV_PATH " is no directory" :
			 "not installed: name objects, or set " ENV_PATH);
		err = -ENOENT;
	}
	for (i = 0; i < s->nr_dirs && !err; i++)
		err = read_dir(&o, i);
	return err;
}

void luo_store__free(struct luo_store *s)
{
	size_t i;

	for (i = 0; i < s->nr; i++) {
		free(s->entries[i]->path);
		free(s->entries[i]);
	}
	free(s->entries);
	free(s->dirs);
	memset(s, 0, sizeof(*s));
}

/* Whether the file is what its name stands for. */
bool luo_store__is_used(const struct luo_entry *e)
{
	return !e->masks && !e->hidden_by;
}
