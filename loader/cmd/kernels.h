/* SPDX-License-Identifier: GPL-2.0-only */
/* What plan and matrix share: objects, and the kernels that they are to connect. */
#ifndef LUO_CMD_KERNELS_H
#define LUO_CMD_KERNELS_H

#include "cmd/cmd.h"
#include "lib/plan.h"

/**
 * struct cmd_kernels - objects and kernels
 * @objects:	named ones, then the installed ones
 * @planner:	of them
 * @profiles:	of the kernels, in the order in which they were named
 * @names:	as they were named
 * @nr:		how many kernels
 */
struct cmd_kernels {
	struct luo_objects objects;
	struct luo_planner planner;
	struct luo_profile **profiles;
	const char **names;
	size_t nr;
};

/* How objects are found. */
struct cmd_kernels_opts {
	char **objects;
	size_t nr_objects;
	bool only;		/* no installed ones */
	bool no_verify;
};

#define CMD_KERNELS_USAGE							\
	"      --tiers TIERS       which installed objects count: stable,testing,local\n" \
	"                          (default: stable,local)\n"				\
	"      --only              no installed objects\n"

/* Each returns 0, or an exit code when all is said. */
int cmd_kernels_open(struct cmd_kernels *k, const struct cmd_kernels_opts *opts);
int cmd_kernels_add(struct cmd_kernels *k, const char *name);
int cmd_kernels_add_state(struct cmd_kernels *k, const char *snapshot, const char *as);
int cmd_kernels_tiers(const char *command, const char *list);
void cmd_kernels_close(struct cmd_kernels *k);

const char *cmd_verdict_style(enum luo_plan_verdict verdict);

/* plan.c */
struct json_object *cmd_plan_json(const struct luo_plan *plan);

#endif /* LUO_CMD_KERNELS_H */
