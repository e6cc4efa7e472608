/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What one kernel reads and writes, and how that is known. */
#ifndef LUO_LIB_ABI_H
#define LUO_LIB_ABI_H

#include "lib/profile.h"

struct luo_bpf_driver_format;

/* How a format is known. Only the first two are used by other commands. */
enum luo_mark {
	LUO_CATALOGUE,		/* the release is known, and all structures lie as in it */
	LUO_DECLARED,		/* the kernel says so itself, or who wrote the profile does */
	LUO_INFERRED,		/* something was seen: no proof that the kernel can do it */
	LUO_NR_MARKS,
};

/**
 * struct luo_fact - one format
 * @family:	as in the catalogue; "" when nobody here knows it
 * @string:	its version
 * @space:	"kho", "subtree", "file", "flb", "driver"; "" when that is not known
 * @subtree:	name of the KHO subtree, or ""
 * @type:	structure of the catalogue, or ""
 * @mark:	how it is known, with the reason in @why
 * @value:	its data is a number, not an address
 * @module:	the kernel module that has it, or ""
 * @absent:	that module is not among those that will be loaded
 */
struct luo_fact {
	char family[LUOB_FAMILY_MAX];
	char string[LUOB_STRING_MAX];
	char space[8];
	char subtree[LUOB_SUBTREE_NAME];
	char type[64];
	enum luo_mark mark;
	bool value;
	char module[64];
	bool absent;
	char why[200];
};

#define LUO_ABI_WORD	48

/**
 * struct luo_abi - one kernel
 * @release:	as uname -r says, or of the catalogue
 * @source:	what it was read from: "bzImage", "vmlinux", "package", "running kernel",
 *		"snapshot", "profile", "catalogue"
 * @digest:	SHA-256 of that file as text, or ""
 * @config:	of the build, from @config_from
 * @base:	release whose limits hold when @release is not in the catalogue, or NULL
 * @facts:	formats, @nr of them
 * @words:	names in FDTs that the kernel has, @nr_words
 * @devices:	that a state has records about, @nr_devices
 * @btf:	its structures, without tags of ours; NULL for none
 * @note:	what the reader should know, or ""
 */
struct luo_abi {
	char release[80];
	char source[24];
	char digest[65];
	struct luo_kconfig config;
	char config_from[256];
	const struct luo_release *base;
	struct luo_fact *facts;
	size_t nr;
	size_t cap;
	char (*words)[LUO_ABI_WORD];
	size_t nr_words;
	size_t cap_words;
	struct luo_device *devices;
	size_t nr_devices;
	size_t cap_devices;
	struct btf *btf;
	char note[200];
};

/**
 * struct luo_abi_opts - how to look; zero for defaults
 * @modules:	directories, modules, or names of modules that will be loaded
 * @nr_modules: how many
 * @initrd:	initial RAM disk whose modules will be, or NULL
 */
struct luo_abi_opts {
	const char *const *modules;
	size_t nr_modules;
	const char *initrd;
};

/* Sources. Each returns 0, or a negative errno with one line in @msg. */
int luo_abi__open(struct luo_abi **abi, const char *name, const struct luo_abi_opts *opts,
		  const struct luo_type_set *set, char *msg, size_t msg_size);
int luo_abi__release(struct luo_abi **abi, const char *release, char *msg, size_t msg_size);
int luo_abi__image(struct luo_abi **abi, const char *path, const struct luo_abi_opts *opts,
		   struct luo_types *catalogue, char *msg, size_t msg_size);
int luo_abi__live(struct luo_abi **abi, struct luo_types *catalogue, char *msg, size_t msg_size);
int luo_abi__snapshot(struct luo_abi **abi, const char *path, const char *profile,
		      const struct luo_type_set *set, char *msg, size_t msg_size);
int luo_abi__file(struct luo_abi **abi, const char *path, struct luo_types *catalogue, char *msg,
		  size_t msg_size);
bool luo_abi__is_file(const char *path);
int luo_abi__write(const struct luo_abi *abi, const char *path, char *msg, size_t msg_size);
void luo_abi__free(struct luo_abi *abi);
int luo_profile__of_abi(struct luo_profile **p, const struct luo_abi *abi,
			const struct luo_type_set *set, char *msg, size_t msg_size);
int luo_profile__of_image(struct luo_profile **p, const char *path,
			  const struct luo_abi_opts *opts, const struct luo_type_set *set,
			  char *msg, size_t msg_size);
const char *luo_mark__name(enum luo_mark mark);

/* For the sources. */
struct luo_abi *luo_abi__new(const char *source);
struct luo_fact *luo_abi__add(struct luo_abi *abi);
struct luo_fact *luo_abi__add_row(struct luo_abi *abi, const struct luo_row *row,
				  enum luo_mark mark);
struct luo_fact *luo_abi__add_driver(struct luo_abi *abi, const struct luo_bpf_driver_format *b);
struct luo_fact *luo_abi__find(const struct luo_abi *abi, const char *space, const char *string);
int luo_abi__add_word(struct luo_abi *abi, const char *word);
bool luo_abi__has_word(const struct luo_abi *abi, const char *word);
bool luo_fact__is_ours(const struct luo_fact *f);
int luo_abi__add_ours(struct luo_abi *abi);
void luo_abi__judge(struct luo_abi *abi, struct luo_types *catalogue);
bool luo_abi__fits(const struct luo_abi *abi, const struct luo_row *row,
		   struct luo_types *catalogue, char *why, size_t size);
int luo_abi__each_word(struct luo_types *catalogue, int (*take)(void *priv, const char *word),
		       void *priv);
int luo_abi__set_btf(struct luo_abi *abi, const struct btf *from, struct luo_types *catalogue);

#endif /* LUO_LIB_ABI_H */
