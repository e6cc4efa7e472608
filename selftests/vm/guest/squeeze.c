// SPDX-License-Identifier: GPL-2.0-only
/*
 * squeeze MIB - takes memory until only MIB are left, then asks for the jump
 *
 * The OOM killer does not choose it: who asks for more than there is has to do without.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STEP	(256UL << 10)

static long available_kib(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[100];
	long kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

static void take_all_but(long kib)
{
	while (available_kib() > kib) {
		char *p = mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			return;
		memset(p, 1, STEP);
	}
}

int main(int argc, char **argv)
{
	long mib = argc == 2 ? atol(argv[1]) : 0;
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (mib < 1 || fd < 0 || write(fd, "-1000", 5) != 5) {
		fprintf(stderr, "squeeze: MIB is missing, or this is not root\n");
		return 1;
	}
	close(fd);
	take_all_but(mib << 10);
	printf("# %ld KiB of memory are left\n", available_kib());
	fflush(stdout);
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	printf("not ok - jump with little memory: %s\n", strerror(errno));
	return 1;
}
