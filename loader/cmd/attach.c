// SPDX-License-Identifier: GPL-2.0-only
/* luo-load attach, detach, list: objects in the running kernel. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/findings.h"
#include "lib/attach.h"
#include "lib/module.h"
#include "lib/objects.h"

static const char usage[] =
	"Usage: luo-load [attach] [OPTIONS] OBJECT|DIR ...\n"
	"       luo-load attach\n"
	"\n"
	"Loads objects into the running kernel and pins their links below " LUO_PIN_DIR ";\n"
	"all installed ones without arguments. Attached is not armed: nothing runs before\n"
	"luo-load arm. Objects are verified first. bpftool prog, link and btf show what is\n"
	"there; bpftool struct_ops crashes on types of modules up to 7.8, don't use it.\n"
	"\n"
	"      --replace           put objects in the place of those of the same name; what was\n"
	"                          armed with them has to be armed again\n"
	CMD_NO_VERIFY_USAGE
	"  -h, --help\n"
	"\n"
	"Exit: 0 done, 1 system error, 2 usage, 3 attached already, 5 bad object,\n"
	"      6 an object is not proved right\n"
	"\n"
	"Example: luo-load attach memfd_v1_to_v2.bpf.o\n";

static const char detach_usage[] =
	"Usage: luo-load detach NAME ...|--all\n"
	"\n"
	"Removes objects from the running kernel: their pinned links. What was armed with them\n"
	"becomes unusable, and the next kexec is refused.\n"
	"\n"
	"      --all               all of them\n"
	"  -h, --help\n"
	"\n"
	"Exit: 0 done, 1 system error, 2 usage, 3 not attached\n"
	"\n"
	"Example: luo-load detach memfd_v1_to_v2\n";

static const char list_usage[] =
	"Usage: luo-load list [-j] [--installed]\n"
	"\n"
	"Lists the objects that are attached to the running kernel, the BPF map of each, whether\n"
	"it is armed, and whether it is proved right.\n"
	"\n"
	"      --installed         the objects on disk instead, in the order in which they are\n"
	"                          looked at: which are used, and what comes before the others\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 done, 1 system error, 2 usage\n"
	"\n"
	"Example: luo-load list --installed\n";

static int attach_all(struct luo_objects *objects, bool replace)
{
	struct luo_attached at;
	char msg[400] = "";
	size_t i;
	int err;

	for (i = 0; i < objects->nr; i++) {
		struct luo_object *obj = objects->objects[i];

		bool verified = luo_objects__verified(objects, i);

		err = luo_attach(obj, replace, verified, &at, msg, sizeof(msg));
		if (err)
			return cmd_error(err == -EEXIST ? LUO_EXIT_REFUSED : LUO_EXIT_OBJECT,
					 luo_object__path(obj), "%s", msg);
		if (!cmd_opts.json)
			printf("attached %s (struct_ops map %u)%s\n", luo_object__prog(obj)->name,
			       at.map_id, verified ? "" : ", not verified");
	}
	return LUO_EXIT_OK;
}

int cmd_attach(int argc, char **argv)
{
	static const struct option options[] = {
		{ "replace", no_argument, NULL, 'r' },
		{ "no-verify", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	char msg[400] = "no memory", where[2300] = "";
	struct luo_objects objects;
	bool replace = false, no_verify = false;
	int c, i, err, code;

	while ((c = getopt_long(argc, argv, ":h", options, NULL)) >= 0) {
		switch (c) {
		case 'r': replace = true; break;
		case 'n': no_verify = true; break;
		case 'h': fputs(usage, stdout); return LUO_EXIT_OK;
		default: return cmd_option_error("attach", c, argv);
		}
	}
	err = luo_objects__open(&objects, msg, sizeof(msg));
	for (i = optind; i < argc && !err; i++) {
		snprintf(where, sizeof(where), "%s", argv[i]);
		err = luo_objects__add(&objects, argv[i], msg, sizeof(msg));
	}
	if (!err && optind == argc)
		err = luo_objects__add_installed(&objects, where, sizeof(where), msg, sizeof(msg));
	if (!err)
		err = luo_objects__ready(&objects);
	if (!err)
		err = luo_objects__judge(&objects, no_verify);
	if (err == -EPERM && objects.verdicts)
		code = cmd_unproved(&objects);
	else if (err)
		code = cmd_error(err == -EINVAL ? LUO_EXIT_OBJECT : LUO_EXIT_ERROR, where, "%s",
				 msg);
	else
		code = attach_all(&objects, replace);
	luo_objects__free(&objects);
	return code;
}

static int is_name(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Maps for readers are pinned there too. */
static bool is_link(const char *name)
{
	char path[512], fd_path[64], what[64] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/%s", LUO_PIN_DIR, name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return true;	/* what it is cannot be seen: then it is to be named */
	snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", fd);
	if (readlink(fd_path, what, sizeof(what) - 1) < 0)
		what[0] = 0;
	close(fd);
	return !strstr(what, "bpf-map") && !strstr(what, "bpf-prog");
}

/* Calls @fn for every pinned link, in the order of names. */
static int each_attached(int (*fn)(const char *name))
{
	struct dirent **names;
	int i, nr, code = LUO_EXIT_OK;

	nr = scandir(LUO_PIN_DIR, &names, is_name, alphasort);
	for (i = 0; i < nr; i++) {
		if (!code && is_link(names[i]->d_name))
			code = fn(names[i]->d_name);
		free(names[i]);
	}
	if (nr >= 0)
		free(names);
	return code;
}

static int detach_one(const char *name)
{
	char msg[400];

	if (luo_detach(name, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_REFUSED, "detach", "%s", msg);
	return LUO_EXIT_OK;
}

int cmd_detach(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	bool all = false;
	int c, code = LUO_EXIT_OK;

	while ((c = getopt_long(argc, argv, ":h", options, NULL)) >= 0) {
		switch (c) {
		case 'a': all = true; break;
		case 'h': fputs(detach_usage, stdout); return LUO_EXIT_OK;
		default: return cmd_option_error("detach", c, argv);
		}
	}
	if (all == (optind < argc))
		return cmd_error(LUO_EXIT_USAGE, "detach", "NAMEs or --all; see luo-load detach "
							   "--help");
	for (; optind < argc && !code; optind++)
		code = detach_one(argv[optind]);
	return all ? each_attached(detach_one) : code;
}

/* What the kernel calls it, 0 when it cannot be asked. */
static __u32 map_of(const char *name)
{
	/* Debian 12's linux/bpf.h has no struct_ops in struct bpf_link_info. */
	union {
		struct bpf_link_info info;
		struct {
			__u32 type, id, prog_id, pad, map_id;
		} link;
	} u = {};
	__u32 len = sizeof(u.info);
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", LUO_PIN_DIR, name);
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_link_get_info_by_fd(fd, &u.info, &len))
		u.link.map_id = 0;
	if (fd >= 0)
		close(fd);
	return u.link.map_id;
}

static bool is_armed(const struct luob_status *s, __u32 map_id)
{
	size_t i;

	for (i = 0; i < s->nr_progs && i < sizeof(s->map_ids) / sizeof(s->map_ids[0]); i++)
		if (s->map_ids[i] == map_id)
			return true;
	return false;
}

static struct luob_status status;
static struct json_object *list;

static int print_one(const char *name)
{
	__u32 map = map_of(name);
	bool armed = is_armed(&status, map), verified = luo_attached__verified(name);
	struct json_object *o;

	if (!list) {
		printf("%-28s map %u%s%s\n", name, map, armed ? "  armed" : "",
		       verified ? "" : "  not verified");
		return LUO_EXIT_OK;
	}
	o = json_object_new_object();
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "map", json_object_new_int64(map));
	json_object_object_add(o, "armed", json_object_new_boolean(armed));
	json_object_object_add(o, "verified", json_object_new_boolean(verified));
	json_object_array_add(list, o);
	return LUO_EXIT_OK;
}

int cmd_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "installed", no_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	bool installed = false;
	int c, code;

	while ((c = getopt_long(argc, argv, ":jh", options, NULL)) >= 0) {
		switch (c) {
		case 'i': installed = true; break;
		case 'j': cmd_opts.json = true; break;
		case 'h': fputs(list_usage, stdout); return LUO_EXIT_OK;
		default: return cmd_option_error("list", c, argv);
		}
	}
	if (optind < argc)
		return cmd_error(LUO_EXIT_USAGE, "list", "unknown argument '%s'; see luo-load "
							 "list --help", argv[optind]);
	if (installed)
		return cmd_list_installed();
	luo_module__status(&status);
	list = cmd_opts.json ? json_object_new_array() : NULL;
	code = each_attached(print_one);
	if (list)
		cmd_json(list);
	return code;
}
