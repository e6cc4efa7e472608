// SPDX-License-Identifier: GPL-2.0-only
/* luo-load status: what the module is about to do, and what it said last. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/label.h"
#include "lib/live.h"

static const char usage[] =
	"Usage: luo-load status [-j]\n"
	"\n"
	"Shows whether something is armed, for which kernel, whether its image is loaded, and\n"
	"what the module said last; programs that were armed with --no-verify and not proved\n"
	"right before are named. bpftool map dump pinned " LUO_PIN_DIR "/luo_status has\n"
	"the last check record by record.\n"
	"\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 done, 1 system error, 2 usage\n"
	"\n"
	"Example: luo-load status\n";

static const char *const states[] = {
	[LUOB_IDLE] = "not armed",
	[LUOB_ARMED] = "armed",
	[LUOB_VOID] = "armed, but unusable",
};

static const char *state_name(__u32 state)
{
	return state < sizeof(states) / sizeof(states[0]) ? states[state] : "?";
}

/* The module's words, with names of fields. To be freed. */
static char *words(void)
{
	struct luo_objects objects;
	struct luo_type_set set;
	char *said = luo_module__said(), *text, msg[256];

	text = said ? calloc(1, 2 * strlen(said) + 1) : NULL;
	if (!text)
		return said;
	strcpy(text, said);
	if (!luo_objects__open(&objects, msg, sizeof(msg))) {
		set = luo_objects__types(&objects);
		luo_label__resolve(&set, text, 2 * strlen(said) + 1);
	}
	luo_objects__free(&objects);
	free(said);
	return text;
}

static void print_json(const struct luob_status *s, const char *text)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "state", json_object_new_string(state_name(s->state)));
	json_object_object_add(o, "from", json_object_new_string(s->from));
	json_object_object_add(o, "to", json_object_new_string(s->to));
	json_object_object_add(o, "image-loaded", json_object_new_boolean(s->image));
	json_object_object_add(o, "programs", json_object_new_int64(s->nr_progs));
	json_object_object_add(o, "not-verified", json_object_new_int64(s->nr_unverified));
	json_object_object_add(o, "not-verified-programs", json_object_new_string(s->unverified));
	json_object_object_add(o, "reason", json_object_new_string(s->reason));
	json_object_object_add(o, "said", json_object_new_string(text));
	cmd_json(o);
}

static void print_text(const struct luob_status *s, const char *text)
{
	printf("%s", state_name(s->state));
	if (s->state != LUOB_IDLE)
		printf(": %s -> %s, %u programs, image %sloaded", s->from, s->to, s->nr_progs,
		       s->image ? "" : "not ");
	if (s->nr_unverified)
		printf(", %s%u not verified%s (%s)", cmd_style(CMD_WARN), s->nr_unverified,
		       cmd_style(CMD_PLAIN), s->unverified);
	printf("%s%s\n%s", s->reason[0] ? "; " : "", s->reason, text);
}

int cmd_status(int argc, char **argv)
{
	struct luob_status s;
	char *text;
	int err;

	err = cmd_no_arguments(argc, argv, usage);
	if (err)
		return err < 0 ? LUO_EXIT_OK : err;
	err = luo_module__status(&s);
	if (err)
		return cmd_error(LUO_EXIT_ERROR, LUO_MODULE_DEVICE, "%s",
				 luo_module__strerror(err));
	text = words();
	(cmd_opts.json ? print_json : print_text)(&s, text ? text : "");
	free(text);
	return LUO_EXIT_OK;
}
