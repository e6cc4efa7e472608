/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel needs for luo_bpf.ko, looked up in files, without asking the module. */
#ifndef LUO_CMD_DOCTOR_H
#define LUO_CMD_DOCTOR_H

#include "lib/image.h"
#include "lib/kconfig.h"

/**
 * struct doctor_fact - one thing that is there or not
 * @name:	"CONFIG_LIVEUPDATE"
 * @state:	LUOB_UNKNOWN when nothing that could be read tells
 * @needed:	without it nothing is armed; else it is only good to know
 * @found:	what tells
 * @next:	what to do when it is not there
 */
struct doctor_fact {
	char name[48];
	enum luob_known state;
	bool needed;
	char found[280];
	char next[280];
};

/**
 * struct doctor - what was found
 * @root:	"" for this machine, or a directory with copies of its /proc, /sys, /lib ..
 * @release:	as uname -r says
 * @config:	its configuration, from @config_from, or nothing
 * @symbols:	all of kallsyms, or nothing
 * @err:	-ENOMEM
 */
struct doctor {
	const char *root;
	char release[80];
	struct luo_image_bytes config;
	char config_from[256];
	struct luo_image_bytes symbols;
	struct doctor_fact *facts;
	size_t nr;
	size_t cap;
	int err;
};

int doctor__look(struct doctor *d, const char *root);
void doctor__free(struct doctor *d);

/* For the parts of it. */
void doctor__say(struct doctor *d, const char *name, enum luob_known state, bool needed,
		 const char *next, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
int doctor__read(const struct doctor *d, const char *path, struct luo_image_bytes *b);
bool doctor__has(const struct doctor *d, const char *path);
enum luob_known doctor__symbol(const struct doctor *d, const char *name);
void doctor__kernel(struct doctor *d);

#endif /* LUO_CMD_DOCTOR_H */
