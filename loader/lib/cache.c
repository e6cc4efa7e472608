// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cache.h"

#define TEXT_MAX	512

/* Ours alone: nobody else may have written it. */
static bool is_ours(int fd, mode_t kind)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & S_IFMT) == kind && st.st_uid == geteuid() &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static int open_dir(const char *path)
{
	int fd;

	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (is_ours(fd, S_IFDIR))
		return fd;
	close(fd);
	return -EPERM;
}

/**
 * luo_cache__open - the directory of the cache, made when it is not there
 *
 * /var/cache/luo-bpf for root; $XDG_CACHE_HOME/luo-bpf or ~/.cache/luo-bpf for others.
 *
 * Return: a file descriptor, to be closed; a negative errno when there is none, or it
 * belongs to somebody else, or somebody else can write to it.
 */
int luo_cache__open(void)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char path[4096];
	int n;

	if (!geteuid())
		return open_dir(LUO_CACHE_DIR);
	if (base && base[0] == '/')
		n = snprintf(path, sizeof(path), "%s", base);
	else if (home && home[0] == '/')
		n = snprintf(path, sizeof(path), "%s/.cache", home);
	else
		return -ENOENT;
	if (n >= (int)sizeof(path) - 16)
		return -ENAMETOOLONG;
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	strcat(path, "/luo-bpf");
	return open_dir(path);
}

/* Whether the entry is there, ours, and says exactly @text. */
bool luo_cache__has(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t len = strlen(text);
	char have[TEXT_MAX];
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (is_ours(fd, S_IFREG))
		n = read(fd, have, sizeof(have));
	close(fd);
	return n >= 0 && (size_t)n == len && !memcmp(have, text, len);
}

/* Best effort: an entry that cannot be written is made again next time. */
void luo_cache__put(int dir, const char *name, const char *text)
{
	size_t len = strlen(text);
	char temporary[128];
	ssize_t n;
	int fd;

	snprintf(temporary, sizeof(temporary), "%.80s,new%d", name, getpid());
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	n = write(fd, text, len);
	close(fd);
	if (n < 0 || (size_t)n != len || renameat(dir, temporary, dir, name))
		unlinkat(dir, temporary, 0);
}
