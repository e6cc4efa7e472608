// SPDX-License-Identifier: GPL-2.0-only
/*
 * twice PROGRAM [ARGUMENT...] - runs a program two times at once
 *
 * Exits with 0 if exactly one came to a good end and the other refused by itself.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int i, status, good = 0, refused = 0;

	if (argc < 2)
		return 2;
	for (i = 0; i < 2; i++) {
		if (!fork()) {
			execv(argv[1], argv + 1);
			_exit(127);
		}
	}
	while (wait(&status) > 0) {
		good += WIFEXITED(status) && !WEXITSTATUS(status);
		refused += WIFEXITED(status) && WEXITSTATUS(status) &&
			   WEXITSTATUS(status) < 126;
	}
	printf("%sok - two at once: %d done, %d refused\n",
	       good == 1 && refused == 1 ? "" : "not ", good, refused);
	return 0;
}
