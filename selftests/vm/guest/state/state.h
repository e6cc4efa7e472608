/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sources of guest/state share. */
#ifndef GUEST_STATE_H
#define GUEST_STATE_H

#include <linux/liveupdate.h>
#include <stdbool.h>
#include <stdint.h>

#define PAGE		4096
#define MIB		(1024 * 1024)
#define MAX_SESSIONS	8
#define MAX_FILES	10

enum fill {
	DENSE,		/* every byte was written */
	HOLES,		/* one page of three, by a mapping */
	UNWRITTEN,	/* fallocated; only the first page was written */
	FILLS,
};

struct file {
	uint64_t token, size, pos, seed;
	enum fill fill;
	int seals;
	int fd;
};

struct session {
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	struct file files[MAX_FILES];
	int nr, fd;
};

extern struct session sessions[MAX_SESSIONS];
extern unsigned long long seed;
extern int nr_sessions;
extern int luo;			/* /dev/liveupdate */

/* Of what was preserved or verified. */
extern int nr_files;
extern uint64_t bytes;

void describe(void);
bool is_written(const struct file *f, uint64_t nr);
void page_of(const struct file *f, uint64_t nr, uint64_t *page);

void make_files(void);
void preserve_all(void);
bool drop(void);

bool verify(bool compare_seals);
bool gone(void);

int get_session(unsigned long request, const char *name);
void die(const char *what);

#endif /* GUEST_STATE_H */
