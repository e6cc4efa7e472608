// SPDX-License-Identifier: GPL-2.0-only
/* What check, arm and kexec share. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/live.h"
#include "lib/abi.h"
#include "lib/maps.h"

/* Records without blockers that are shown without -v. */
#define SHOWN	100

enum {
	OPT_REUSE = 256,
	OPT_FROM,
	OPT_CONFIG,
	OPT_MODULES,
	OPT_REHEARSE,
	OPT_UNCHECKED,
	OPT_ARMED,
	OPT_EXEC,
	OPT_NO_VERIFY,
	OPT_LOSSES,
};

static const struct option options[] = {
	{ "target", required_argument, NULL, 'T' },
	{ "initrd", required_argument, NULL, 'i' },
	{ "command-line", required_argument, NULL, 'c' },
	{ "reuse-cmdline", no_argument, NULL, OPT_REUSE },
	{ "to", required_argument, NULL, 't' },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "target-config", required_argument, NULL, OPT_CONFIG },
	{ "modules", required_argument, NULL, OPT_MODULES },
	{ "rehearse", no_argument, NULL, OPT_REHEARSE },
	{ "unchecked", no_argument, NULL, OPT_UNCHECKED },
	{ "armed", no_argument, NULL, OPT_ARMED },
	{ "exec", no_argument, NULL, OPT_EXEC },
	{ "no-verify", no_argument, NULL, OPT_NO_VERIFY },
	{ "losses", required_argument, NULL, OPT_LOSSES },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static void reuse_command_line(struct cmd_live *c)
{
	FILE *f = fopen("/proc/cmdline", "re");

	if (f && fgets(c->running, sizeof(c->running), f)) {
		c->running[strcspn(c->running, "\n")] = 0;
		c->opts.command_line = c->running;
	}
	if (f)
		fclose(f);
}

/* The configuration that distributions install beside the modules, if it is there. */
static int use_modules(struct cmd_live *c, const char *dir)
{
	static char path[4096];

	if (access(dir, X_OK))
		return cmd_error(LUO_EXIT_USAGE, dir, "no such directory of modules");
	snprintf(path, sizeof(path), "%s/config", dir);
	if (!c->opts.config && !access(path, R_OK))
		c->opts.config = path;
	c->opts.modules = dir;
	return 0;
}

/* A profile stands for a kernel: its formats and its configuration; there is no image. */
static void use_profile(struct cmd_live *c)
{
	if (!c->opts.image || !luo_abi__is_file(c->opts.image))
		return;
	if (!c->opts.to)
		c->opts.to = c->opts.image;
	if (!c->opts.config)
		c->opts.config = c->opts.image;
	c->opts.image = NULL;
}

/* One table for three commands: what the help of one does not have, it does not take. */
static bool is_known(const char *usage, int at)
{
	char word[32];

	if (at < 0)
		return true;
	snprintf(word, sizeof(word), "--%s", options[at].name);
	return strstr(usage, word) || options[at].val == 'j' || options[at].val == 'v' ||
	       options[at].val == 'h';
}

/**
 * cmd_live_parse - read the options of check, arm or kexec
 * @argc: as main() has it
 * @argv: likewise
 * @usage: for --help
 * @c: result; refers to @argv
 *
 * Return: 0; -1 when all is said; else an exit code.
 */
int cmd_live_parse(int argc, char **argv, const char *usage, struct cmd_live *c)
{
	int opt, code, at;

	while (at = -1, (opt = getopt_long(argc, argv, ":T:i:c:t:jvh", options, &at)) >= 0) {
		switch (is_known(usage, at) ? opt : '?') {
		case 'T': c->opts.image = optarg; break;
		case 'i': c->opts.initrd = optarg; break;
		case 'c': c->opts.command_line = optarg; break;
		case OPT_REUSE: reuse_command_line(c); break;
		case 't': c->opts.to = optarg; break;
		case OPT_FROM: c->opts.from = optarg; break;
		case OPT_CONFIG: c->opts.config = optarg; break;
		case OPT_MODULES:
			code = use_modules(c, optarg);
			if (code)
				return code;
			break;
		case OPT_REHEARSE: c->rehearse = true; break;
		case OPT_UNCHECKED: c->unchecked = true; break;
		case OPT_ARMED: c->armed = true; break;
		case OPT_EXEC: c->exec = true; break;
		case OPT_NO_VERIFY: c->opts.no_verify = true; break;
		case OPT_LOSSES: c->opts.losses = optarg; break;
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':': return cmd_error(LUO_EXIT_USAGE, argv[0], "option '%s' needs an argument",
					   argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, argv[0], "unknown option '%s'; see "
					  "luo-load %s --help", argv[optind - 1], argv[0]);
		}
	}
	c->opts.objects = argv + optind;
	c->opts.nr_objects = argc - optind;
	use_profile(c);
	if (c->opts.image || c->opts.to)
		return 0;
	return cmd_error(LUO_EXIT_USAGE, argv[0], "--target IMAGE is missing; see luo-load %s "
						  "--help", argv[0]);
}

static const enum luo_exit exits[] = {
	[LUO_LIVE_DONE] = LUO_EXIT_OK,
	[LUO_LIVE_SYSTEM] = LUO_EXIT_ERROR,
	[LUO_LIVE_USAGE] = LUO_EXIT_USAGE,
	[LUO_LIVE_REFUSED] = LUO_EXIT_REFUSED,
	[LUO_LIVE_OBJECT] = LUO_EXIT_OBJECT,
	[LUO_LIVE_UNPROVED] = LUO_EXIT_UNPROVED,
};

/* Says what went wrong, if it is not in the records. Return: the exit code. */
int cmd_live_exit(const struct luo_live *l, enum luo_live_status status)
{
	if (status == LUO_LIVE_UNPROVED)
		return cmd_unproved(&l->objects);
	if (status && l->msg[0])
		return cmd_error(exits[status], l->subject, "%s", l->msg);
	return exits[status];
}

static struct json_object *record_json(const struct luo_live_record *r)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "record", json_object_new_string(r->label));
	json_object_object_add(o, "verdict", json_object_new_string(luo_live__verdict(r)));
	json_object_object_add(o, "family", json_object_new_string(r->family));
	json_object_object_add(o, "from", json_object_new_string(r->from));
	json_object_object_add(o, "to", json_object_new_string(r->to));
	if (r->rule[0]) {
		json_object_object_add(o, "rule", json_object_new_string(r->rule));
		json_object_object_add(o, "field", json_object_new_string(r->field));
		json_object_object_add(o, "text", json_object_new_string(r->steps));
		if (r->has_value)
			json_object_object_add(o, "value", json_object_new_uint64(r->value));
	} else {
		json_object_object_add(o, "steps", json_object_new_string(r->steps));
		json_object_object_add(o, "ns", json_object_new_uint64(r->ns));
	}
	return o;
}

static void print_json(const struct luo_live *l, const char *what, enum luo_live_status status)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	size_t i;

	for (i = 0; i < l->nr_records; i++)
		json_object_array_add(list, record_json(&l->records[i]));
	json_object_object_add(o, "what", json_object_new_string(what));
	json_object_object_add(o, "from", json_object_new_string(l->from->core.release));
	json_object_object_add(o, "to", json_object_new_string(l->to->core.release));
	json_object_object_add(o, "go", json_object_new_boolean(!status));
	if (l->to->note[0])
		json_object_object_add(o, "not-certain", json_object_new_string(l->to->note));
	if (l->objects.left_out[0])
		json_object_object_add(o, "losses-not-accepted",
				       json_object_new_string(l->objects.left_out));
	cmd_unproved_json(o, &l->objects);
	json_object_object_add(o, "records", list);
	cmd_json(o);
}

static void print_record(const struct luo_live_record *r)
{
	FILE *f = r->rule[0] ? stderr : stdout;

	if (r->rule[0]) {
		fprintf(f, "  %s%s%s %s", cmd_style(CMD_BAD), r->rule, cmd_style(CMD_PLAIN),
			r->label);
		if (r->field[0])
			fprintf(f, " field %s", r->field);
		if (r->has_value)
			fprintf(f, " value 0x%llx", (unsigned long long)r->value);
		fprintf(f, ": %s\n", r->steps);
		return;
	}
	fprintf(f, "  %-10s %s  %s", luo_live__verdict(r), r->label, r->from);
	if (strcmp(r->from, r->to))
		fprintf(f, " -> %s", r->to);
	fprintf(f, "%s%s\n", r->steps[0] ? "  by " : "", r->steps);
}

/**
 * cmd_live_print - show the records of a check or rehearsal, and the verdict
 * @l: with its records
 * @what: "check", "rehearsal"
 * @status: how it ended
 *
 * Return: the exit code.
 */
int cmd_live_print(const struct luo_live *l, const char *what, enum luo_live_status status)
{
	size_t i, shown = 0;
	char names[400];

	if (status && l->msg[0])
		return cmd_live_exit(l, status);
	if (cmd_opts.json) {
		print_json(l, what, status);
		return exits[status];
	}
	if (status)
		fprintf(stderr, "luo-load: %s: %s -> %s: no-go, %zu blockers\n", what,
			l->from->core.release, l->to->core.release, l->nr_blockers);
	else
		printf("%s: %s -> %s: go, %zu records\n", what, l->from->core.release,
		       l->to->core.release, l->nr_records);
	if (status && l->to->note[0])
		cmd_warn("%s: not certain, and not relied on: %s",
			 l->opts->image ? l->opts->image : l->opts->to, l->to->note);
	if (luo_objects__unverified(&l->objects, names, sizeof(names)))
		cmd_warn("not verified: %s", names);
	if (l->objects.left_out[0])
		cmd_warn("not used, their losses are not accepted: %s", l->objects.left_out);
	for (i = 0; i < l->nr_records; i++) {
		if (!l->records[i].rule[0] && shown++ >= SHOWN && !cmd_opts.verbose)
			continue;
		print_record(&l->records[i]);
	}
	if (shown > SHOWN && !cmd_opts.verbose)
		printf("  and %zu more: -v\n", shown - SHOWN);
	return exits[status];
}

static void fill_entry(struct luo_status_entry *e, const struct luo_live_record *r)
{
	snprintf(e->kind, sizeof(e->kind), "record");
	snprintf(e->record, sizeof(e->record), "%.159s", r->label);
	snprintf(e->family, sizeof(e->family), "%s", r->family);
	snprintf(e->from, sizeof(e->from), "%s", r->from);
	snprintf(e->to, sizeof(e->to), "%s", r->to);
	snprintf(e->verdict, sizeof(e->verdict), "%s", luo_live__verdict(r));
	snprintf(e->rule, sizeof(e->rule), "%.47s", r->rule);
	if (r->rule[0])
		snprintf(e->text, sizeof(e->text), "%.159s", r->steps);
	else
		snprintf(e->steps, sizeof(e->steps), "%.159s", r->steps);
	e->ns = r->ns;
}

/* For bpftool map dump. Best effort: what cannot be shown there is no reason to stop. */
void cmd_live_publish(const char *state, const struct luo_live *l)
{
	size_t nr = l->nr_records < 4096 ? l->nr_records : 4096, i;
	struct luo_status_entry *e = calloc(nr + 1, sizeof(*e));
	char msg[256];

	if (!e)
		return;
	snprintf(e->kind, sizeof(e->kind), "summary");
	snprintf(e->state, sizeof(e->state), "%s", state);
	snprintf(e->from, sizeof(e->from), "%s", l->from ? l->from->core.release : "");
	snprintf(e->to, sizeof(e->to), "%s", l->to ? l->to->core.release : "");
	snprintf(e->text, sizeof(e->text), "%zu blockers %.120s", l->nr_blockers, l->msg);
	for (i = 0; i < nr; i++)
		fill_entry(&e[i + 1], &l->records[i]);
	luo_maps__publish_status(e, nr + 1, msg, sizeof(msg));
	luo_maps__publish_catalogue(msg, sizeof(msg));
	free(e);
}
