// SPDX-License-Identifier: GPL-2.0-only
/*
 * devices WORD - each PCI device and its driver, as sysfs has them
 *
 * One line for each, in the order of their addresses: "WORD ADDRESS VENDOR:DEVICE DRIVER".
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYS	"/sys/bus/pci/devices"

static unsigned long number(const char *device, const char *name)
{
	char path[512], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), SYS "/%s/%s", device, name);
	f = fopen(path, "re");
	if (!f || !fgets(text, sizeof(text), f))
		fprintf(stderr, "devices: %s is not readable\n", path);
	if (f)
		fclose(f);
	return strtoul(text, NULL, 16);
}

static void print_driver(const char *device)
{
	char path[512], to[512];
	ssize_t n;

	snprintf(path, sizeof(path), SYS "/%s/driver", device);
	n = readlink(path, to, sizeof(to) - 1);
	to[n < 0 ? 0 : n] = 0;
	puts(n < 0 ? "-" : strrchr(to, '/') + 1);
}

int main(int argc, char **argv)
{
	struct dirent **list;
	int i, nr = argc == 2 ? scandir(SYS, &list, NULL, alphasort) : -1;

	if (nr < 0) {
		perror("devices WORD: " SYS);
		return 1;
	}
	for (i = 0; i < nr; i++) {
		if (list[i]->d_name[0] == '.')
			continue;
		printf("%s %s %04lx:%04lx ", argv[1], list[i]->d_name,
		       number(list[i]->d_name, "vendor"), number(list[i]->d_name, "device"));
		print_driver(list[i]->d_name);
	}
	return 0;
}
