// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/attach.h"

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

static int map_id_of(const struct bpf_map *map, __u32 *id)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int err = bpf_map_get_info_by_fd(bpf_map__fd(map), &info, &len);

	*id = info.id;
	return err;
}

static int attach_and_pin(struct bpf_object *bo, const char *name, __u32 *map_id)
{
	struct bpf_map *map = struct_ops_map(bo);
	struct bpf_link *link;
	char path[256];
	int err;

	link = map ? bpf_map__attach_struct_ops(map) : NULL;
	if (!link)
		return map ? -errno : -EINVAL;
	pin_path(path, sizeof(path), name);
	if (mkdir(LUO_PIN_DIR, 0700) && errno != EEXIST)
		err = -errno;
	else
		err = bpf_link__pin(link, path);
	if (!err)
		err = map_id_of(map, map_id);
	if (err)
		unlink(path);
	bpf_link__destroy(link);
	return err;
}

/**
 * luo_attach - load an object into the running kernel and pin its link
 * @obj: opened object; its constants are set
 * @map_id: id of the struct_ops map, which arming refers to
 * @msg: one line on failure, without the path
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EEXIST when one of that name is attached, or what libbpf says.
 */
int luo_attach(struct luo_object *obj, __u32 *map_id, char *msg, size_t msg_size)
{
	const char *name = luo_object__prog(obj)->name;
	struct bpf_object *bo;
	char path[256];
	int err;

	pin_path(path, sizeof(path), name);
	if (!access(path, F_OK)) {
		snprintf(msg, msg_size, "attached already: luo-load detach %s", name);
		return -EEXIST;
	}
	last_warning[0] = 0;
	libbpf_set_print(keep_warning);
	bo = bpf_object__open_file(luo_object__path(obj), NULL);
	err = bo ? copy_rodata(bo, obj) : -errno;
	if (!err)
		err = bpf_object__load(bo);
	if (!err)
		err = attach_and_pin(bo, name, map_id);
	if (err)
		snprintf(msg, msg_size, "the kernel does not take it (%s)%s%s%s", strerror(-err),
			 last_warning[0] ? ": " : "", last_warning,
			 err == -ESRCH || err == -ENOTSUP ? ": is luo_bpf.ko loaded?" : "");
	bpf_object__close(bo);
	return err;
}

/* Removes the pin: the kernel detaches. Return: 0 or a negative errno. */
int luo_detach(const char *name, char *msg, size_t msg_size)
{
	char path[256];

	pin_path(path, sizeof(path), name);
	if (strchr(name, '/') || unlink(path)) {
		snprintf(msg, msg_size, "%s is not attached", name);
		return -ENOENT;
	}
	return 0;
}
