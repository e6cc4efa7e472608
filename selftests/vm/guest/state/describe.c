// SPDX-License-Identifier: GPL-2.0-only
/* What follows from the seed: sessions, files, contents. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "state.h"

struct session sessions[MAX_SESSIONS];
int nr_sessions;

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* The others are zeroes without ever having been touched. */
bool is_written(const struct file *f, uint64_t nr)
{
	return f->fill == DENSE || (f->fill == HOLES ? nr % 3 == 1 : !nr);
}

/* What file @f holds in page @nr. */
void page_of(const struct file *f, uint64_t nr, uint64_t *page)
{
	uint64_t state = f->seed ^ nr * 0x2545f4914f6cdd1d;
	int i;

	memset(page, 0, PAGE);
	if (!is_written(f, nr))
		return;
	for (i = 0; i < PAGE / 8; i++)
		page[i] = next(&state);
	/* Nothing is behind the end of a file but zeroes. */
	if ((nr + 1) * PAGE > f->size)
		memset((char *)page + f->size % PAGE, 0, PAGE - f->size % PAGE);
}

static void describe_file(struct file *f, uint64_t *rnd)
{
	static const uint64_t sizes[] = {
		0, 1, 100, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 16 * PAGE + 17, 512 * PAGE,
		MIB + 3, 2 * MIB + PAGE, 4 * MIB - 1,
	};
	static const int seals[] = {
		0, 0, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SHRINK | F_SEAL_GROW,
		F_SEAL_WRITE, F_SEAL_FUTURE_WRITE, F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
	};

	f->token = next(rnd);
	f->seed = next(rnd);
	f->size = sizes[next(rnd) % (sizeof(sizes) / sizeof(*sizes))];
	f->seals = seals[next(rnd) % (sizeof(seals) / sizeof(*seals))];
	f->fill = next(rnd) % FILLS;
	f->pos = next(rnd) % (f->size + 100);
}

void describe(void)
{
	uint64_t rnd = seed;
	int i, k, n;

	nr_sessions = 3 + next(&rnd) % (MAX_SESSIONS - 2);
	for (i = 0; i < nr_sessions; i++) {
		struct session *s = &sessions[i];

		n = snprintf(s->name, sizeof(s->name), "state-%llu-%d-", seed, i);
		/* The last one's name is as long as names can be. */
		for (k = i == nr_sessions - 1 ? sizeof(s->name) : n + next(&rnd) % 20;
		     n < k && n < (int)sizeof(s->name) - 1; n++)
			s->name[n] = 'a' + next(&rnd) % 26;
		s->name[n] = 0;
		/* One of them is empty. */
		s->nr = i == 1 ? 0 : 1 + next(&rnd) % MAX_FILES;
		for (k = 0; k < s->nr; k++)
			describe_file(&s->files[k], &rnd);
	}
}
