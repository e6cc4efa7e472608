// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/attach.h"
#include "lib/digest.h"

/* libbpf's last warning: usually the one that says why. */
static char last_warning[256];

static int keep_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_WARN) {
		vsnprintf(last_warning, sizeof(last_warning), fmt, ap);
		last_warning[strcspn(last_warning, "\n")] = 0;
	}
	return 0;
}

static void pin_path(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", LUO_PIN_DIR, name);
}

/* The kernel gets the constants that the interpreter would have seen. */
static int copy_rodata(struct bpf_object *bo, const struct luo_object *obj)
{
	const void *data;
	struct bpf_map *map;
	size_t size, want;
	void *value;

	data = luo_object__rodata(obj, &want);
	bpf_object__for_each_map(map, bo) {
		if (!strstr(bpf_map__name(map), ".rodata"))
			continue;
		value = bpf_map__initial_value(map, &size);
		if (!value || size < want)
			return -EINVAL;
		memcpy(value, data, want);
	}
	return 0;
}

static struct bpf_map *struct_ops_map(struct bpf_object *bo)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, bo)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			return map;
	return NULL;
}

static int read_ids(struct bpf_object *bo, const struct bpf_map *map, struct luo_attached *at)
{
	struct bpf_prog_info prog = {};
	struct bpf_map_info info = {};
	struct bpf_program *p;
	__u32 len = sizeof(info);
	int err = bpf_map_get_info_by_fd(bpf_map__fd(map), &info, &len);

	at->map_id = info.id;
	p = bpf_object__next_program(bo, NULL);
	len = sizeof(prog);
	if (!err)
		err = p ? bpf_prog_get_info_by_fd(bpf_program__fd(p), &prog, &len) : -EINVAL;
	at->prog_id = prog.id;
	return err;
}

/* The new link takes the pin of the old one, which is detached when nothing holds it. */
static int pin(struct bpf_link *link, const char *name)
{
	char path[256], temporary[288];
	int err;

	if (mkdir(LUO_PIN_DIR, 0700) && errno != EEXIST)
		return -errno;
	pin_path(path, sizeof(path), name);
	snprintf(temporary, sizeof(temporary), "%s,new%d", path, getpid());
	err = bpf_link__pin(link, temporary);
	if (err)
		return err;
	if (!rename(temporary, path))
		return 0;
	err = -errno;
	unlink(temporary);
	return err;
}

static int attach_and_pin(struct bpf_object *bo, const char *name, struct luo_attached *at)
{
	struct bpf_map *map = struct_ops_map(bo);
	struct bpf_link *link;
	int err;

	link = map ? bpf_map__attach_struct_ops(map) : NULL;
	if (!link)
		return map ? -errno : -EINVAL;
	err = read_ids(bo, map, at);
	if (!err)
		err = pin(link, name);
	bpf_link__destroy(link);
	return err;
}

/* Files of an attached object. */
#define COPY	".bpf.o"
#define MARK	".verified"

static void copy_path(char *path, size_t size, const char *name, const char *suffix)
{
	snprintf(path, size, "%s/%s%s", LUO_ATTACHED_DIR, name, suffix);
}

static int make_dir(void)
{
	/* An initramfs may have no /run. */
	if (mkdir("/run", 0755) && errno != EEXIST)
		return -errno;
	return mkdir(LUO_ATTACHED_DIR, 0700) && errno != EEXIST ? -errno : 0;
}

/**
 * luo_attached__lock - keep other luo-loads from attaching and arming
 *
 * Return: a file descriptor, to be closed; or a negative errno.
 */
int luo_attached__lock(void)
{
	int err = make_dir(), fd;

	if (err)
		return err;
	fd = open(LUO_ATTACHED_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || !flock(fd, LOCK_EX))
		return fd < 0 ? -errno : fd;
	err = -errno;
	close(fd);
	return err;
}

/* A file beside the others, all of it or nothing. */
static int keep_file(const char *name, const char *suffix, const void *bytes, size_t size)
{
	char path[256], temporary[288];
	int fd, err = make_dir();

	if (err)
		return err;
	copy_path(path, sizeof(path), name, suffix);
	snprintf(temporary, sizeof(temporary), "%s,new%d", path, getpid());
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, bytes, size) != (ssize_t)size)
		err = -EIO;
	close(fd);
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

/*
 * So that arming finds the object again, wherever it came from. Its digest stands beside it
 * if it was verified: the mark of another object of that name is none.
 */
static int keep_copy(const struct luo_object *obj, bool verified)
{
	const char *name = luo_object__prog(obj)->name;
	char path[256], text[2 * LUO_DIGEST_SIZE + 1];
	__u8 digest[LUO_DIGEST_SIZE];
	size_t size;
	const void *bytes = luo_object__bytes(obj, &size);
	int err;

	copy_path(path, sizeof(path), name, MARK);
	unlink(path);
	err = keep_file(name, COPY, bytes, size);
	if (err || !verified)
		return err;
	luo_digest__bytes(bytes, size, digest);
	luo_digest__text(digest, text);
	return keep_file(name, MARK, text, strlen(text));
}

/* Whether what is attached by that name was verified. */
bool luo_attached__verified(const char *name)
{
	char path[256], want[2 * LUO_DIGEST_SIZE + 1], have[sizeof(want)] = "", msg[64];
	__u8 digest[LUO_DIGEST_SIZE];
	ssize_t n = -1;
	int fd;

	copy_path(path, sizeof(path), name, COPY);
	if (luo_digest__file(path, digest, msg, sizeof(msg)))
		return false;
	luo_digest__text(digest, want);
	copy_path(path, sizeof(path), name, MARK);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, have, sizeof(have));
		close(fd);
	}
	return n == (ssize_t)strlen(want) && !memcmp(have, want, n);
}

bool luo_is_attached(const char *name)
{
	char path[256];

	pin_path(path, sizeof(path), name);
	return !access(path, F_OK);
}

static int is_pinned(const struct dirent *d)
{
	size_t n = strlen(d->d_name), suffix = strlen(".bpf.o");
	char name[200];

	if (n <= suffix || strcmp(d->d_name + n - suffix, ".bpf.o"))
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)(n - suffix), d->d_name);
	return luo_is_attached(name);
}

/**
 * luo_attached__add - read the objects that are attached, as they were read then
 * @o: list
 * @where: on failure, the file
 * @where_size: bytes of @where
 * @msg: one line on failure, without the file
 * @msg_size: bytes of @msg
 *
 * Return: as luo_objects__add(); 0 when nothing is attached.
 */
int luo_attached__add(struct luo_objects *o, char *where, size_t where_size, char *msg,
		      size_t msg_size)
{
	struct dirent **names;
	int i, err = 0, nr = scandir(LUO_ATTACHED_DIR, &names, is_pinned, alphasort);

	for (i = 0; i < nr; i++) {
		snprintf(where, where_size, "%s/%s", LUO_ATTACHED_DIR, names[i]->d_name);
		if (!err)
			err = luo_objects__add(o, where, msg, msg_size);
		free(names[i]);
	}
	if (nr >= 0)
		free(names);
	return err;
}

static struct bpf_object *open_bytes(const struct luo_object *obj)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = luo_object__prog(obj)->name);
	size_t size;
	const void *bytes = luo_object__bytes(obj, &size);

	return bpf_object__open_mem(bytes, size, &opts);
}

/**
 * luo_attach - load an object into the running kernel and pin its link
 * @obj: opened object; its constants are set
 * @replace: take the place of one of that name
 * @verified: it was proved right, which is to be remembered
 * @at: result, which arming refers to
 * @msg: one line on failure, without the path
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EEXIST when one of that name is attached, or what libbpf says.
 */
int luo_attach(struct luo_object *obj, bool replace, bool verified, struct luo_attached *at,
	       char *msg, size_t msg_size)
{
	const char *name = luo_object__prog(obj)->name;
	struct bpf_object *bo;
	int err;

	if (!replace && luo_is_attached(name)) {
		snprintf(msg, msg_size, "attached already: luo-load detach %s, or attach "
					"--replace", name);
		return -EEXIST;
	}
	last_warning[0] = 0;
	libbpf_set_print(keep_warning);
	bo = open_bytes(obj);
	err = bo ? copy_rodata(bo, obj) : -errno;
	if (!err)
		err = bpf_object__load(bo);
	if (!err)
		err = attach_and_pin(bo, name, at);
	if (!err && keep_copy(obj, verified)) {
		snprintf(msg, msg_size, "%s cannot be written", LUO_ATTACHED_DIR);
		err = -EIO;
	} else if (err) {
		snprintf(msg, msg_size, "the kernel does not take it (%s)%s%s%s", strerror(-err),
			 last_warning[0] ? ": " : "", last_warning,
			 err == -ESRCH || err == -ENOTSUP ? ": is luo_bpf.ko loaded?" : "");
	}
	bpf_object__close(bo);
	return err;
}

/* Removes the pin: the kernel detaches. Return: 0 or a negative errno. */
int luo_detach(const char *name, char *msg, size_t msg_size)
{
	char path[256];

	pin_path(path, sizeof(path), name);
	if (strchr(name, '/') || unlink(path)) {
		snprintf(msg, msg_size, "%s is not attached; luo-load list shows what is", name);
		return -ENOENT;
	}
	copy_path(path, sizeof(path), name, COPY);
	unlink(path);
	copy_path(path, sizeof(path), name, MARK);
	unlink(path);
	return 0;
}
