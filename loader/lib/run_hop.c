// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a run did to the state, for those who ask later. */
#include "lib/plan.h"
#include "lib/run_int.h"
#include "lib/verdict.h"

/* The engine's programs are those of the objects, in the same order. */
static size_t find_object(const struct luo_run *run, const struct luob_prog *prog)
{
	return prog - run->objects.progs;
}

/* Digest, verdict and losses of an object that is met for the first time. */
static int describe(const struct luo_run *run, const struct luob_prog *prog,
		    struct luo_hop_step *s)
{
	size_t at = find_object(run, prog);
	const struct luo_object *obj = run->objects.objects[at];
	const char *tag = NULL, *why;
	__u8 digest[LUO_DIGEST_SIZE];
	const void *bytes;
	char field[64];
	size_t size;
	int err = 0;

	bytes = luo_object__bytes(obj, &size);
	luo_digest__bytes(bytes, size, digest);
	luo_digest__text(digest, s->digest);
	s->verified = luo_objects__verified(&run->objects, at);
	while (!err && luo_object__loss(obj, &tag, field, sizeof(field), &why))
		err = luo_hop__add_loss(s, field, why);
	return err;
}

static int add_record(struct luo_run *run, const struct luob_record *rec)
{
	struct luo_hop_step *s;
	unsigned int i;
	int err = 0;

	for (i = 0; i < rec->nr_steps && !err; i++) {
		s = luo_hop__step(&run->res->hop, rec->steps[i]->name);
		if (!s)
			return -ENOMEM;
		if (!s->records++)
			err = describe(run, rec->steps[i], s);
	}
	return err;
}

/**
 * luo_run__hop - which objects have carried records, and what they lost
 * @run: a run whose records are all accepted; its result gets them
 *
 * Return: 0, -ENOMEM.
 */
int luo_run__hop(struct luo_run *run)
{
	struct luo_hop *hop = &run->res->hop;
	size_t i;
	int err = 0;

	snprintf(hop->from, sizeof(hop->from), "%s", run->res->from_release);
	snprintf(hop->to, sizeof(hop->to), "%s", run->res->to_release);
	for (i = 0; i < run->tx.nr_records && !err; i++)
		err = add_record(run, run->tx.records[i]);
	return err;
}
