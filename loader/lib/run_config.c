// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the operator knows about the target's configuration. Formats do not show
 * it, and it matters: a kernel without THP takes a state with large folios, and
 * corrupts them.
 */
#include "lib/run_int.h"

struct fact {
	const char *word;
	const char *option;
	const char *constant;	/* of objects, or NULL */
	size_t offset;		/* of the member of struct luo_run */
};

static const struct fact facts[] = {
	{ "thp", "CONFIG_TRANSPARENT_HUGEPAGE", "luo_config_thp", offsetof(struct luo_run, thp) },
	{ "deferred", "CONFIG_DEFERRED_STRUCT_PAGE_INIT", NULL,
	  offsetof(struct luo_run, deferred) },
};

#define NR_FACTS (sizeof(facts) / sizeof(facts[0]))

static enum luo_known *value(struct luo_run *run, const struct fact *f)
{
	return (enum luo_known *)((char *)run + f->offset);
}

static bool read_word(struct luo_run *run, const char *word)
{
	bool no = !strncmp(word, "no-", 3);
	size_t i;

	for (i = 0; i < NR_FACTS; i++) {
		if (strcmp(word + (no ? 3 : 0), facts[i].word))
			continue;
		*value(run, &facts[i]) = no ? LUO_NO : LUO_YES;
		return true;
	}
	return false;
}

/* A kernel's .config: what it does not set is off. */
static enum luo_run_status read_file(struct luo_run *run, const char *path)
{
	char line[1024];
	bool any = false;
	size_t i, n;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		return luo_run__fail(run, LUO_RUN_USAGE, path, "neither a word (thp, no-thp, "
							       "deferred, no-deferred) nor a "
							       "readable file: %s",
				     strerror(errno));
	for (i = 0; i < NR_FACTS; i++)
		*value(run, &facts[i]) = LUO_NO;
	while (fgets(line, sizeof(line), f)) {
		any |= !strncmp(line, "CONFIG_", 7) || !strncmp(line, "# CONFIG_", 9);
		for (i = 0; i < NR_FACTS; i++) {
			n = strlen(facts[i].option);
			if (!strncmp(line, facts[i].option, n) && !strncmp(line + n, "=y", 2))
				*value(run, &facts[i]) = LUO_YES;
		}
	}
	fclose(f);
	return any ? LUO_RUN_DONE :
		     luo_run__fail(run, LUO_RUN_USAGE, path, "not a kernel configuration");
}

/* Reads --target-config. Later words win. */
enum luo_run_status luo_run__config(struct luo_run *run)
{
	enum luo_run_status status = LUO_RUN_DONE;
	char *copy, *word, *save = NULL;

	run->thp = run->deferred = LUO_UNKNOWN;
	if (!run->opts->config)
		return LUO_RUN_DONE;
	copy = strdup(run->opts->config);
	if (!copy)
		return luo_run__no_memory(run);
	for (word = strtok_r(copy, ",", &save); word && !status; word = strtok_r(NULL, ",", &save))
		if (!read_word(run, word))
			status = read_file(run, word);
	free(copy);
	return status;
}

/* Tells the objects, before any of them runs. */
void luo_run__set_config(struct luo_run *run)
{
	size_t i, k;

	for (i = 0; i < run->objects.nr; i++)
		for (k = 0; k < NR_FACTS; k++)
			if (facts[k].constant)
				luo_object__set_config(run->objects.objects[i], facts[k].constant,
						       *value(run, &facts[k]));
}
