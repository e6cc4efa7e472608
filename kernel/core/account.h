/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Walk a whole state by its types and check that every page is accounted once. */
#ifndef LUOB_ACCOUNT_H
#define LUOB_ACCOUNT_H

#include "tx.h"

/* Deeper than any state: records of invented families could lead on without end. */
#define LUOB_WALK_DEPTH	32

/**
 * struct luob_walk - one walk
 * @profile:	formats that may occur
 * @quiet:	report nothing (another walk does)
 * @child:	called for each record of another family, before it is opened;
 *		@base is the structure with its handle
 * @range:	called instead of the accounting for each preserved range
 * @priv:	for the callbacks
 * @depth:	of the recursion, at most LUOB_WALK_DEPTH
 * @records:	records met
 * @sessions:	LUO sessions met
 * @content:	bytes of content behind them
 * @large:	folios above order 0
 * @orphans:	preserved ranges that nothing refers to
 */
struct luob_walk {
	struct luo_tx *tx;
	const struct luob_profile *profile;
	bool quiet;
	int (*child)(struct luob_walk *w, const struct luob_format *f, struct luob_region *src,
		     __u64 off, const struct luob_handle *h, const void *base);
	int (*range)(void *priv, __u64 pa, unsigned int order, bool exact);
	void *priv;
	unsigned int depth;
	__u64 records;
	__u64 sessions;
	__u64 content;
	__u64 large;
	__u64 orphans;
};

int luob_walk__root(struct luob_walk *w, const struct luob_format *f, __u64 pa);
int luob_walk__region(struct luob_walk *w, struct luob_region *r);
int luo_tx__account(struct luo_tx *tx, const struct luob_kho_root *root, __u64 root_pa,
		    const struct luob_profile *profile, struct luob_walk *w);
bool luob_child__string(const struct luob_handle *h, const void *base, char *string);

#endif /* LUOB_ACCOUNT_H */
