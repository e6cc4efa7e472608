// SPDX-License-Identifier: GPL-2.0-only
/* luo-load arm, disarm: what the next kexec uses. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/live.h"

static const char usage[] =
	"Usage: luo-load arm --target IMAGE [OPTIONS] [OBJECT|DIR ...]\n"
	"       luo-load arm --to RELEASE [OBJECT|DIR ...]\n"
	"\n"
	"Loads the objects into the running kernel, attaches and pins them, hands the module\n"
	"what it needs to translate at the next kexec, rehearses it, and sets the memory\n"
	"aside that it took. With --target only that image, initrd and command line can be\n"
	"jumped into, loaded by kexec_file_load(2) after arming: luo-load kexec does both.\n"
	"\n"
	CMD_LIVE_USAGE
	"      --unchecked         arm without check and rehearsal: only the jump will tell\n"
	"  -j, --json  -v, --verbose  -h, --help\n"
	"\n"
	"Exit: 0 armed, 1 system error, 2 usage, 3 refused (nothing is armed), 5 bad object,\n"
	"      6 an object is not proved right\n"
	"\n"
	"Example: luo-load arm --target /boot/vmlinuz-7.3 --initrd /boot/initrd.img-7.3 \\\n"
	"                      --reuse-cmdline\n";

static const char disarm_usage[] =
	"Usage: luo-load disarm\n"
	"\n"
	"The next kexec happens as if the module were not there. Objects stay attached.\n"
	"\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 done, 1 system error, 2 usage, 3 not armed\n"
	"\n"
	"Example: luo-load disarm\n";

/* Arms, and keeps it only when a rehearsal finds nothing. Return: the exit code. */
int cmd_live_arm(struct cmd_live *c)
{
	enum luo_live_status status = luo_live__open(&c->live, &c->opts);

	if (!status && !c->unchecked)
		status = luo_live__check(&c->live);
	if (!status)
		status = luo_live__arm(&c->live);
	if (!status && !c->unchecked)
		status = luo_live__rehearse(&c->live);
	cmd_live_publish(status ? "no-go" : "armed", &c->live);
	if (status)
		luo_live__undo(&c->live);
	return cmd_live_print(&c->live, "armed", status);
}

int cmd_arm(int argc, char **argv)
{
	struct cmd_live c = {};
	int code = cmd_live_parse(argc, argv, usage, &c);

	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	code = cmd_live_arm(&c);
	luo_live__close(&c.live);
	return code;
}

int cmd_disarm(int argc, char **argv)
{
	struct luo_live none = {};
	int err;

	err = cmd_no_arguments(argc, argv, disarm_usage);
	if (err)
		return err < 0 ? LUO_EXIT_OK : err;
	err = luo_module__disarm();
	if (!err) {
		cmd_live_publish("not armed", &none);
		return LUO_EXIT_OK;
	}
	return cmd_error(err == -ENOENT ? LUO_EXIT_REFUSED : LUO_EXIT_ERROR, "disarm", "%s",
			 err == -ENOENT ? "not armed" : luo_module__strerror(err));
}
