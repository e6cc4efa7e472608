// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "cmd/findings.h"
#include "cmd/kernels.h"
#include "cmd/spec.h"
#include "lib/abi.h"
#include "lib/hardware.h"
#include "lib/store.h"

static int object_error(int err, const char *subject, const char *msg)
{
	return cmd_error(err == -EINVAL ? LUO_EXIT_OBJECT : LUO_EXIT_ERROR, subject, "%s", msg);
}

/* They stop run, check and arm, wherever they would be on the way. */
static void warn_unproved(const struct luo_objects *o)
{
	char names[400];
	size_t nr;

	nr = luo_objects__unverified(o, names, sizeof(names));
	if (nr)
		cmd_warn("%zu object%s not proved right, and run, check and arm go nowhere with "
			 "%s: %s", nr, nr == 1 ? " is" : "s are", nr == 1 ? "it" : "them", names);
}

int cmd_kernels_open(struct cmd_kernels *k, const struct cmd_kernels_opts *opts)
{
	char msg[400] = "no memory", where[2300];
	size_t i;
	int err;

	if (luo_objects__open(&k->objects, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, NULL, "%s", msg);
	for (i = 0; i < opts->nr_objects; i++) {
		err = luo_objects__add(&k->objects, opts->objects[i], msg, sizeof(msg));
		if (err)
			return object_error(err, opts->objects[i], msg);
	}
	if (!opts->only) {
		err = luo_objects__add_installed(&k->objects, where, sizeof(where), msg,
						 sizeof(msg));
		if (err)
			return object_error(err, where, msg);
	}
	if (luo_objects__ready(&k->objects) ||
	    luo_planner__new(&k->planner, &k->objects, opts->no_verify))
		return cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	warn_unproved(&k->objects);
	return 0;
}

/* @as: how a snapshot is read, NULL for any kernel. */
static int open_kernel(struct luo_profile **p, const char *name, const char *as,
		       const struct luo_type_set *set)
{
	char msg[400] = "no memory";
	struct luo_abi *abi;
	int err;

	if (as)
		err = luo_abi__snapshot(&abi, name, as, set, msg, sizeof(msg));
	else
		err = luo_abi__open(&abi, name, NULL, set, msg, sizeof(msg));
	if (err)
		return cmd_kernel_error(name, err, msg);
	err = luo_profile__of_abi(p, abi, set, msg, sizeof(msg));
	luo_abi__free(abi);
	if (err)
		return cmd_kernel_error(name, err, msg);
	if (*(*p)->note)
		cmd_warn("%s: not certain, and not relied on: %s", name, (*p)->note);
	return 0;
}

static int check_hardware(const struct cmd_kernels *k, const struct luo_profile *p)
{
	const char *path;
	char msg[400];
	int err;

	err = luo_objects__check_hardware(&k->objects, p, &path, msg, sizeof(msg));
	return err ? object_error(err, path, msg) : 0;
}

static int add_kernel(struct cmd_kernels *k, const char *name, const char *as)
{
	struct luo_type_set set = luo_objects__types(&k->objects);
	struct luo_profile **profiles;
	const char **names;
	int code;

	profiles = realloc(k->profiles, (k->nr + 1) * sizeof(*profiles));
	if (profiles)
		k->profiles = profiles;
	names = realloc(k->names, (k->nr + 1) * sizeof(*names));
	if (names)
		k->names = names;
	if (!profiles || !names)
		return cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	code = open_kernel(&profiles[k->nr], name, as, &set);
	if (code)
		return code;
	names[k->nr++] = name;
	return check_hardware(k, profiles[k->nr - 1]);
}

/* Behind cmd_kernels_open(); @name is a release, profile, image, package or snapshot. */
int cmd_kernels_add(struct cmd_kernels *k, const char *name)
{
	return add_kernel(k, name, NULL);
}

/* The kernel @as, with only the formats and devices of a snapshot that it wrote. */
int cmd_kernels_add_state(struct cmd_kernels *k, const char *snapshot, const char *as)
{
	return add_kernel(k, snapshot, as);
}

int cmd_kernels_tiers(const char *command, const char *list)
{
	if (luo_store__set_tiers(list))
		return cmd_error(LUO_EXIT_USAGE, command, "--tiers '%s': stable, testing and "
				 "local, with commas", list);
	return 0;
}

void cmd_kernels_close(struct cmd_kernels *k)
{
	size_t i;

	for (i = 0; i < k->nr; i++)
		luo_profile__free(k->profiles[i]);
	free(k->profiles);
	free(k->names);
	luo_planner__free(&k->planner);
	luo_objects__free(&k->objects);
}

/* What begins the text of a verdict; CMD_PLAIN ends it. */
const char *cmd_verdict_style(enum luo_plan_verdict verdict)
{
	static const enum cmd_style styles[LUO_NR_PLAN_VERDICTS] = {
		[LUO_PLAN_IDENTICAL] = CMD_GOOD,
		[LUO_PLAN_TRANSLATED] = CMD_GOOD,
		[LUO_PLAN_LOSSY] = CMD_WARN,
		[LUO_PLAN_UNTESTED] = CMD_WARN,
		[LUO_PLAN_BLOCKED] = CMD_BAD,
	};

	return cmd_style(styles[verdict]);
}
