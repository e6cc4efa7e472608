/* SPDX-License-Identifier: GPL-2.0-only */
/* What is armed, shared by those who arm, translate, and watch over it. */
#ifndef LUO_BPF_ARMED_H
#define LUO_BPF_ARMED_H

#include <linux/mutex.h>

#include "../core/blob.h"
#include "../core/device.h"
#include "../core/kho_map.h"
#include "../core/kho_root.h"
#include "live.h"

enum luob_image {
	LUOB_IMAGE_NONE,	/* none was loaded since arming */
	LUOB_IMAGE_MATCHES,
	LUOB_IMAGE_OTHER,
};

/**
 * struct luob_armed - What the next kexec will use
 * @data:	the blob, as luo-load gave it
 * @blob:	unpacked; refers to @data
 * @ops:	attached objects, one for each program of the blob
 * @image:	what was loaded since, @kimage
 * @kimage:	the image that was looked at, to be compared and nothing else
 * @changed:	why it cannot be used any more, or ""
 * @root_page:	the KHO root FDT that the loaded image points to
 * @staged:	what it will be overwritten with
 * @handed:	the report's page, part of the new state
 * @old_root:	@root_page, parsed
 * @new_root:	@staged, before it was written
 * @map_pages:	pages of the old memory map
 * @radix:	the new one, where the old is none
 * @live:	sessions that have been frozen so far
 * @report:	of the transaction that is running or ran last
 * @rehearsal:	this one ends with a veto whatever happens
 * @accepted:	nothing but the rehearsal stands against the jump
 * @ready:	@staged is complete and every check has passed
 */
struct luob_armed {
	void *data;
	struct luob_blob blob;
	const struct luo_translator **ops;
	enum luob_image image;
	const void *kimage;
	char changed[128];
	void *root_page;
	void *staged;
	struct luo_bpf_report___v3 *handed;
	struct luob_kho_root old_root;
	struct luob_kho_root new_root;
	struct luob_set map_pages;
	struct luob_radix radix;
	struct luob_live live;
	struct luo_tx tx;
	bool tx_used;
	bool rehearsal;
	bool accepted;
	bool ready;
	u64 lap;
	u64 frozen_at;
};

extern struct mutex luob_mutex;
extern struct luob_armed *luob_state;

/* transaction.c */
void luob_unstage(struct luob_armed *a);

/* results.c: what happened last; it outlives the armed state. */
extern struct luo_bpf_report___v3 luob_report;
void luob_results_clear(void);
void luob_results_blocker(struct luob_armed *a, const struct luob_blocker *b);
void luob_results_fault(const struct luob_fault *f);
void luob_results_records(struct luob_armed *a);

#endif /* LUO_BPF_ARMED_H */
