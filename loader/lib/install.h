/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is installed, which of it is used, and how more gets there. */
#ifndef LUO_LIB_INSTALL_H
#define LUO_LIB_INSTALL_H

#include "lib/plan.h"
#include "lib/store.h"

enum luo_installed_state {
	LUO_INSTALLED_USED,
	LUO_INSTALLED_SECOND,	/* another object for the same step comes first */
	LUO_INSTALLED_HIDDEN,	/* another file, or program, of its name comes first */
	LUO_INSTALLED_MASK,	/* empty: hides what has its name */
	LUO_INSTALLED_TIER,	/* its tier is not used */
	LUO_INSTALLED_BAD,	/* cannot be opened, and stops run, check and arm */
};

/**
 * struct luo_installed_file - one file
 * @path:	of it
 * @tier:	that it lies in
 * @state:	is it used
 * @why:	not, in words; "" when it is
 * @at:	index in @objects, -1 for none
 */
struct luo_installed_file {
	char path[2400];
	enum luo_tier tier;
	enum luo_installed_state state;
	char why[300];
	int at;
};

/**
 * struct luo_installed - all of them
 * @files:	in the order in which they are looked at
 * @objects:	those that could be opened, judged
 * @planner:	their digests and verdicts
 */
struct luo_installed {
	struct luo_installed_file *files;
	size_t nr;
	size_t cap;
	struct luo_objects objects;
	struct luo_planner planner;
};

int luo_installed__open(struct luo_installed *all, char *msg, size_t msg_size);
void luo_installed__free(struct luo_installed *all);
bool luo_prog__same_step(const struct luob_prog *a, const struct luob_prog *b);

/* What luo_store__compare() finds in the place of a file. */
enum luo_place {
	LUO_PLACE_FREE,
	LUO_PLACE_SAME,		/* these bytes already */
	LUO_PLACE_OTHER,	/* others */
};

int luo_store__compare(const char *path, const void *bytes, size_t size, enum luo_place *place);
int luo_store__put(const char *path, const void *bytes, size_t size);

#endif /* LUO_LIB_INSTALL_H */
