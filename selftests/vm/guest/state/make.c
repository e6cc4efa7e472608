// SPDX-License-Identifier: GPL-2.0-only
/* Makes the files, preserves them, and keeps the sessions open in a process of its own. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "state.h"

static void make_file(struct file *f)
{
	uint64_t page[PAGE / 8], nr;
	char *map;

	f->fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (f->fd < 0 || ftruncate(f->fd, f->size))
		die("memfd");
	if (f->fill == UNWRITTEN && f->size && fallocate(f->fd, 0, 0, f->size))
		die("fallocate");
	map = f->size ? mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0) : NULL;
	if (map == MAP_FAILED)
		die("mmap");
	for (nr = 0; nr * PAGE < f->size; nr++) {
		if (!is_written(f, nr))
			continue;
		page_of(f, nr, page);
		memcpy(map + nr * PAGE, page,
		       f->size - nr * PAGE < PAGE ? f->size - nr * PAGE : PAGE);
	}
	if (map)
		munmap(map, f->size);
	if (fcntl(f->fd, F_ADD_SEALS, f->seals))
		die("F_ADD_SEALS");
	if (lseek(f->fd, f->pos, SEEK_SET) < 0)
		die("lseek");
}

static void preserve(struct session *s)
{
	int i;

	s->fd = get_session(LIVEUPDATE_IOCTL_CREATE_SESSION, s->name);
	if (s->fd < 0)
		die(s->name);
	for (i = 0; i < s->nr; i++) {
		struct liveupdate_session_preserve_fd arg = {
			.size = sizeof(arg), .fd = s->files[i].fd, .token = s->files[i].token,
		};

		if (ioctl(s->fd, LIVEUPDATE_SESSION_PRESERVE_FD, &arg))
			die("LIVEUPDATE_SESSION_PRESERVE_FD");
		nr_files++;
		bytes += s->files[i].size;
		/* The session holds the file. */
		close(s->files[i].fd);
	}
}

/* Sessions live as long as somebody has them open. */
static void keep(void)
{
	char line[100], name[20];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "ShmemHugePages:", 15))
			printf("# %s", line);
	if (f)
		fclose(f);
	printf("# preserved %d sessions, %d files, %llu bytes\n", nr_sessions, nr_files,
	       (unsigned long long)bytes);
	fflush(stdout);
	/* Only one can have it open. */
	close(luo);
	if (fork())
		return;
	setsid();
	snprintf(name, sizeof(name), "state-%llu", seed);
	prctl(PR_SET_NAME, name);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	for (;;)
		pause();
}

void make_files(void)
{
	int i, k;

	for (i = 0; i < nr_sessions; i++)
		for (k = 0; k < sessions[i].nr; k++)
			make_file(&sessions[i].files[k]);
}

void preserve_all(void)
{
	int i;

	nr_files = bytes = 0;
	for (i = 0; i < nr_sessions; i++)
		preserve(&sessions[i]);
	keep();
}

/* Ends the process that keeps them. */
bool drop(void)
{
	struct dirent *d;
	DIR *proc = opendir("/proc");
	char path[300], comm[20] = "", name[20];
	bool found = false;
	FILE *f;

	snprintf(name, sizeof(name), "state-%llu\n", seed);
	while (proc && (d = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
		f = fopen(path, "re");
		if (f && fgets(comm, sizeof(comm), f) && !strcmp(comm, name))
			found = !kill(atoi(d->d_name), SIGKILL);
		if (f)
			fclose(f);
	}
	/* The sessions are closed when it is gone, and init waits for nobody's children. */
	sleep(1);
	return found;
}
