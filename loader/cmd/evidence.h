/* SPDX-License-Identifier: GPL-2.0-only */
/* For the commands that find something out about objects. */
#ifndef LUO_CMD_EVIDENCE_H
#define LUO_CMD_EVIDENCE_H

#include "cmd/cmd.h"
#include "lib/evidence.h"
#include "lib/object.h"

void cmd_evidence_new(struct luo_evidence *e, enum luo_evidence_kind kind, bool passed);
int cmd_evidence_step(struct luo_evidence *e, const struct luo_object *obj);
int cmd_evidence_append(const char *path, const struct luo_evidence *e);

#endif /* LUO_CMD_EVIDENCE_H */
