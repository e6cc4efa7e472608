/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A live update of the running kernel: check, rehearse, arm. */
#ifndef LUO_LIB_LIVE_H
#define LUO_LIB_LIVE_H

#include "lib/arm.h"
#include "lib/kconfig.h"
#include "lib/module.h"

/**
 * struct luo_live_opts - what comes next
 * @image:	kernel image, or NULL when only @to is known
 * @initrd:	file, or NULL
 * @modules:	directory of its modules, or NULL: handlers in others do not count
 * @command_line: of the next kernel; NULL for none
 * @to:		release or profile file; NULL: the structures in @image tell
 * @from:	profile file of the running kernel, or NULL: its release tells
 * @config:	as for luo_target_config__read(), or NULL: @image tells
 * @objects:	files or directories; none: what is attached, then the installed ones
 * @nr_objects:	their number
 * @no_verify:	use objects that are not proved, too
 * @losses:	that are accepted, see luo_objects__accept_losses()
 */
struct luo_live_opts {
	const char *image;
	const char *initrd;
	const char *modules;
	const char *command_line;
	const char *to;
	const char *from;
	const char *config;
	char **objects;
	size_t nr_objects;
	bool no_verify;
	const char *losses;
};

enum luo_live_status {
	LUO_LIVE_DONE = 0,
	LUO_LIVE_SYSTEM,
	LUO_LIVE_USAGE,
	LUO_LIVE_REFUSED,
	LUO_LIVE_OBJECT,
	LUO_LIVE_UNPROVED,	/* @objects have their verdicts */
};

/* A live record, and what would become of it. */
struct luo_live_record {
	char label[192];
	char field[64];
	char family[16];
	char from[48];
	char to[48];
	char steps[200];	/* translators; a blocker's text */
	char rule[64];		/* of a blocker, else "" */
	__u64 value;
	bool has_value;
	__u64 ns;
};

/**
 * struct luo_live - an update in preparation
 * @subject:	what @msg is about, or ""
 * @msg:	one line when something failed
 * @records:	of the last check or rehearsal, blockers among them
 */
struct luo_live {
	const struct luo_live_opts *opts;
	struct luo_objects objects;
	struct luo_profile *from;
	struct luo_profile *to;
	struct luo_kconfig config;
	struct luo_attached *attached;
	bool *ours;		/* attached by us, to be undone */
	size_t nr_attached;
	bool armed;
	struct luo_live_record *records;
	size_t nr_records;
	size_t cap_records;
	size_t nr_blockers;
	char subject[256];
	char msg[512];
};

enum luo_live_status luo_live__open(struct luo_live *l, const struct luo_live_opts *opts);
enum luo_live_status luo_live__check(struct luo_live *l);
enum luo_live_status luo_live__arm(struct luo_live *l);
enum luo_live_status luo_live__rehearse(struct luo_live *l);
enum luo_live_status luo_live__results(struct luo_live *l);
void luo_live__undo(struct luo_live *l);
void luo_live__close(struct luo_live *l);
const char *luo_live__verdict(const struct luo_live_record *r);

#endif /* LUO_LIB_LIVE_H */
