/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The live-update state in a snapshot: root, memory map, formats. */
#ifndef LUO_LIB_STATE_H
#define LUO_LIB_STATE_H

#include "core/account.h"
#include "lib/physmem.h"
#include "lib/profile.h"
#include "lib/snapshot.h"

/* What luo_state__open() found out; each has a line in @msg. */
enum luo_state_error {
	LUO_STATE_OK = 0,
	LUO_STATE_SYSTEM,	/* file not readable, no memory */
	LUO_STATE_BAD,		/* not a snapshot, or damaged */
	LUO_STATE_NOT_FROZEN,
	LUO_STATE_PROFILE,	/* the profile that was named is not usable */
};

/**
 * struct luo_state - an opened snapshot
 * @rule:	of the refusal, when opening failed
 * @root_page:	the KHO root FDT as it is
 * @root_found:	"note" or "scan"
 * @release:	of the kernel that was stopped, or what its formats say
 * @release_from: "note", "kexec-metadata" or "formats"
 * @map_pages:	pages of the memory map itself
 * @scratch:	areas, when the snapshot tells
 * @ledger:	preserved ranges; moved into the transaction by luo_run
 */
struct luo_state {
	struct luo_snapshot *snap;
	struct luob_mem mem;
	const char *rule;
	__u64 root_pa;
	__u8 root_page[4096];
	struct luob_kho_root root;
	const char *root_found;
	char release[66];
	const char *release_from;
	char luo_string[LUOB_STRING_MAX];
	struct luo_profile *profile;
	struct luob_set map_pages;
	struct luo_snapshot_range *scratch;
	size_t nr_scratch;
	__u64 scratch_pa;
	struct luob_ledger ledger;
	__u64 preserved_bytes;
	size_t preserved_nr;
};

/* How to open: zero for defaults. */
struct luo_state_opts {
	const struct luo_type_set *types;
	const char *profile;	/* release or file that describes the old kernel, or NULL */
	__u64 root;		/* physical address of the root, 0 to find it */
};

enum luo_state_error luo_state__open(struct luo_state *st, const char *path,
				     const struct luo_state_opts *opts,
				     char *msg, size_t msg_size);
void luo_state__close(struct luo_state *st);
bool luo_state__stopped(const struct luo_state *st);

#endif /* LUO_LIB_STATE_H */
