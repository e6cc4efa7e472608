// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE	/* asprintf() */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/install.h"

/* ---- what is there -------------------------------------------------------------------- */

/*
 * Do both lead from the same format to the same other one, for the same devices? Acceptors
 * are no steps.
 */
bool luo_prog__same_step(const struct luob_prog *a, const struct luob_prog *b)
{
	return a->to && b->to && !strcmp(a->family, b->family) &&
	       !strcmp(a->from_string, b->from_string) && !strcmp(a->to_string, b->to_string) &&
	       a->from->fingerprint == b->from->fingerprint &&
	       a->to->fingerprint == b->to->fingerprint &&
	       !memcmp(&a->limit, &b->limit, sizeof(a->limit));
}

__attribute__((format(printf, 3, 4)))
static void not_used(struct luo_installed_file *f, enum luo_installed_state state,
		     const char *fmt, ...)
{
	va_list ap;

	f->state = state;
	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
}

static const struct luob_prog *prog_of(const struct luo_installed *all,
				       const struct luo_installed_file *f)
{
	return luo_object__prog(all->objects.objects[f->at]);
}

/* Files that are used come first in the list: does one of them stand in the way? */
static void find_first(struct luo_installed *all, struct luo_installed_file *f)
{
	const struct luob_prog *mine = prog_of(all, f), *other;
	const struct luo_installed_file *o;

	for (o = all->files; o < f; o++) {
		if (o->state != LUO_INSTALLED_USED)
			continue;
		other = prog_of(all, o);
		if (!strcmp(other->name, mine->name))
			not_used(f, LUO_INSTALLED_HIDDEN, "the program in %s has its name",
				 o->path);
		else if (luo_prog__same_step(other, mine))
			not_used(f, LUO_INSTALLED_SECOND, "%s, which comes first, does that step",
				 other->name);
		else
			continue;
		return;
	}
}

static int add_file(struct luo_installed *all, const struct luo_store *s,
		    const struct luo_entry *e, bool counts)
{
	struct luo_installed_file *f;
	char msg[256] = "no memory";
	int err;

	f = luob_grow(all->files, all->nr, &all->cap, sizeof(*f));
	if (!f)
		return -ENOMEM;
	all->files = f;
	f += all->nr++;
	memset(f, 0, sizeof(*f));
	snprintf(f->path, sizeof(f->path), "%s", e->path);
	f->tier = s->dirs[e->dir].tier;
	f->at = -1;
	if (e->masks) {
		not_used(f, LUO_INSTALLED_MASK, "hides %s elsewhere", e->name);
		return 0;
	}
	err = luo_objects__add(&all->objects, e->path, msg, sizeof(msg));
	if (err == -ENOMEM)
		return err;
	if (err)
		not_used(f, LUO_INSTALLED_BAD, "%s", msg);
	else
		f->at = all->objects.nr - 1;
	if (!err && !counts)
		not_used(f, LUO_INSTALLED_TIER, "tier %s is not used", luo_tier__name(f->tier));
	else if (!err && e->hidden_by)
		not_used(f, LUO_INSTALLED_HIDDEN, "%s", e->hidden_by->path);
	else if (!err)
		find_first(all, f);
	return 0;
}

static bool is_listed(const struct luo_installed *all, const char *path)
{
	size_t i;

	for (i = 0; i < all->nr; i++)
		if (!strcmp(all->files[i].path, path))
			return true;
	return false;
}

/* @counts: of the tiers that are used. */
static int add_store(struct luo_installed *all, bool counts, char *msg, size_t msg_size)
{
	struct luo_store s;
	size_t i;
	int err;

	err = luo_store__open(&s, LUO_SUFFIX_OBJECT, msg, msg_size);
	if (err == -ENOENT && !counts)
		err = 0;
	for (i = 0; i < s.nr && !err; i++)
		if (!is_listed(all, s.entries[i]->path))
			err = add_file(all, &s, s.entries[i], counts);
	luo_store__free(&s);
	return err;
}

/**
 * luo_installed__open - all installed objects, and which of them are used
 * @all: result; to be released, also after a failure
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Afterwards all tiers are used by this process.
 *
 * Return: 0; -ENOENT when nothing is installed; as luo_store__open().
 */
int luo_installed__open(struct luo_installed *all, char *msg, size_t msg_size)
{
	int err, none;

	memset(all, 0, sizeof(*all));
	snprintf(msg, msg_size, "no memory");
	err = luo_objects__open(&all->objects, msg, msg_size);
	if (err)
		return err;
	none = add_store(all, true, msg, msg_size);
	if (none && none != -ENOENT)
		return none;
	err = luo_store__set_tiers("stable,testing,local");
	if (!err)
		err = add_store(all, false, msg, msg_size);
	if (!err && !all->nr && none)
		return none;
	if (!err)
		err = luo_objects__ready(&all->objects);
	return err ? err : luo_planner__new(&all->planner, &all->objects, false);
}

void luo_installed__free(struct luo_installed *all)
{
	luo_planner__free(&all->planner);
	luo_objects__free(&all->objects);
	free(all->files);
	memset(all, 0, sizeof(*all));
}

/* ---- more of it ----------------------------------------------------------------------- */

/**
 * luo_store__compare - what is in the place of a file?
 * @path: of the file
 * @bytes: that are to be there
 * @size: how many
 * @place: result
 *
 * Return: 0, or what open(2) and read(2) say.
 */
int luo_store__compare(const char *path, const void *bytes, size_t size, enum luo_place *place)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err = 0;
	struct stat st;
	char *have;

	*place = LUO_PLACE_OTHER;
	if (fd < 0) {
		*place = LUO_PLACE_FREE;
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	}
	have = malloc(size + 1);
	if (!have || fstat(fd, &st))
		err = have ? -errno : -ENOMEM;
	else if (S_ISREG(st.st_mode) && (size_t)st.st_size == size &&
		 read(fd, have, size + 1) == (ssize_t)size && !memcmp(have, bytes, size))
		*place = LUO_PLACE_SAME;
	free(have);
	close(fd);
	return err;
}

/* The directories of a path. */
static int make_dirs(char *path)
{
	char *slash = path;
	int err = 0;

	while (!err && (slash = strchr(slash + 1, '/'))) {
		*slash = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			err = -errno;
		*slash = '/';
	}
	return err;
}

static int write_new(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), err = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, bytes, size);
	if (n != (ssize_t)size)
		err = n < 0 ? -errno : -ENOSPC;
	if (!err && (fchmod(fd, 0644) || fsync(fd)))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (err)
		unlink(path);
	return err;
}

/**
 * luo_store__put - make a file, with its directories
 * @path: of the file; one that is there is replaced when all is written
 * @bytes: what it has to be
 * @size: how many
 *
 * Return: 0, what open(2), write(2), mkdir(2) and rename(2) say, -ENOMEM.
 */
int luo_store__put(const char *path, const void *bytes, size_t size)
{
	char *part;
	int err;

	if (asprintf(&part, "%s.new%d", path, getpid()) < 0)
		return -ENOMEM;
	err = make_dirs(part);
	if (!err)
		err = write_new(part, bytes, size);
	if (!err && rename(part, path)) {
		err = -errno;
		unlink(part);
	}
	free(part);
	return err;
}
