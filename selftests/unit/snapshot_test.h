/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A directory for cores, and what is in them: for tests of reading and of writing. */
#ifndef SNAPSHOT_TEST_H
#define SNAPSHOT_TEST_H

#include <stdlib.h>
#include <unistd.h>

#include "lib/snapshot.h"
#include "../test.h"

#define PAGE		4096

static char dir[512];		/* of this run's files */
static char core_path[600];
static char msg[256];

static inline void fill(unsigned char *p, size_t len, unsigned int seed)
{
	while (len--)
		*p++ = 1 + (seed++ * 7) % 251;
}

static inline bool same(struct luo_snapshot *snap, __u64 pa, const void *want, size_t len)
{
	char *buf = malloc(len);
	bool ok = !luo_snapshot__read(snap, pa, buf, len) && !memcmp(buf, want, len);

	free(buf);
	return ok;
}

static inline void put(FILE *f, long off, const void *data, size_t len)
{
	if (!len)
		return;
	fseek(f, off, SEEK_SET);
	fwrite(data, len, 1, f);
}

static inline int dir_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/luo-snapshot-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		return -1;
	}
	snprintf(core_path, sizeof(core_path), "%s/t.core", dir);
	return 0;
}

static inline void dir_remove(void)
{
	unlink(core_path);
	rmdir(dir);
}

#endif /* SNAPSHOT_TEST_H */
