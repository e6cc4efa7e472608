/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Profiles: which release reads and writes which formats. */
#ifndef LUO_LIB_PROFILE_H
#define LUO_LIB_PROFILE_H

#include "core/tx.h"
#include "lib/kconfig.h"
#include "lib/types.h"

/**
 * struct luo_device - a device that a state has records about
 * @space:	of the format, as in struct luob_format
 * @name:	what leads to the record calls it
 * @hw:		ids
 * @records:	how many of that format are about such devices
 */
struct luo_device {
	char space[8];
	char name[LUOB_STRING_MAX];
	struct luob_hw hw;
	__u64 records;
};

/**
 * struct luo_profile - one kernel's formats
 * @core:	what the engine needs of them
 * @kho:	version string of the KHO root
 * @max_order:	largest order in the memory map that the kernel copes with
 * @deferred:	may be built with KHO and DEFERRED_STRUCT_PAGE_INIT together
 * @external:	not from the table of releases
 * @config:	how it was built; unknown for a release
 * @note:	formats that it may have, and that are not used; "" for none
 * @own:	structures that only this kernel has, or NULL; owned
 * @devices:	of the state that the profile was made from, @nr_devices; NULL for none
 * @cap:	for luo_profile__add()
 */
struct luo_profile {
	struct luob_profile core;
	const char *kho;
	unsigned int max_order;
	bool deferred;
	bool external;
	struct luo_kconfig config;
	char note[200];
	struct luo_types *own;
	struct luo_device *devices;
	size_t nr_devices;
	size_t cap;
};

/* One format of the catalogue, and the releases that read and write it (bits). */
struct luo_row {
	int releases;
	const char *family;
	const char *string;
	const char *space;
	const char *subtree;
	const char *type;
	bool value;
};

/* What else is known of a release; see struct luo_profile. */
struct luo_release {
	const char *release;
	int bit;
	unsigned int max_order;
	bool deferred;
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
int luo_profile__add(struct luo_profile *p, const struct luo_row *row,
		     const struct luo_type_set *set, char *msg, size_t msg_size);
int luo_profile__finish(struct luo_profile *p, char *msg, size_t msg_size);
int luo_profile__kho(const char *from, const struct luo_profile *to, struct luob_fault *f);
void luo_profile__free(struct luo_profile *p);
size_t luo_profile__releases(const char **releases, size_t max);
int luo_profile__other_layout(const char *family, const char *string,
			      const struct luob_type *type, char *text, size_t size);
const struct luo_release *luo_catalogue__release(const char *full);
const struct luo_row *luo_catalogue__next(const struct luo_row *prev);
const char *luo_profile__guess(const char *kho, const char *luo);

#endif /* LUO_LIB_PROFILE_H */
