/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LUO_CMD_COMPLETION_H
#define LUO_CMD_COMPLETION_H

#include "cmd/cmd.h"

int cmd_completion(const struct luo_cmd *commands, int argc, char **argv);

#endif /* LUO_CMD_COMPLETION_H */
