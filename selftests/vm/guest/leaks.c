// SPDX-License-Identifier: GPL-2.0-only
/*
 * leaks - asks kmemleak, and fails for what was allocated below this module, LUO or KHO
 *
 * Leaks of other parts of the kernel are told, not judged.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME	"/sys/kernel/debug/kmemleak"

static bool scan(void)
{
	int fd = open(FILE_NAME, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, "scan", 4) == 4;

	close(fd);
	return ok;
}

int main(void)
{
	static char object[16384];
	char line[300];
	int ours = 0, others = 0;
	bool more = true;
	FILE *f;

	/* What is young may still be on its way to where it belongs: it takes two, 5 s apart. */
	if (!scan() || sleep(6) || !scan()) {
		printf("not ok - kmemleak: %s\n", strerror(errno));
		return 1;
	}
	f = fopen(FILE_NAME, "re");
	while (f && more) {
		more = fgets(line, sizeof(line), f);
		if ((!more || !strncmp(line, "unreferenced", 12)) && *object) {
			bool mine = strstr(object, "luo") || strstr(object, "kho_");

			ours += mine;
			others += !mine;
			fprintf(stderr, "%s", object);
			*object = 0;
		}
		if (more && strlen(object) + strlen(line) < sizeof(object))
			strcat(object, line);
	}
	if (f)
		fclose(f);
	printf("%sok - kmemleak: %d of ours, %d others\n", ours ? "not " : "", ours, others);
	return 0;
}
