// SPDX-License-Identifier: GPL-2.0-only
/* luo-load doctor: is this kernel able, and what is missing? */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/doctor.h"

static const char usage[] =
	"Usage: luo-load doctor [-j] [-v] [--root DIR]\n"
	"\n"
	"Says whether the running kernel can carry live-update state to another release: how it\n"
	"was built and booted, what luo_bpf.ko has to find in it, what is permitted, and whether\n"
	"the module is at hand. What is missing comes with what to do next. Nothing is loaded or\n"
	"changed. It works without privileges; what only root can see is unknown then.\n"
	"Snapshots can be carried (luo-load run) whatever it says.\n"
	"\n"
	"      --root DIR  look at copies of another machine's /proc, /sys, /dev, /boot and /lib\n"
	"                  below DIR\n"
	"  -v, --verbose   what is there, too\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 able, 1 system error, 2 usage, 3 not able, or not known to be\n"
	"\n"
	"Example: luo-load doctor -v\n";

static const struct option options[] = {
	{ "root", required_argument, NULL, 'r' },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char *const states[] = {
	[LUOB_NO] = "missing",
	[LUOB_YES] = "yes",
	[LUOB_UNKNOWN] = "unknown",
};

/* Of what is needed: missing things decide, then unknown ones. */
static enum luob_known verdict(const struct doctor *d, size_t *missing, size_t *unknown)
{
	size_t i;

	*missing = *unknown = 0;
	for (i = 0; i < d->nr; i++) {
		*missing += d->facts[i].needed && d->facts[i].state == LUOB_NO;
		*unknown += d->facts[i].needed && d->facts[i].state == LUOB_UNKNOWN;
	}
	return *missing ? LUOB_NO : *unknown ? LUOB_UNKNOWN : LUOB_YES;
}

static void print_fact(const struct doctor_fact *f)
{
	enum cmd_style style = f->state == LUOB_YES ? CMD_GOOD : f->state == LUOB_NO && f->needed ?
			       CMD_BAD : CMD_WARN;
	const char *state = f->state == LUOB_NO && !f->needed ? "no" : states[f->state];

	printf("  %s%-8s%s %-30s %s\n", cmd_style(style), state, cmd_style(CMD_PLAIN), f->name,
	       f->found);
	if (f->state != LUOB_YES && *f->next)
		printf("  %-8s %-30s -> %s\n", "", "", f->next);
}

static void print_text(const struct doctor *d)
{
	size_t missing, unknown, i;
	enum luob_known able = verdict(d, &missing, &unknown);

	printf("%s%s%s: %s%s%s", cmd_style(CMD_BOLD), d->release, cmd_style(CMD_PLAIN),
	       cmd_style(able == LUOB_YES ? CMD_GOOD : able == LUOB_NO ? CMD_BAD : CMD_WARN),
	       able == LUOB_YES ? "able" : able == LUOB_NO ? "not able" : "not known",
	       cmd_style(CMD_PLAIN));
	if (able != LUOB_YES)
		printf(", %zu missing, %zu unknown", missing, unknown);
	puts(geteuid() && unknown ? " (root sees more)" : "");
	for (i = 0; i < d->nr; i++)
		if (cmd_opts.verbose || d->facts[i].state != LUOB_YES)
			print_fact(&d->facts[i]);
}

static void print_json(const struct doctor *d, int code)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(), *e;
	size_t missing, unknown, i;
	enum luob_known able = verdict(d, &missing, &unknown);

	json_object_object_add(o, "release", json_object_new_string(d->release));
	json_object_object_add(o, "able", able == LUOB_UNKNOWN ? NULL :
			       json_object_new_boolean(able == LUOB_YES));
	json_object_object_add(o, "missing", json_object_new_int64(missing));
	json_object_object_add(o, "unknown", json_object_new_int64(unknown));
	json_object_object_add(o, "exit", json_object_new_int(code));
	for (i = 0; i < d->nr; i++) {
		const struct doctor_fact *f = &d->facts[i];

		e = json_object_new_object();
		json_object_object_add(e, "name", json_object_new_string(f->name));
		json_object_object_add(e, "there", f->state == LUOB_UNKNOWN ? NULL :
				       json_object_new_boolean(f->state == LUOB_YES));
		json_object_object_add(e, "needed", json_object_new_boolean(f->needed));
		json_object_object_add(e, "found", json_object_new_string(f->found));
		if (f->state != LUOB_YES)
			json_object_object_add(e, "next", json_object_new_string(f->next));
		json_object_array_add(list, e);
	}
	json_object_object_add(o, "facts", list);
	cmd_json(o);
}

/* Files of another machine may hold anything. */
static void clean(struct doctor *d)
{
	size_t i;

	cmd_clean(d->release);
	for (i = 0; i < d->nr; i++)
		cmd_clean(d->facts[i].found);
}

int cmd_doctor(int argc, char **argv)
{
	const char *root = "";
	size_t missing, unknown;
	struct doctor d;
	int c, err, code;

	while ((c = getopt_long(argc, argv, ":jvh", options, NULL)) >= 0) {
		switch (c) {
		case 'r': root = optarg; break;
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return LUO_EXIT_OK;
		case ':': return cmd_error(LUO_EXIT_USAGE, "doctor", "option '%s' needs an "
					   "argument", argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, "doctor", "unknown option '%s'; see "
					  "luo-load doctor --help", argv[optind - 1]);
		}
	}
	if (optind < argc)
		return cmd_error(LUO_EXIT_USAGE, "doctor", "no argument is expected; see luo-load "
				 "doctor --help");
	err = doctor__look(&d, root);
	if (err) {
		code = cmd_error(err == -ENOENT && *root ? LUO_EXIT_USAGE : LUO_EXIT_ERROR,
				 *root ? root : "doctor", "%s", err == -ENOENT ?
				 "no /proc/sys/kernel/osrelease there" : strerror(-err));
	} else {
		clean(&d);
		code = verdict(&d, &missing, &unknown) == LUOB_YES ? LUO_EXIT_OK :
								     LUO_EXIT_REFUSED;
		if (cmd_opts.json)
			print_json(&d, code);
		else
			print_text(&d);
	}
	doctor__free(&d);
	return code;
}
