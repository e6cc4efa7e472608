/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Objects on disk: which directories are looked into, in which order, and which file stands
 * for which. The order is the one that luo-load(1), OBJECTS ON DISK, describes.
 */
#ifndef LUO_LIB_STORE_H
#define LUO_LIB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define LUO_SUFFIX_OBJECT	".bpf.o"
#define LUO_SUFFIX_EVIDENCE	".evidence"

#define LUO_DIR_VENDOR		"/usr/lib/luo-bpf"
#define LUO_DIR_LOCAL		"/usr/local/lib/luo-bpf"
#define LUO_DIR_OVERLAY		"/etc/luo-bpf"

/* How far an object has come; a higher one comes first within a directory. */
enum luo_tier {
	LUO_TIER_STABLE,	/* files of the directory itself */
	LUO_TIER_TESTING,	/* its subdirectory "testing"; used only when asked for */
	LUO_TIER_LOCAL,		/* its subdirectory "local": made on this machine */
	LUO_NR_TIERS,
};

const char *luo_tier__name(enum luo_tier tier);
int luo_tier__parse(const char *name, size_t len, enum luo_tier *tier);
int luo_tiers__parse(const char *list, unsigned int *mask);
enum luo_tier luo_tier__of(const char *path);

/**
 * struct luo_store_dir - a directory that is looked into
 * @path:	with its tier
 * @tier:	of what lies there
 */
struct luo_store_dir {
	char path[2200];
	enum luo_tier tier;
};

/**
 * struct luo_entry - a file in the store
 * @path:	of it
 * @name:	its last part, in @path
 * @dir:	index of its directory
 * @masks:	it is empty or /dev/null: it hides what has its name, and is no object
 * @hidden_by:	the entry before it that has its name, or NULL
 */
struct luo_entry {
	char *path;
	const char *name;
	size_t dir;
	bool masks;
	const struct luo_entry *hidden_by;
};

/**
 * struct luo_store - all of it
 * @dirs:	that exist, what is used first comes first
 * @entries:	files, in the same order, names ascending within a directory
 * @one:	a single directory was named, by $LUO_BPF_PATH or beside the program
 */
struct luo_store {
	struct luo_store_dir *dirs;
	size_t nr_dirs;
	struct luo_entry **entries;
	size_t nr;
	size_t cap;
	bool one;
};

int luo_store__open(struct luo_store *s, const char *suffix, char *msg, size_t msg_size);
void luo_store__free(struct luo_store *s);
bool luo_store__is_used(const struct luo_entry *e);
int luo_store__dir(const char *base, enum luo_tier tier, char *path, size_t size);
void luo_store__set_root(const char *root);
int luo_store__set_tiers(const char *list);

#endif /* LUO_LIB_STORE_H */
