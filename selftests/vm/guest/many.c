// SPDX-License-Identifier: GPL-2.0-only
/*
 * many FILES [PAGES]: preserves FILES memfds of PAGES pages (1), 128 to a session, which is
 * what 6.19 and 7.1 can hold, and keeps them in a child.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/liveupdate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PER_SESSION	128

static void die(const char *what)
{
	printf("Bail out! many: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int new_session(int dev, long nr)
{
	struct liveupdate_ioctl_create_session c = { .size = sizeof(c) };

	snprintf((char *)c.name, sizeof(c.name), "many-%ld", nr);
	if (ioctl(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, &c))
		die("session");
	return c.fd;
}

static void add_file(int session, long token, long pages)
{
	struct liveupdate_session_preserve_fd p = { .size = sizeof(p), .token = token };
	int fd = memfd_create("many", MFD_CLOEXEC);

	if (fd < 0 || fallocate(fd, 0, 0, pages * 4096))
		die("memfd");
	p.fd = fd;
	if (ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &p))
		die("preserve");
	close(fd);	/* the session has it */
}

int main(int argc, char **argv)
{
	long files = argc > 1 ? atol(argv[1]) : 0, pages = argc > 2 ? atol(argv[2]) : 1, i;
	struct rlimit lim = { 1 << 20, 1 << 20 };
	int dev = open("/dev/liveupdate", O_RDWR | O_CLOEXEC), session = -1;

	setrlimit(RLIMIT_NOFILE, &lim);
	if (dev < 0 || files < 1 || pages < 1)
		die("/dev/liveupdate");
	for (i = 0; i < files; i++) {
		if (i % PER_SESSION == 0)
			session = new_session(dev, i / PER_SESSION);
		add_file(session, i, pages);
	}
	if (fork())
		return 0;
	pause();
	return 0;
}
