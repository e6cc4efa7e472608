/* SPDX-License-Identifier: GPL-2.0-only */
/* Structures as arguments: "[FILE:]STRUCT[@STRING]". */
#ifndef LUO_CMD_SPEC_H
#define LUO_CMD_SPEC_H

#include "lib/diff.h"

struct cmd_spec {
	char file[4096];
	char type[128];
	char string[48];
	struct luo_types *own;		/* of @file, or NULL for the catalogue */
	struct luo_diff_side side;
};

int cmd_spec_open(struct cmd_spec *s, const char *text, const struct luo_type_set *set);
void cmd_spec_close(struct cmd_spec *s);
int cmd_kernel_error(const char *name, int err, const char *msg);

#endif /* LUO_CMD_SPEC_H */
