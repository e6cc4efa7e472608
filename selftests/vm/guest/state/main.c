// SPDX-License-Identifier: GPL-2.0-only
/*
 * state - live update state that follows from a seed
 *	state make SEED			creates sessions of memfds, keeps them in a child
 *	state verify SEED [--no-seals]	in the next kernel: compares, finishes
 *	state again SEED [--no-seals]	the same, and preserves the same files again
 *	state drop SEED			closes what make left open
 *	state gone SEED			in the next kernel: nothing of it may be there
 *
 * Sessions differ in number of files, files in size, holes, pages that were allocated but
 * never written, seals and position. Contents are computed anew for the comparison, so
 * nothing but the seed has to be known in the next kernel. The digest is over what was
 * found: the same in every kernel.
 *
 * F_SEAL_EXEC is never set: 7.1 to 7.3 restore such files write-sealed, whatever was
 * preserved. --no-seals is for who gets there without a translator that asks for the seals
 * of memfd-v1, which has none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "state.h"

unsigned long long seed;
int nr_files, luo;
uint64_t bytes;

void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

int get_session(unsigned long request, const char *name)
{
	struct liveupdate_ioctl_create_session arg = { .size = sizeof(arg) };

	strcpy((char *)arg.name, name);
	return ioctl(luo, request, &arg) ? -1 : arg.fd;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	bool seals = argc < 4 || strcmp(argv[3], "--no-seals");

	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
	describe();
	luo = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);
	if (luo < 0)
		die("/dev/liveupdate");

	if (!strcmp(what, "drop"))
		return !drop();
	if (!strcmp(what, "gone"))
		return !gone();
	if (!strcmp(what, "verify"))
		return !verify(seals);
	if (!strcmp(what, "make")) {
		make_files();
	} else if (strcmp(what, "again")) {
		fprintf(stderr, "usage: state make|verify|again|drop|gone SEED [--no-seals]\n");
		return 2;
	} else if (!verify(seals)) {
		return 1;
	}
	preserve_all();
	return 0;
}
