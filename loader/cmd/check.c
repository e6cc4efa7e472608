// SPDX-License-Identifier: GPL-2.0-only
/* luo-load check: would everything that is alive be carried to the next kernel? */
#include "cmd/check_fleet.h"
#include "cmd/cmd.h"
#include "cmd/live.h"

static const char usage[] =
	"Usage: luo-load check --target IMAGE [OPTIONS] [OBJECT|DIR ...]\n"
	"       luo-load check --snapshot --target KERNEL SNAPSHOT|DIR ...  (has its own help)\n"
	"\n"
	"Says of every live record whether it stays the same, what translates it, or what\n"
	"blocks it. Nothing is changed, frozen or kept: the records are judged by their\n"
	"formats. Objects: what is attached and the installed ones, unless some are named.\n"
	"\n"
	CMD_LIVE_USAGE
	"      --rehearse          freeze, translate, accept, and veto: contents too, and the\n"
	"                          authority. Sessions stay usable\n"
	"  -j, --json  -v, --verbose  -h, --help\n"
	"\n"
	"Exit: 0 go, 1 system error, 2 usage, 3 no-go (every blocker is listed), 5 bad object,\n"
	"      6 an object is not proved right\n"
	"\n"
	"Example: luo-load check --target /boot/vmlinuz-7.3 --reuse-cmdline --rehearse\n";

/* What is armed already is rehearsed as it is; else a temporary arming. */
static enum luo_live_status rehearse(struct luo_live *l)
{
	enum luo_live_status status = LUO_LIVE_DONE;
	struct luob_status s;
	bool armed;

	armed = !luo_module__status(&s) && s.state != LUOB_IDLE;
	if (!armed)
		status = luo_live__arm(l);
	if (!status)
		status = luo_live__rehearse(l);
	if (!armed)
		luo_live__undo(l);
	return status;
}

int cmd_check(int argc, char **argv)
{
	struct cmd_live c = {};
	enum luo_live_status status;
	int code;

	if (cmd_check_is_fleet(argc, argv))
		return cmd_check_fleet(argc, argv);
	code = cmd_live_parse(argc, argv, usage, &c);
	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	status = luo_live__open(&c.live, &c.opts);
	if (status) {
		code = cmd_live_exit(&c.live, status);
	} else {
		/* By format first: it lists what has no translator without freezing anything. */
		status = luo_live__check(&c.live);
		if (!status && c.rehearse)
			status = rehearse(&c.live);
		cmd_live_publish(status ? "no-go" : "go", &c.live);
		code = cmd_live_print(&c.live, c.rehearse ? "rehearsal" : "check", status);
	}
	luo_live__close(&c.live);
	return code;
}
