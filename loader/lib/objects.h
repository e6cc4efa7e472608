/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All objects of a run: those that were named, then the installed ones. */
#ifndef LUO_LIB_OBJECTS_H
#define LUO_LIB_OBJECTS_H

#include "lib/object.h"
#include "lib/profile.h"

struct luo_verdict;

struct luo_objects {
	struct luo_object **objects;
	struct luob_prog *progs;
	struct luo_types **types;	/* the catalogue first */
	size_t nr;
	size_t nr_named;	/* the first ones; others are installed */
	size_t nr_idle;		/* behind the first @nr: not chosen */
	size_t cap;
	struct luo_verdict *verdicts;	/* lib/verdict.h; NULL: nobody has asked */
	bool only_new;		/* the first of a name is the one */
	char left_out[400];	/* OBJECT.FIELD: not accepted to be lost, or "" */
};

int luo_objects__open(struct luo_objects *o, char *msg, size_t msg_size);
int luo_objects__add(struct luo_objects *o, const char *path, char *msg, size_t msg_size);
int luo_objects__add_installed(struct luo_objects *o, char *where, size_t where_size, char *msg,
			       size_t msg_size);
int luo_objects__ready(struct luo_objects *o);
void luo_objects__choose(struct luo_objects *o, const struct luo_profile *to);
void luo_objects__swap(struct luo_objects *o, size_t i, size_t j);
int luo_objects__accept_losses(struct luo_objects *o, const char *list, char *msg,
			       size_t msg_size);
void luo_objects__free(struct luo_objects *o);
struct luo_type_set luo_objects__types(const struct luo_objects *o);

#endif /* LUO_LIB_OBJECTS_H */
