// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/os.h"
#include "lib/label.h"
#include "lib/provenance.h"

/* Of a file that may be anybody's: no more than that is believed. */
#define STEPS_MAX	256
#define LOSSES_MAX	64

/* ---- making --------------------------------------------------------------------------- */

static struct luo_hop_step *find_step(struct luo_hop *hop, const char *object)
{
	size_t i;

	for (i = 0; i < hop->nr_steps; i++)
		if (!strcmp(hop->steps[i].object, object))
			return &hop->steps[i];
	return NULL;
}

/* The step of an object, a new one when there is none. Return: NULL for no memory. */
struct luo_hop_step *luo_hop__step(struct luo_hop *hop, const char *object)
{
	struct luo_hop_step *s = find_step(hop, object);

	if (s)
		return s;
	s = luob_grow(hop->steps, hop->nr_steps, &hop->cap_steps, sizeof(*s));
	if (!s)
		return NULL;
	hop->steps = s;
	s += hop->nr_steps++;
	memset(s, 0, sizeof(*s));
	snprintf(s->object, sizeof(s->object), "%s", object);
	luo_label__clean(s->object);
	return s;
}

/* Return: 0, -ENOMEM. */
int luo_hop__add_loss(struct luo_hop_step *s, const char *field, const char *why)
{
	struct luo_hop_loss *l;

	l = luob_grow(s->losses, s->nr_losses, &s->cap_losses, sizeof(*l));
	if (!l)
		return -ENOMEM;
	s->losses = l;
	l += s->nr_losses++;
	snprintf(l->field, sizeof(l->field), "%s", field);
	snprintf(l->why, sizeof(l->why), "%s", why);
	luo_label__clean(l->field);
	luo_label__clean(l->why);
	return 0;
}

void luo_hop__free(struct luo_hop *hop)
{
	size_t i;

	for (i = 0; i < hop->nr_steps; i++)
		free(hop->steps[i].losses);
	free(hop->steps);
	memset(hop, 0, sizeof(*hop));
}

/* ---- reading -------------------------------------------------------------------------- */

/* Words of a line; the last one is the rest of it. Return: whether they are all there. */
static bool split(char *text, char **words, size_t nr)
{
	char *save = NULL;
	size_t i;

	for (i = 0; i + 1 < nr; i++) {
		words[i] = strtok_r(i ? NULL : text, " ", &save);
		if (!words[i])
			return false;
	}
	words[i] = save;
	return *save;
}

static struct luo_hop *find_hop(struct luo_provenance *p, const char *number)
{
	unsigned long n = strtoul(number, NULL, 10);
	size_t i;

	for (i = 0; i < p->nr; i++)
		if (p->hops[i].number == n)
			return &p->hops[i];
	return NULL;
}

static int read_hop(struct luo_provenance *p, char *text)
{
	struct luo_hop *h;
	char *w[3];

	if (!split(text, w, 3) || p->nr == LUO_HOPS_MAX || find_hop(p, w[0]))
		return 0;
	h = luob_grow(p->hops, p->nr, &p->cap, sizeof(*h));
	if (!h)
		return -ENOMEM;
	p->hops = h;
	h += p->nr++;
	memset(h, 0, sizeof(*h));
	h->number = strtoul(w[0], NULL, 10);
	snprintf(h->from, sizeof(h->from), "%s", w[1]);
	snprintf(h->to, sizeof(h->to), "%s", w[2]);
	luo_label__clean(h->from);
	luo_label__clean(h->to);
	return 0;
}

static int read_step(struct luo_provenance *p, char *text)
{
	struct luo_hop_step *s;
	struct luo_hop *h;
	char *w[5];

	if (!split(text, w, 5))
		return 0;
	h = find_hop(p, w[0]);
	if (!h || h->nr_steps == STEPS_MAX)
		return 0;
	s = luo_hop__step(h, w[1]);
	if (!s)
		return -ENOMEM;
	snprintf(s->digest, sizeof(s->digest), "%s", w[2]);
	luo_label__clean(s->digest);
	s->records = strtoull(w[3], NULL, 10);
	s->verified = !strcmp(w[4], "proved");
	return 0;
}

static int read_loss(struct luo_provenance *p, char *text)
{
	struct luo_hop_step *s;
	struct luo_hop *h;
	char *w[4];

	if (!split(text, w, 4))
		return 0;
	h = find_hop(p, w[0]);
	s = h ? find_step(h, w[1]) : NULL;
	return !s || s->nr_losses == LOSSES_MAX ? 0 : luo_hop__add_loss(s, w[2], w[3]);
}

static int read_lines(struct luo_provenance *p, const struct luo_snapshot *snap, const char *key,
		      int (*read)(struct luo_provenance *p, char *text))
{
	const char *value = NULL;
	char text[512];
	int err = 0;

	while (!err && (value = luo_snapshot__next_note(snap, key, value))) {
		snprintf(text, sizeof(text), "%s", value);
		err = read(p, text);
	}
	return err;
}

/**
 * luo_provenance__read - what a snapshot says of the way of its state
 * @p: result; to be released, also after a failure
 * @snap: snapshot
 *
 * Lines that do not fit are passed over: they say something about the past, and nothing
 * depends on them. All texts can be printed.
 *
 * Return: 0, -ENOMEM.
 */
int luo_provenance__read(struct luo_provenance *p, const struct luo_snapshot *snap)
{
	const char *origin = luo_snapshot__note(snap, "ORIGIN");

	memset(p, 0, sizeof(*p));
	snprintf(p->origin, sizeof(p->origin), "%s", origin ? origin : "");
	luo_label__clean(p->origin);
	return read_lines(p, snap, "HOP", read_hop) ?: read_lines(p, snap, "STEP", read_step) ?:
	       read_lines(p, snap, "LOSS", read_loss);
}

void luo_provenance__free(struct luo_provenance *p)
{
	size_t i;

	for (i = 0; i < p->nr; i++)
		luo_hop__free(&p->hops[i]);
	free(p->hops);
	memset(p, 0, sizeof(*p));
}

/* ---- writing -------------------------------------------------------------------------- */

static void write_hop(const struct luo_hop *h, unsigned int number, FILE *f)
{
	size_t i, k;

	fprintf(f, "HOP=%u %s %s\n", number, h->from, h->to);
	for (i = 0; i < h->nr_steps; i++) {
		const struct luo_hop_step *s = &h->steps[i];

		fprintf(f, "STEP=%u %s %s %llu %s\n", number, s->object, s->digest,
			(unsigned long long)s->records, s->verified ? "proved" : "unproved");
		for (k = 0; k < s->nr_losses; k++)
			fprintf(f, "LOSS=%u %s %s %s\n", number, s->object, s->losses[k].field,
				s->losses[k].why);
	}
}

/**
 * luo_provenance__write - the lines of a way, with one hop more
 * @p: the way so far
 * @last: the hop; its number is that of its place
 * @f: where to
 *
 * Return: the number of the hop.
 */
int luo_provenance__write(const struct luo_provenance *p, const struct luo_hop *last, FILE *f)
{
	unsigned int number = p->nr ? p->hops[p->nr - 1].number + 1 : 1;
	size_t i, first = p->nr < LUO_HOPS_MAX ? 0 : p->nr - LUO_HOPS_MAX + 1;

	fprintf(f, "ORIGIN=%s\n", *p->origin ? p->origin : last->from);
	for (i = first; i < p->nr; i++)
		write_hop(&p->hops[i], p->hops[i].number, f);
	write_hop(last, number, f);
	return number;
}
