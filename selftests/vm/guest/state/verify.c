// SPDX-License-Identifier: GPL-2.0-only
/* Takes the sessions over in the next kernel and compares them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

#define WRITE_SEALS	(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

static uint64_t digest = 0xcbf29ce484222325;
static bool compare_seals;
static int same_seals;

static void digest_add(const void *p, size_t n)
{
	const unsigned char *c = p;

	while (n--)
		digest = (digest ^ *c++) * 0x100000001b3;
}

static bool bad(const struct file *f, const char *fmt, ...)
{
	va_list ap;

	printf("# file %#llx size %llu: ", (unsigned long long)f->token,
	       (unsigned long long)f->size);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

static bool same_contents(const struct file *f)
{
	uint64_t page[PAGE / 8], nr;
	bool same = true;
	char *map;

	if (!f->size)
		return true;
	map = mmap(NULL, f->size, PROT_READ, MAP_SHARED, f->fd, 0);
	if (map == MAP_FAILED)
		return bad(f, "mmap: %s", strerror(errno));
	for (nr = 0; nr * PAGE < f->size && same; nr++) {
		page_of(f, nr, page);
		/* The whole last page: nothing of the old kernel's may be behind the end. */
		same = !memcmp(map + nr * PAGE, page, PAGE);
		digest_add(map + nr * PAGE, PAGE);
	}
	munmap(map, f->size);
	return same || bad(f, "page %llu of kind %d differs", (unsigned long long)nr - 1, f->fill);
}

/* What seals are for: the file must refuse, and only what it has a seal against. */
static bool seals_work(const struct file *f, int seals)
{
	uint64_t page[PAGE / 8];
	bool refused;

	if (f->size) {
		page_of(f, 0, page);
		refused = pwrite(f->fd, page, 1, 0) < 0;
		if (refused != !!(seals & WRITE_SEALS))
			return bad(f, "seals 0x%x, write %s", seals,
				   refused ? "refused" : "allowed");
	}
	/* What can't shrink any more must not be grown by a test. */
	if ((seals & F_SEAL_SHRINK) && !(seals & F_SEAL_GROW))
		return true;
	refused = ftruncate(f->fd, f->size + 1) < 0;
	if (refused != !!(seals & F_SEAL_GROW))
		return bad(f, "seals 0x%x, growing %s", seals, refused ? "refused" : "allowed");
	return refused || !ftruncate(f->fd, f->size) || bad(f, "shrinking: %s", strerror(errno));
}

static bool verify_file(struct session *s, struct file *f)
{
	struct liveupdate_session_retrieve_fd arg = { .size = sizeof(arg), .token = f->token };
	struct stat st;
	int seals;
	off_t pos;

	if (ioctl(s->fd, LIVEUPDATE_SESSION_RETRIEVE_FD, &arg))
		return bad(f, "not retrieved: %s", strerror(errno));
	f->fd = arg.fd;
	nr_files++;
	bytes += f->size;
	if (fstat(f->fd, &st) || (uint64_t)st.st_size != f->size)
		return bad(f, "has %llu bytes", (unsigned long long)st.st_size);
	pos = lseek(f->fd, 0, SEEK_CUR);
	if ((uint64_t)pos != f->pos)
		return bad(f, "position %lld instead of %llu", (long long)pos,
			   (unsigned long long)f->pos);
	seals = fcntl(f->fd, F_GET_SEALS);
	if (seals < 0 || (compare_seals && seals != f->seals))
		return bad(f, "seals 0x%x instead of 0x%x", seals, f->seals);
	same_seals += seals == f->seals;
	if (compare_seals)
		digest_add(&seals, sizeof(seals));
	digest_add(&st.st_size, sizeof(st.st_size));
	digest_add(&pos, sizeof(pos));
	return same_contents(f) && seals_work(f, seals);
}

static bool verify_session(struct session *s)
{
	struct liveupdate_session_finish finish = { .size = sizeof(finish) };
	bool ok = true;
	int i;

	s->fd = get_session(LIVEUPDATE_IOCTL_RETRIEVE_SESSION, s->name);
	if (s->fd < 0) {
		printf("# session %s: %s\n", s->name, strerror(errno));
		return false;
	}
	for (i = 0; i < s->nr; i++)
		ok &= verify_file(s, &s->files[i]);
	if (ioctl(s->fd, LIVEUPDATE_SESSION_FINISH, &finish)) {
		printf("# session %s: LIVEUPDATE_SESSION_FINISH: %s\n", s->name, strerror(errno));
		ok = false;
	}
	close(s->fd);
	return ok;
}

bool verify(bool seals)
{
	bool ok = true;
	int i;

	compare_seals = seals;
	printf("1..1\n# compared: sessions, size, position, contents%s\n",
	       compare_seals ? ", seals" : "; not seals");
	for (i = 0; i < nr_sessions; i++)
		ok &= verify_session(&sessions[i]);
	if (!compare_seals)
		printf("# %d of %d files have the seals that were set\n", same_seals, nr_files);
	printf("%sok 1 - seed %llu: %d sessions, %d files, %llu bytes, digest %016llx\n",
	       ok ? "" : "not ", seed, nr_sessions, nr_files, (unsigned long long)bytes,
	       (unsigned long long)digest);
	return ok;
}

bool gone(void)
{
	bool ok = true;
	int i;

	for (i = 0; i < nr_sessions; i++)
		ok &= get_session(LIVEUPDATE_IOCTL_RETRIEVE_SESSION, sessions[i].name) < 0 &&
		      errno == ENOENT;
	printf("1..1\n%sok 1 - seed %llu: none of %d sessions is there\n", ok ? "" : "not ", seed,
	       nr_sessions);
	return ok;
}
