// SPDX-License-Identifier: GPL-2.0-only
/* luo-load kexec: load the next kernel, and jump when everything is armed. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/cmd.h"

#ifndef KEXEC_FILE_NO_INITRAMFS
#define KEXEC_FILE_NO_INITRAMFS 0x4
#endif

static const char usage[] =
	"Usage: luo-load kexec --target IMAGE [--initrd FILE] [--command-line "
	"TEXT|--reuse-cmdline] [--exec]\n"
	"\n"
	"Loads the next kernel with kexec_file_load(2), the only way that hands state over.\n"
	"With --exec it jumps at once, without stopping services: systemctl kexec does that\n"
	"after a load. The command line has to hold kho=on and liveupdate=on.\n"
	"\n"
	"Exit: 0 loaded, 1 system error (a veto too: luo-load status says why), 2 usage,\n"
	"      3 the command line does not switch live update on\n"
	"\n"
	"Example: luo-load kexec --target vmlinuz --initrd initrd.img \\\n"
	"                 --command-line \"root=/dev/vda1 kho=on liveupdate=on\"\n";

struct image {
	const char *kernel;
	const char *initrd;
	const char *command_line;
	char running[4096];	/* this kernel's, for --reuse-cmdline */
	bool exec;
};

static const struct option options[] = {
	{ "target", required_argument, NULL, 't' },
	{ "initrd", required_argument, NULL, 'i' },
	{ "command-line", required_argument, NULL, 'c' },
	{ "reuse-cmdline", no_argument, NULL, 'r' },
	{ "exec", no_argument, NULL, 'e' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static void reuse_command_line(struct image *im)
{
	FILE *f = fopen("/proc/cmdline", "re");

	if (f && fgets(im->running, sizeof(im->running), f)) {
		im->running[strcspn(im->running, "\n")] = 0;
		im->command_line = im->running;
	}
	if (f)
		fclose(f);
}

static int parse(int argc, char **argv, struct image *im)
{
	int c;

	while ((c = getopt_long(argc, argv, "t:i:c:rejh", options, NULL)) >= 0) {
		switch (c) {
		case 't': im->kernel = optarg; break;
		case 'i': im->initrd = optarg; break;
		case 'c': im->command_line = optarg; break;
		case 'r': reuse_command_line(im); break;
		case 'e': im->exec = true; break;
		case 'j': break;
		case 'h': fputs(usage, stdout); return -1;
		default: return LUO_EXIT_USAGE;
		}
	}
	return im->kernel ? 0 : cmd_error(LUO_EXIT_USAGE, "kexec", "--target IMAGE is missing");
}

/* A word of the command line. */
static bool has_word(const char *line, const char *word)
{
	size_t n = strlen(word);
	const char *p = line;

	while ((p = strstr(p, word))) {
		if ((p == line || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
		p += n;
	}
	return false;
}

static int load(const struct image *im)
{
	int kernel = open(im->kernel, O_RDONLY | O_CLOEXEC), initrd = -1;
	unsigned long flags = im->initrd ? 0 : KEXEC_FILE_NO_INITRAMFS;
	const char *line = im->command_line ? im->command_line : "";

	if (kernel < 0)
		return cmd_error(LUO_EXIT_ERROR, im->kernel, "%s", strerror(errno));
	if (im->initrd) {
		initrd = open(im->initrd, O_RDONLY | O_CLOEXEC);
		if (initrd < 0) {
			close(kernel);
			return cmd_error(LUO_EXIT_ERROR, im->initrd, "%s", strerror(errno));
		}
	}
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(line) + 1, line, flags)) {
		int err = errno;

		close(kernel);
		close(initrd);
		return cmd_error(LUO_EXIT_ERROR, im->kernel, "kexec_file_load: %s", strerror(err));
	}
	close(kernel);
	close(initrd);
	return LUO_EXIT_OK;
}

int cmd_kexec(int argc, char **argv)
{
	struct image im = {};
	int code = parse(argc, argv, &im);

	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	if (!im.command_line || !has_word(im.command_line, "kho=on") ||
	    !has_word(im.command_line, "liveupdate=on"))
		return cmd_error(LUO_EXIT_REFUSED, "kexec", "the command line lacks kho=on or "
							    "liveupdate=on: the next kernel "
							    "would lose the state");
	code = load(&im);
	if (code || !im.exec)
		return code;
	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	return cmd_error(LUO_EXIT_ERROR, "reboot", "%s: see luo-load status", strerror(errno));
}
