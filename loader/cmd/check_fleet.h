/* SPDX-License-Identifier: GPL-2.0-only */
/* luo-load check --snapshot: many states in one go. */
#ifndef LUO_CMD_CHECK_FLEET_H
#define LUO_CMD_CHECK_FLEET_H

#include <stdbool.h>

bool cmd_check_is_fleet(int argc, char **argv);
int cmd_check_fleet(int argc, char **argv);

#endif /* LUO_CMD_CHECK_FLEET_H */
