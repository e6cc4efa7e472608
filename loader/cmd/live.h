/* SPDX-License-Identifier: GPL-2.0-only */
/* What check, arm and kexec share: the next kernel, and how records are shown. */
#ifndef LUO_CMD_LIVE_H
#define LUO_CMD_LIVE_H

#include "cmd/findings.h"
#include "lib/live.h"

struct cmd_live {
	struct luo_live_opts opts;
	struct luo_live live;
	char running[4096];	/* this kernel's command line, for --reuse-cmdline */
	bool rehearse;
	bool unchecked;
	bool armed;
	bool exec;
};

/* Options of that kind that a usage text lists. */
#define CMD_LIVE_USAGE								\
	"  -T, --target IMAGE      the next kernel: bzImage, vmlinux, or a profile of it\n" \
	"  -i, --initrd FILE       its initrd\n"					\
	"  -c, --command-line TEXT its command line; has to hold kho=on liveupdate=on\n" \
	"      --reuse-cmdline     the command line of this kernel\n"			\
	"  -t, --to RELEASE        6.19, 7.1, 7.2, 7.3 or a profile file, where the\n" \
	"                          structures in the image do not tell\n"		\
	"      --from PROFILE      what this kernel writes, where its release does not tell\n" \
	"      --target-config C   thp, no-thp, deferred, no-deferred, a kernel's config file\n" \
	"                          or image; several with commas; what stays unknown is\n" \
	"                          refused\n"						\
	"      --modules DIR       where the next kernel's modules are: their handlers count,\n" \
	"                          and DIR/config is read\n"				\
	CMD_LOSSES_USAGE								\
	CMD_NO_VERIFY_USAGE

int cmd_live_parse(int argc, char **argv, const char *usage, struct cmd_live *c);
int cmd_live_exit(const struct luo_live *l, enum luo_live_status status);
int cmd_live_print(const struct luo_live *l, const char *what, enum luo_live_status status);
int cmd_live_arm(struct cmd_live *c);
void cmd_live_publish(const char *state, const struct luo_live *l);

#endif /* LUO_CMD_LIVE_H */
