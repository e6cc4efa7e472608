// SPDX-License-Identifier: GPL-2.0-only
/*
 * vetoed COUNT [again] - asks COUNT times for the jump, which has to be refused each time
 *
 * Nothing is loaded or armed anew in between: what is left over from one veto would show in
 * the next ones, and what is not given back in the memory that is free. With "again" the
 * errno has to be EAGAIN, which LUO makes of whatever goes wrong behind its freeze.
 */
#include <errno.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long free_kib(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[100];
	long kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

int main(int argc, char **argv)
{
	int i, count = argc > 1 ? atoi(argv[1]) : 1;
	bool again = argc > 2 && !strcmp(argv[2], "again");
	long before = 0;

	/* The first one may leave caches behind. */
	for (i = 0; i < count; i++) {
		if (i == 1)
			before = free_kib();
		syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			LINUX_REBOOT_CMD_KEXEC, NULL);
		if (again ? errno != EAGAIN : errno != ECANCELED && errno != EINVAL)
			break;
	}
	if (i < count) {
		printf("not ok 1 - veto %d of %d: %s\n", i + 1, count, strerror(errno));
		return 1;
	}
	printf("ok 1 - %d vetoes: %s\n", count, strerror(errno));
	if (count > 1)
		printf("# free memory: %ld KiB, %ld KiB after %d vetoes\n", before, free_kib(),
		       count - 1);
	return 0;
}
