/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Profiles: which release reads and writes which formats. */
#ifndef LUO_LIB_PROFILE_H
#define LUO_LIB_PROFILE_H

#include "core/tx.h"
#include "lib/types.h"

/* What a target's configuration says about something that formats do not show. */
enum luo_known {
	LUO_NO,
	LUO_YES,
	LUO_UNKNOWN,
};

/**
 * struct luo_profile - one kernel's formats
 * @core:	what the engine needs of them
 * @kho:	version string of the KHO root
 * @max_order:	largest order in the memory map that the kernel copes with
 * @deferred:	may be built with KHO and DEFERRED_STRUCT_PAGE_INIT together
 * @external:	read from a file, not from the table of releases
 */
struct luo_profile {
	struct luob_profile core;
	const char *kho;
	unsigned int max_order;
	bool deferred;
	bool external;
};

/* Where structures are looked up: the catalogue first, then objects. */
struct luo_type_set {
	struct luo_types **types;
	size_t nr;
};

int luo_catalogue__open(struct luo_types **types, char *msg, size_t msg_size);
int luo_profile__by_release(struct luo_profile **p, const char *release,
			    const struct luo_type_set *set, char *msg, size_t msg_size);
int luo_profile__read(struct luo_profile **p, const char *path, const struct luo_type_set *set,
		      char *msg, size_t msg_size);
int luo_profile__open(struct luo_profile **p, const char *name, const struct luo_type_set *set,
		      char *msg, size_t msg_size);
void luo_profile__free(struct luo_profile *p);
size_t luo_profile__releases(const char **releases, size_t max);
int luo_profile__other_layout(const char *family, const char *string,
			      const struct luob_type *type, char *text, size_t size);
const char *luo_profile__guess(const char *kho, const char *luo);

#endif /* LUO_LIB_PROFILE_H */
