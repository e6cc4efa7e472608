/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between input.c, which looks for inputs, and input_make.c, which makes records of models. */
#ifndef LUO_VERIFY_INPUT_H
#define LUO_VERIFY_INPUT_H

#include "int.h"

struct finder {
	struct vfy *v;
	struct replay *replay;
	struct verify_finding *f;
	struct model model;
	struct conds base;	/* what holds on the path */
	struct conds exact;	/* and in the first turns of loops, with what the engine gives */
	struct conds apart;	/* and no element is meant by two names */
	size_t *part;		/* of regions */
	bool too_large;		/* to be made; that the conditions hold is all that is known */
	bool many;		/* elements */
	char why[200];
};

struct verify_input *finder__make(struct finder *f, const struct clue *clue, unsigned int attempt);

#endif /* LUO_VERIFY_INPUT_H */
