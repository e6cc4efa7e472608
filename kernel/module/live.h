/* SPDX-License-Identifier: GPL-2.0-only */
/* LUO while it is alive: its private lists, and what it writes last. */
#ifndef LUO_BPF_LIVE_H
#define LUO_BPF_LIVE_H

#include "../core/device.h"
#include "../core/kho_root.h"

struct luo_file_set;
struct luo_file_set_ser;

/* A session that LUO has frozen: its files, and where it has written them. */
struct luob_frozen {
	struct luo_file_set *set;
	struct luo_file_set_ser *ser;
};

/* What only the open file knows. */
struct luob_seals {
	u64 data;		/* address of the record */
	u64 seals;
};

/**
 * struct luob_live - What LUO has not written yet when its last session is frozen
 * @frozen:	sessions, in the order of the freeze
 * @seals:	of all files, by address once sorted
 * @count:	header or head of chain, filled early
 * @old_count:	what was there
 * @flb_head:	header of the FLB table, or NULL
 * @filled:	there is something to put back
 */
struct luob_live {
	struct luob_frozen *frozen;
	size_t nr_frozen;
	size_t cap_frozen;
	struct luob_seals *seals;
	size_t nr_seals;
	size_t cap_seals;
	bool sorted;
	u64 *count;
	u64 old_count;
	void *flb_head;
	u64 nr_flbs;
	bool filled;
};

int luob_live_note(struct luob_live *live, struct luo_file_set *set, struct luo_file_set_ser *ser);
bool luob_live_is_last(const struct luo_file_set *set);
int luob_live_fill(struct luob_live *live, const struct luob_kho_root *root);
void luob_live_undo(struct luob_live *live);
void luob_live_free(struct luob_live *live);
int luob_live_seals(struct luob_live *live, u64 data, u64 *seals);
long luob_live_nr_sessions(void);
void luob_live_unfreeze(struct luob_live *live,
			void (*unfreeze)(struct luo_file_set *, struct luo_file_set_ser *));

/* walk.c */
int luob_live_walk(struct luob_live_entry *entries, u32 max, u32 *nr);

#endif /* LUO_BPF_LIVE_H */
