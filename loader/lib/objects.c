// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <sys/stat.h>

#include "lib/engine.h"
#include "lib/objects.h"
#include "lib/store.h"
#include "lib/verdict.h"

/* Starts with the catalogue. Return: 0, -EINVAL, -ENOMEM. */
int luo_objects__open(struct luo_objects *o, char *msg, size_t msg_size)
{
	memset(o, 0, sizeof(*o));
	o->types = calloc(1, sizeof(*o->types));
	if (!o->types)
		return -ENOMEM;
	return luo_catalogue__open(&o->types[0], msg, msg_size);
}

void luo_objects__free(struct luo_objects *o)
{
	size_t i;

	luo_verdicts__free(o->verdicts, o->nr);
	for (i = 0; i < o->nr + o->nr_idle; i++)
		luo_object__free(o->objects[i]);
	if (o->types)
		luo_types__free(o->types[0]);
	free(o->objects);
	free(o->types);
	free(o->progs);
	memset(o, 0, sizeof(*o));
}

static bool is_known(const struct luo_objects *o, const struct luo_object *obj)
{
	size_t i;

	for (i = 0; i < o->nr; i++)
		if (!strcmp(luo_object__prog(o->objects[i])->name, luo_object__prog(obj)->name))
			return true;
	return false;
}

static int add_file(struct luo_objects *o, const char *path, char *msg, size_t msg_size)
{
	const struct vm_call *calls;
	struct luo_object **list;
	size_t nr;
	int err;

	list = luob_grow(o->objects, o->nr, &o->cap, sizeof(*list));
	if (!list)
		return -ENOMEM;
	o->objects = list;
	calls = luo_engine__calls(&nr);
	err = luo_object__open(&list[o->nr], path, calls, nr, msg, msg_size);
	if (!err && o->only_new && is_known(o, list[o->nr]))
		luo_object__free(list[o->nr]);
	else if (!err)
		o->nr++;
	return err;
}

static int is_object(const struct dirent *d)
{
	size_t n = strlen(d->d_name), k = strlen(LUO_SUFFIX_OBJECT);

	return n > k && !strcmp(d->d_name + n - k, LUO_SUFFIX_OBJECT);
}

/* One file of a directory: a message names it. */
static int add_entry(struct luo_objects *o, const char *dir, const char *name, char *msg,
		     size_t msg_size)
{
	char file[4096], why[256] = "";
	int err;

	if (snprintf(file, sizeof(file), "%s/%s", dir, name) >= (int)sizeof(file))
		return -ENAMETOOLONG;
	err = add_file(o, file, why, sizeof(why));
	if (err)
		snprintf(msg, msg_size, "%s: %s", name, why);
	return err;
}

/* In the order of names, so that a run can be repeated. */
static int add_dir(struct luo_objects *o, const char *path, char *msg, size_t msg_size)
{
	struct dirent **names;
	int i, nr, err = 0;

	nr = scandir(path, &names, is_object, alphasort);
	if (nr < 0) {
		snprintf(msg, msg_size, "%s", strerror(errno));
		return -errno;
	}
	for (i = 0; i < nr; i++) {
		if (!err)
			err = add_entry(o, path, names[i]->d_name, msg, msg_size);
		free(names[i]);
	}
	free(names);
	if (!nr) {
		snprintf(msg, msg_size, "no object (*" LUO_SUFFIX_OBJECT ") in this directory");
		return -EINVAL;
	}
	return err;
}

/**
 * luo_objects__add - read an object, or all of a directory
 * @o: list
 * @path: file, or directory with files "*.bpf.o"
 * @msg: one line on failure, without @path
 * @msg_size: bytes of @msg
 *
 * Return: 0; -EINVAL for a bad object, or a directory without any; else a system error.
 */
int luo_objects__add(struct luo_objects *o, const char *path, char *msg, size_t msg_size)
{
	struct stat st;

	if (stat(path, &st)) {
		snprintf(msg, msg_size, "%s", strerror(errno));
		return -errno;
	}
	return S_ISDIR(st.st_mode) ? add_dir(o, path, msg, msg_size) :
				     add_file(o, path, msg, msg_size);
}

static int add_store(struct luo_objects *o, const struct luo_store *s, char *where,
		     size_t where_size, char *msg, size_t msg_size)
{
	char why[256] = "";
	size_t i;
	int err;

	for (i = 0; i < s->nr; i++) {
		const struct luo_entry *e = s->entries[i];

		if (!luo_store__is_used(e))
			continue;
		err = add_file(o, e->path, why, sizeof(why));
		if (err) {
			snprintf(where, where_size, "%s", s->dirs[e->dir].path);
			snprintf(msg, msg_size, "%s: %s", e->name, why);
			return err;
		}
	}
	return 0;
}

/**
 * luo_objects__add_installed - read the installed or just built objects, but for
 * those whose names are in the list already
 * @o: list
 * @where: gets the directory that @msg is about
 * @where_size: bytes of @where
 * @msg: one line on failure, without the directory
 * @msg_size: bytes of @msg
 *
 * What lib/store.h says comes first, and with it of two programs of one name the one that
 * is used.
 *
 * Return: as luo_objects__add().
 */
int luo_objects__add_installed(struct luo_objects *o, char *where, size_t where_size, char *msg,
			       size_t msg_size)
{
	struct luo_store store;
	int err;

	snprintf(where, where_size, "translators");
	o->only_new = true;
	o->nr_named = o->nr;
	err = luo_store__open(&store, LUO_SUFFIX_OBJECT, msg, msg_size);
	if (!err)
		err = add_store(o, &store, where, where_size, msg, msg_size);
	luo_store__free(&store);
	return err;
}

/* Makes the tables for the engine. Return: 0, -ENOMEM. */
int luo_objects__ready(struct luo_objects *o)
{
	struct luo_types **types = calloc(o->nr + 1, sizeof(*types));
	size_t i;

	o->progs = calloc(o->nr ? o->nr : 1, sizeof(*o->progs));
	if (!types || !o->progs) {
		free(types);
		return -ENOMEM;
	}
	types[0] = o->types[0];
	for (i = 0; i < o->nr; i++) {
		types[i + 1] = luo_object__types(o->objects[i]);
		o->progs[i] = *luo_object__prog(o->objects[i]);
	}
	free(o->types);
	o->types = types;
	return 0;
}

static bool has_family(const struct luo_profile *p, const char *family)
{
	size_t i;

	for (i = 0; i < p->core.nr; i++)
		if (!strcmp(p->core.formats[i].family, family))
			return true;
	return false;
}

/* Of a list that is ready, and not judged yet. */
void luo_objects__swap(struct luo_objects *o, size_t i, size_t j)
{
	struct luo_object *obj = o->objects[i];
	struct luo_types *types = o->types[i + 1];
	struct luob_prog prog = o->progs[i];

	o->objects[i] = o->objects[j];
	o->objects[j] = obj;
	o->types[i + 1] = o->types[j + 1];
	o->types[j + 1] = types;
	o->progs[i] = o->progs[j];
	o->progs[j] = prog;
}

/**
 * luo_objects__choose - leave out installed objects that can't lead to a kernel
 * @o: list, ready, and not judged yet
 * @to: the kernel
 *
 * Those of families that it does not have. They stay open, because profiles may use their
 * types, but nobody verifies, loads or asks them.
 */
void luo_objects__choose(struct luo_objects *o, const struct luo_profile *to)
{
	size_t i, nr = o->nr_named;

	for (i = o->nr_named; i < o->nr; i++)
		if (has_family(to, o->progs[i].family))
			luo_objects__swap(o, nr++, i);
	o->nr_idle += o->nr - nr;
	o->nr = nr;
}

struct luo_type_set luo_objects__types(const struct luo_objects *o)
{
	return (struct luo_type_set){
		.types = o->types,
		.nr = o->progs ? o->nr + o->nr_idle + 1 : 1,
	};
}
