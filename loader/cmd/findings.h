/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verifier found, as verify shows it, and as a reason not to use an object. */
#ifndef LUO_CMD_FINDINGS_H
#define LUO_CMD_FINDINGS_H

#include "cmd/cmd.h"
#include "lib/verdict.h"

/* verify.c */
void cmd_finding_print(FILE *f, const struct luo_object *obj, const struct verify_finding *fi);
struct json_object *cmd_findings_json(const struct verify_result *res);

/* unproved.c */
int cmd_unproved(const struct luo_objects *o);
void cmd_unproved_json(struct json_object *to, const struct luo_objects *o);

#define CMD_NO_VERIFY_USAGE							\
	"      --no-verify         use objects that are not proved right, too; it is shown\n"

/* Of a command that takes luo_objects__accept_losses(). */
#define CMD_LOSSES_USAGE							\
	"      --losses LIST       FIELD or OBJECT.FIELD: what may be lost; several with\n" \
	"                          commas, or none. Objects that may lose more are not used\n" \
	"                          (default: what they declare)\n"

#endif /* LUO_CMD_FINDINGS_H */
