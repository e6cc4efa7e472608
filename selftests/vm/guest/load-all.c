// SPDX-License-Identifier: GPL-2.0-only
/*
 * load-all EXPECTATION DIR [EXPECTATION DIR...]
 *
 * Takes every *.bpf.o of DIR through open, load, attach and detach, and prints one KTAP
 * result per object: whether it got as far as expected.
 *
 *	accepted	to the end
 *	refused		not beyond load: the verifier has the say
 *	unattachable	loaded, and attaching fails
 *	unprivileged	loaded, and attaching without CAP_SYS_ADMIN fails with EPERM
 *
 * When it is otherwise, what libbpf and the verifier said follows as a comment.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <glob.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG_SHOWN	60000	/* the end of a longer log is enough */
#define OBJECT_LINKS	8

enum stage { OPEN, LOAD, ATTACH, DETACH, END };
static const char *const stage_name[] = { "open", "load", "attach", "detach", "end" };

static const struct expectation {
	const char *name;
	enum stage fails_in;	/* END: in none */
	int err;		/* 0: any */
	bool unprivileged;
} expectations[] = {
	{ "accepted", END, 0, false },
	{ "refused", LOAD, 0, false },
	{ "unattachable", ATTACH, 0, false },
	{ "unprivileged", ATTACH, EPERM, true },
};

/* What libbpf says about the object at hand. */
static FILE *log_file;

static int collect(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(log_file, fmt, ap);
}

static void show_log(char *text, size_t len)
{
	char *line, *save = NULL;

	line = len > LOG_SHOWN ? text + len - LOG_SHOWN : text;
	for (line = strtok_r(line, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		printf("# %s\n", line);
}

/*
 * libbpf reads the kernel's types anew for each object and frees them behind it, which takes
 * most of the time here: linked with --wrap, they are read once.
 */
struct btf *__real_btf__load_vmlinux_btf(void);
struct btf *__wrap_btf__load_vmlinux_btf(void);
void __real_btf__free(struct btf *btf);
void __wrap_btf__free(struct btf *btf);

static struct btf *kernel_types;

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	if (!kernel_types)
		kernel_types = __real_btf__load_vmlinux_btf();
	return kernel_types;
}

void __wrap_btf__free(struct btf *btf)
{
	if (btf != kernel_types)
		__real_btf__free(btf);
}

/* The calling process, for as long as it likes: the permitted set keeps the capability. */
static int sys_admin(bool on)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return -errno;
	if (on)
		data[0].effective |= 1U << CAP_SYS_ADMIN;
	else
		data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

/* Where it ended, and in *err with what. */
static enum stage take(const char *path, bool unprivileged, int *err)
{
	struct bpf_link *links[OBJECT_LINKS];
	enum stage stage = END;
	struct bpf_object *obj;
	struct bpf_map *map;
	int n = 0;

	*err = 0;
	obj = bpf_object__open_file(path, NULL);
	if (!obj) {
		*err = errno;
		return OPEN;
	}
	if (bpf_object__load(obj)) {
		*err = errno;
		stage = LOAD;
		goto close;
	}

	if (unprivileged)
		*err = -sys_admin(false);
	bpf_object__for_each_map(map, obj) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS || n == OBJECT_LINKS)
			continue;
		links[n] = bpf_map__attach_struct_ops(map);
		if (!links[n]) {
			*err = errno;
			stage = ATTACH;
			break;
		}
		n++;
	}
	if (unprivileged)
		sys_admin(true);
	/* What has nothing to attach is no object, and as expected by nobody. */
	if (stage == END && !n) {
		*err = ENOENT;
		stage = OPEN;
	}
	while (n--) {
		if (bpf_link__destroy(links[n]) && stage == END) {
			*err = errno;
			stage = DETACH;
		}
	}
close:
	bpf_object__close(obj);
	return stage;
}

static const struct expectation *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(expectations) / sizeof(*expectations); i++)
		if (!strcmp(expectations[i].name, name))
			return &expectations[i];
	fprintf(stderr, "load-all: what is '%s'?\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned int total = 0, number = 0;
	glob_t found[argc];
	char pattern[4096];
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	libbpf_set_print(collect);
	if (argc < 3 || argc % 2 == 0) {
		fprintf(stderr, "usage: load-all EXPECTATION DIR [EXPECTATION DIR...]\n");
		return 2;
	}

	for (i = 1; i < argc; i += 2) {
		find(argv[i]);
		snprintf(pattern, sizeof(pattern), "%s/*.bpf.o", argv[i + 1]);
		if (glob(pattern, 0, NULL, &found[i]))
			found[i].gl_pathc = 0;
		total += found[i].gl_pathc;
	}

	printf("KTAP version 1\n1..%u\n", total);
	for (i = 1; i < argc; i += 2) {
		const struct expectation *want = find(argv[i]);
		size_t k;

		for (k = 0; k < found[i].gl_pathc; k++) {
			const char *path = found[i].gl_pathv[k];
			enum stage stage;
			char *text = NULL;
			size_t len;
			bool ok;
			int err;

			log_file = open_memstream(&text, &len);
			if (!log_file)
				return 2;
			stage = take(path, want->unprivileged, &err);
			fclose(log_file);
			ok = stage == want->fails_in && (!want->err || err == want->err);
			printf("%sok %u %s: %s\n", ok ? "" : "not ", ++number, want->name,
			       strrchr(path, '/') + 1);
			if (!ok) {
				printf("# ended in %s with errno %d\n", stage_name[stage], err);
				show_log(text, len);
			}
			free(text);
		}
	}
	return 0;	/* the results have been told */
}
