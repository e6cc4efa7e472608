// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The BTF of maps_types.h. Arguments, not variables: the kernel takes no BTF with a
 * section of variables that no linker has laid out.
 */
#include "lib/maps_types.h"

unsigned int luo_maps_types(struct luo_catalogue_entry *c, struct luo_status_entry *s);

unsigned int luo_maps_types(struct luo_catalogue_entry *c, struct luo_status_entry *s)
{
	return c->size + s->ns;
}
