/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps for readers, pinned in LUO_PIN_DIR: bpftool map dump prints them. */
#ifndef LUO_LIB_MAPS_H
#define LUO_LIB_MAPS_H

#include <stddef.h>

#include "lib/maps_types.h"

#define LUO_MAP_CATALOGUE	"luo_catalogue"
#define LUO_MAP_STATUS		"luo_status"

int luo_maps__publish_catalogue(char *msg, size_t msg_size);
int luo_maps__publish_status(const struct luo_status_entry *e, size_t nr, char *msg,
			     size_t msg_size);
int luo_maps__remove(void);

#endif /* LUO_LIB_MAPS_H */
