// SPDX-License-Identifier: GPL-2.0-only
/* luo-load arm, disarm, status: the module's side of a live update. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/device.h"
#include "lib/arm.h"
#include "lib/attach.h"

#define DEVICE	"/dev/" LUOB_DEVICE_NAME

static const char usage[] =
	"Usage: luo-load arm --to RELEASE|PROFILE [OBJECT|DIR ...]\n"
	"       luo-load disarm\n"
	"       luo-load status\n"
	"\n"
	"arm loads the objects into the running kernel, attaches and pins them, and hands\n"
	"the module what it needs to translate at the next reboot(LINUX_REBOOT_CMD_KEXEC).\n"
	"Without objects: the installed ones. disarm takes it back, status shows the module's\n"
	"state and what happened last. Needs luo_bpf.ko and root.\n"
	"\n"
	"Exit: 0 done, 1 system error, 2 usage, 3 refused by the module, 5 bad object\n"
	"\n"
	"Example: luo-load arm --to 7.3\n";

struct arming {
	struct luo_objects objects;
	struct luo_profile *from;
	struct luo_profile *to;
	struct luo_kernel_offsets off;
	__u32 *map_ids;
	size_t attached;
};

static int open_objects(struct arming *a, int argc, char **argv)
{
	char msg[400] = "no memory", where[2300];
	int i, err;

	err = luo_objects__open(&a->objects, msg, sizeof(msg));
	for (i = 0; i < argc && !err; i++) {
		err = luo_objects__add(&a->objects, argv[i], msg, sizeof(msg));
		snprintf(where, sizeof(where), "%s", argv[i]);
	}
	if (!err && !argc)
		err = luo_objects__add_installed(&a->objects, where, sizeof(where), msg,
						 sizeof(msg));
	if (!err)
		err = luo_objects__ready(&a->objects);
	return err ? cmd_error(err == -EINVAL ? LUO_EXIT_OBJECT : LUO_EXIT_ERROR, where, "%s",
			       msg) :
		     LUO_EXIT_OK;
}

static int open_profiles(struct arming *a, const char *to)
{
	struct luo_type_set set = luo_objects__types(&a->objects);
	char msg[400] = "no memory";
	struct utsname uts;

	uname(&uts);
	if (luo_profile__by_release(&a->from, uts.release, &set, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_REFUSED, "this kernel", "%s", msg);
	if (luo_profile__open(&a->to, to, &set, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_USAGE, to, "%s", msg);
	if (luo_kernel_offsets__read(&a->off, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_REFUSED, "this kernel", "%s", msg);
	return LUO_EXIT_OK;
}

static int attach_all(struct arming *a)
{
	char msg[400] = "";
	int err;

	a->map_ids = calloc(a->objects.nr ? a->objects.nr : 1, sizeof(*a->map_ids));
	if (!a->map_ids)
		return cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	for (; a->attached < a->objects.nr; a->attached++) {
		struct luo_object *obj = a->objects.objects[a->attached];

		err = luo_attach(obj, &a->map_ids[a->attached], msg, sizeof(msg));
		if (err)
			return cmd_error(err == -EEXIST ? LUO_EXIT_REFUSED : LUO_EXIT_OBJECT,
					 luo_object__path(obj), "%s", msg);
	}
	return LUO_EXIT_OK;
}

/* The module's own words: what it said last. */
static void print_status(FILE *f)
{
	int fd = open(DEVICE, O_RDONLY | O_CLOEXEC);
	char buf[4096];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, n, f);
	if (fd >= 0)
		close(fd);
}

static int call(unsigned long request, void *arg, const char *what)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0)
		return cmd_error(LUO_EXIT_ERROR, DEVICE, "%s: is luo_bpf.ko loaded?",
				 strerror(errno));
	if (ioctl(fd, request, arg))
		err = errno;
	close(fd);
	if (!err)
		return LUO_EXIT_OK;
	print_status(stderr);
	return cmd_error(LUO_EXIT_REFUSED, what, "%s", err == EBUSY ? "armed already: luo-load "
								      "disarm" :
			 err == ENOENT ? "not armed" : strerror(err));
}

static int send_blob(struct arming *a)
{
	struct luob_arm arm = {};
	void *blob = NULL;
	size_t size;
	int code;

	if (luo_blob__pack(&a->objects, a->map_ids, a->from, a->to, &a->off, &blob, &size))
		return cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	arm.blob = (__u64)(unsigned long)blob;
	arm.size = size;
	code = call(LUOB_IOC_ARM, &arm, "arm");
	free(blob);
	return code;
}

static void undo_attach(struct arming *a)
{
	char msg[400];

	while (a->attached--)
		luo_detach(a->objects.progs[a->attached].name, msg, sizeof(msg));
}

static const struct option options[] = {
	{ "to", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

int cmd_arm(int argc, char **argv)
{
	struct arming a = {};
	const char *to = NULL;
	int c, code;

	while ((c = getopt_long(argc, argv, "t:jh", options, NULL)) >= 0) {
		if (c == 'h') {
			fputs(usage, stdout);
			return LUO_EXIT_OK;
		}
		if (c == 't')
			to = optarg;
		else if (c != 'j')
			return LUO_EXIT_USAGE;
	}
	if (!to)
		return cmd_error(LUO_EXIT_USAGE, "arm", "--to RELEASE is missing; see luo-load "
							"arm --help");
	code = open_objects(&a, argc - optind, argv + optind);
	if (!code)
		code = open_profiles(&a, to);
	if (!code)
		code = attach_all(&a);
	if (!code)
		code = send_blob(&a);
	if (code)
		undo_attach(&a);
	else
		print_status(stdout);
	free(a.map_ids);
	luo_profile__free(a.from);
	luo_profile__free(a.to);
	luo_objects__free(&a.objects);
	return code;
}

int cmd_disarm(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		fputs(usage, stdout);
		return LUO_EXIT_OK;
	}
	return call(LUOB_IOC_DISARM, NULL, "disarm");
}

int cmd_status(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		fputs(usage, stdout);
		return LUO_EXIT_OK;
	}
	if (access(DEVICE, R_OK))
		return cmd_error(LUO_EXIT_ERROR, DEVICE, "%s: is luo_bpf.ko loaded?",
				 strerror(errno));
	print_status(stdout);
	return LUO_EXIT_OK;
}
