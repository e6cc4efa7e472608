// SPDX-License-Identifier: GPL-2.0-only
/*
 * crashload KERNEL INITRD - loads an image for kdump, which takes no part in an update
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const char cmdline[] = "console=ttyS0 panic=-1";
	int kernel = argc == 3 ? open(argv[1], O_RDONLY) : -1;
	int initrd = argc == 3 ? open(argv[2], O_RDONLY) : -1;

	if (kernel < 0 || initrd < 0 ||
	    syscall(SYS_kexec_file_load, kernel, initrd, sizeof(cmdline), cmdline,
		    KEXEC_FILE_ON_CRASH)) {
		fprintf(stderr, "crashload: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
