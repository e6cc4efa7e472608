// SPDX-License-Identifier: GPL-2.0-only
/* luo-load kexec: check, arm, load the next kernel, and jump. */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/live.h"

#ifndef KEXEC_FILE_NO_INITRAMFS
#define KEXEC_FILE_NO_INITRAMFS 0x4
#endif

static const char usage[] =
	"Usage: luo-load kexec --target IMAGE [OPTIONS] [--exec] [OBJECT|DIR ...]\n"
	"\n"
	"Checks and rehearses the update, arms it, and loads the next kernel with\n"
	"kexec_file_load(2), the only way that hands state over. With --exec it jumps at\n"
	"once, without stopping services: systemctl kexec does that after a load. What was\n"
	"armed before is replaced, unless --armed says that it is what is wanted.\n"
	"\n"
	CMD_LIVE_USAGE
	"      --armed             only load, what is armed stays\n"
	"      --unchecked         arm without check and rehearsal\n"
	"      --exec              jump\n"
	"  -j, --json  -v, --verbose  -h, --help\n"
	"\n"
	"Exit: 0 loaded, 1 system error, 2 usage, 3 refused: nothing is armed, or the jump was\n"
	"      vetoed and every blocker is listed; 5 bad object,\n"
	"      6 an object is not proved right\n"
	"\n"
	"Example: luo-load kexec --target /boot/vmlinuz-7.3 --initrd /boot/initrd.img-7.3 \\\n"
	"                        --reuse-cmdline --exec\n";

static int load(const struct luo_live_opts *o)
{
	int kernel = open(o->image, O_RDONLY | O_CLOEXEC), initrd = -1, err = 0;
	unsigned long flags = o->initrd ? 0 : KEXEC_FILE_NO_INITRAMFS;
	const char *line = o->command_line ? o->command_line : "";

	if (kernel < 0)
		return cmd_error(LUO_EXIT_ERROR, o->image, "%s", strerror(errno));
	if (o->initrd)
		initrd = open(o->initrd, O_RDONLY | O_CLOEXEC);
	if (o->initrd && initrd < 0) {
		err = errno;
		close(kernel);
		return cmd_error(LUO_EXIT_ERROR, o->initrd, "%s", strerror(err));
	}
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(line) + 1, line, flags))
		err = errno;
	close(kernel);
	if (initrd >= 0)
		close(initrd);
	return err ? cmd_error(LUO_EXIT_ERROR, o->image, "kexec_file_load: %s", strerror(err)) :
		     LUO_EXIT_OK;
}

/* What the gate or the freeze found. */
static int print_veto(struct cmd_live *c, int err)
{
	enum luo_live_status status = LUO_LIVE_DONE;
	struct luo_live *l = &c->live;

	/* Nothing is used any more: only names are wanted. */
	c->opts.no_verify = true;
	if (!l->from)
		status = luo_live__open(l, &c->opts);
	if (!status)
		status = luo_live__results(l);

	cmd_live_publish("vetoed", l);
	if (!status && l->nr_blockers)
		return cmd_live_print(l, "kexec", LUO_LIVE_REFUSED);
	return cmd_error(LUO_EXIT_ERROR, "reboot", "%s: see luo-load status", strerror(err));
}

static int jump(struct cmd_live *c)
{
	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC,
		NULL);
	return print_veto(c, errno);
}

int cmd_kexec(int argc, char **argv)
{
	struct cmd_live c = {};
	int code = cmd_live_parse(argc, argv, usage, &c);

	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	if (!c.opts.image)
		return cmd_error(LUO_EXIT_USAGE, "kexec", "--target IMAGE is missing");
	if (!c.armed) {
		luo_module__disarm();
		code = cmd_live_arm(&c);
	}
	if (!code) {
		code = load(&c.opts);
		if (code)
			luo_live__undo(&c.live);
	}
	if (!code && c.exec)
		code = jump(&c);
	luo_live__close(&c.live);
	return code;
}
