// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexecload - loads an image with kexec_load(2), which hands no state over
 *
 * The image is a page of HLT: if it is ever entered, the machine hangs and its test fails.
 */
#include <errno.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WHERE	(64UL << 20)	/* memory on each machine, and free for an image */

int main(void)
{
	static unsigned char page[4096];
	struct kexec_segment segment = {
		.buf = page, .bufsz = sizeof(page), .mem = (void *)WHERE, .memsz = sizeof(page),
	};

	memset(page, 0xf4, sizeof(page));
	if (syscall(SYS_kexec_load, WHERE, 1UL, &segment, KEXEC_ARCH_DEFAULT)) {
		fprintf(stderr, "kexecload: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
