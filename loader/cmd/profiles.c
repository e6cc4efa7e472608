// SPDX-License-Identifier: GPL-2.0-only
/* luo-load profiles: the table of releases and formats. */
#include <getopt.h>

#include "cmd/cmd.h"
#include "lib/attach.h"
#include "lib/objects.h"
#include "lib/maps.h"

#define MAX_RELEASES 16

static const char usage[] =
	"Usage: luo-load profiles [-j] [RELEASE|PROFILE ...]\n"
	"       luo-load profiles --publish\n"
	"\n"
	"Shows which formats the releases of the catalogue read and write: family, version\n"
	"string, structure, and the fingerprint of its layout. All releases without arguments.\n"
	"\n"
	"      --publish  pin the table of all releases as a read-only BPF map instead, for\n"
	"                 other tools: bpftool map dump pinned\n"
	"                 " LUO_PIN_DIR "/" LUO_MAP_CATALOGUE "\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 shown or published, 1 system error, 2 usage or unknown release\n"
	"\n"
	"Example: luo-load profiles 7.1 7.3\n";

static struct json_object *json_format(const struct luob_format *f)
{
	struct json_object *o = json_object_new_object();
	char print[20];

	json_object_object_add(o, "family", json_object_new_string(f->family));
	json_object_object_add(o, "string", json_object_new_string(f->string));
	json_object_object_add(o, "space", json_object_new_string(f->space));
	json_object_object_add(o, "subtree", json_object_new_string(f->subtree));
	json_object_object_add(o, "reads", json_object_new_boolean(f->reads));
	json_object_object_add(o, "writes", json_object_new_boolean(f->writes));
	if (!f->type)
		return o;
	snprintf(print, sizeof(print), "%016llx", (unsigned long long)f->type->fingerprint);
	json_object_object_add(o, "struct", json_object_new_string(f->type->name));
	json_object_object_add(o, "size", json_object_new_int64(f->type->size));
	json_object_object_add(o, "fingerprint", json_object_new_string(print));
	return o;
}

static void print_profile(const struct luo_profile *p, struct json_object *all)
{
	struct json_object *list = all ? json_object_new_array() : NULL;
	const struct luob_format *f;
	size_t i;

	if (all)
		json_object_object_add(all, p->core.release, list);
	else
		printf("%s%s%s\n", cmd_style(CMD_BOLD), p->core.release, cmd_style(CMD_PLAIN));
	for (i = 0; i < p->core.nr; i++) {
		f = &p->core.formats[i];
		if (all)
			json_object_array_add(list, json_format(f));
		else if (f->type)
			printf("  %-15s %-24s %-8s %-26s %5u B  %016llx%s\n", f->family,
			       f->string, f->space, f->type->name, f->type->size,
			       (unsigned long long)f->type->fingerprint,
			       f->reads ? "" : "  written only");
		else
			printf("  %-15s %-24s %-8s\n", f->family, f->string, f->space);
	}
}

static int show(const char *name, const struct luo_type_set *set, struct json_object *all)
{
	char msg[400] = "no memory";
	struct luo_profile *p;
	int err;

	err = luo_profile__open(&p, name, set, msg, sizeof(msg));
	if (err)
		return cmd_error(err == -ENOMEM ? LUO_EXIT_ERROR : LUO_EXIT_USAGE, name,
				 "%s", msg);
	print_profile(p, all);
	luo_profile__free(p);
	return LUO_EXIT_OK;
}

static int show_all(int argc, char **argv, const struct luo_type_set *set)
{
	struct json_object *all = cmd_opts.json ? json_object_new_object() : NULL;
	const char *releases[MAX_RELEASES];
	size_t i, nr = argc;
	int code = LUO_EXIT_OK;

	if (!nr)
		nr = luo_profile__releases(releases, MAX_RELEASES);
	for (i = 0; i < nr && !code; i++)
		code = show(argc ? argv[i] : releases[i], set, all);
	if (all && !code)
		cmd_json(all);
	else
		json_object_put(all);
	return code;
}

static int publish(void)
{
	static const char path[] = LUO_PIN_DIR "/" LUO_MAP_CATALOGUE;
	struct json_object *o;
	char msg[400];

	if (luo_maps__publish_catalogue(msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, "profiles", "%s", msg);
	if (!cmd_opts.json) {
		printf("published %s\n", path);
		return LUO_EXIT_OK;
	}
	o = json_object_new_object();
	json_object_object_add(o, "published", json_object_new_string(path));
	cmd_json(o);
	return LUO_EXIT_OK;
}

static const struct option options[] = {
	{ "publish", no_argument, NULL, 'p' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int show_profiles(int argc, char **argv)
{
	char msg[400] = "no memory", where[2300];
	struct luo_objects objects;
	struct luo_type_set set;
	int code;

	if (luo_objects__open(&objects, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, NULL, "%s", msg);
	/* Their types only help profile files: none is no error. */
	luo_objects__add_installed(&objects, where, sizeof(where), msg, sizeof(msg));
	if (luo_objects__ready(&objects))
		code = cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	else {
		set = luo_objects__types(&objects);
		code = show_all(argc, argv, &set);
	}
	luo_objects__free(&objects);
	return code;
}

int cmd_profiles(int argc, char **argv)
{
	bool publishing = false;
	int c;

	while ((c = getopt_long(argc, argv, ":jh", options, NULL)) >= 0) {
		switch (c) {
		case 'h':
			fputs(usage, stdout);
			return LUO_EXIT_OK;
		case 'j':
			cmd_opts.json = true;
			break;
		case 'p':
			publishing = true;
			break;
		default:
			return cmd_option_error("profiles", c, argv);
		}
	}
	if (publishing && optind < argc)
		return cmd_error(LUO_EXIT_USAGE, "profiles",
				 "--publish takes no releases: the map has all of them");
	return publishing ? publish() : show_profiles(argc - optind, argv + optind);
}
