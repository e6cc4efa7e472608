// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth rehearse|jump - fails each allocation of a jump, one after the other
 *
 * Writes N to fail-nth for N = 1, 2, 3...: the Nth allocation of the call that follows fails,
 * see Documentation/fault-injection. The call has to come back, refused or not, with the
 * machine going on. A rehearsal also goes on behind a failure that is tolerated, up to where
 * nothing is left to fail; a jump ends with the first N that is not refused, in the next
 * kernel, so that nothing of it comes back here.
 *
 * The kernel has to be told before that allocations which may sleep are meant too:
 * failslab/ignore-gfp-wait, fail_page_alloc/{ignore-gfp-wait,min-order}.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/device.h"

#define MAX_N	5000

static int nth, dev, failures, last;

static int call(bool jump)
{
	if (!jump)
		return ioctl(dev, LUOB_IOC_REHEARSE);
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		       LINUX_REBOOT_CMD_KEXEC, NULL);
}

/* Return: the call's errno; @failed says whether there was an Nth allocation. */
static int with_failure(int n, bool jump, bool *failed)
{
	char text[20];
	int err;

	pwrite(nth, text, sprintf(text, "%d", n), 0);
	err = call(jump) ? errno : 0;
	text[pread(nth, text, sizeof(text) - 1, 0)] = 0;
	*failed = !atoi(text);
	pwrite(nth, "0", 1, 0);
	if (!*failed)
		return err;
	failures += err && err != ENOMEM && err != ECANCELED && err != EAGAIN;
	if (err != last)
		printf("# %s, allocation %d and the next: %s\n", jump ? "jump" : "rehearsal", n,
		       strerror(err));
	last = err;
	return err;
}

int main(int argc, char **argv)
{
	bool jump = argc > 1 && !strcmp(argv[1], "jump"), failed = true;
	int n, err = 0, refused = 0;

	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	dev = open("/dev/" LUOB_DEVICE_NAME, O_RDWR | O_CLOEXEC);
	if (nth < 0 || dev < 0) {
		printf("Bail out! fail-nth or %s: %s\n", LUOB_DEVICE_NAME, strerror(errno));
		return 1;
	}
	for (n = 1; n < MAX_N && failed; n++) {
		err = with_failure(n, jump, &failed);
		refused += failed && err;
	}
	/* Nothing was left to fail: what came back is the call's own answer. */
	if (failed || err)
		printf("not ok 1 - without a failure, at %d: %s\n", n - 1, strerror(err));
	else
		printf("%sok 1 - the failures of %d of %d allocations are refusals\n",
		       failures ? "not " : "", refused, n - 2);
	return 0;
}
