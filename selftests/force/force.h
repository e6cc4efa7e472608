/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The verifier against programs that really run:
 *
 *	state.c		records at random, in a memory of their own, and steps on them
 *	mutate.c	changes to instructions	generate.c	programs at random
 *	paths.c		paths of the verifier against a run
 *	save.c		an object with changed code as a file
 *	force.c		what is proved must not make the monitor complain
 *	fuzz.c		damaged files: no crash, no hang, no more than 1 GiB
 *	score.c		what changes behaviour must not be proved
 */
#ifndef TEST_FORCE_H
#define TEST_FORCE_H

#include "lib/engine.h"
#include "lib/object.h"
#include "monitor/monitor.h"

struct rng {
	__u64 s;
};

__u64 rng__next(struct rng *r);
void rng__seed(struct rng *r, __u64 seed, __u64 nr);

/* A number below @n. */
static inline __u64 rng__below(struct rng *r, __u64 n)
{
	return n ? rng__next(r) % n : 0;
}

/* Old memory: pages in a row; what the step makes comes behind them. */
#define STATE_PA	0x10000000ULL
#define STATE_PAGES	512U

struct state_range {
	__u64 pa;
	unsigned int order;
};

struct old_state {
	struct rng rng;
	__u8 *mem;
	__u32 used;		/* pages */
	__u8 *fresh;
	__u32 fresh_used;
	struct state_range *ranges;
	size_t nr_ranges, cap_ranges;
	__u64 self;		/* address of the record */
	__u64 arg;
	__u64 answer;
	bool has_answer;
	bool few;		/* small containers only */
	unsigned int style;	/* of numbers */
};

int old__init(struct old_state *s);
void old__free(struct old_state *s);
bool old__new(struct old_state *s, const struct luo_object *obj);

/* What became of a step. */
enum outcome {
	OUT_CARRIED,
	OUT_REFUSED,		/* by the program */
	OUT_VETO,		/* by the engine */
};

struct result {
	enum outcome outcome;
	bool failed;		/* a call failed, or the program was stopped */
	char rule[48];		/* of the first blocker */
	char text[200];
	__u64 print;		/* of all that was made */
	__u64 refusals;		/* of what was refused */
};

struct engine {
	struct vm *vm;
	struct monitor *monitor;
	__u8 *made;		/* the new record, if somebody wants it */
	size_t made_size;
	void (*look)(void *priv, const struct luo_tx *tx);
	void *priv;
};

void old__run(struct old_state *s, struct luo_object *obj, const struct engine *e,
		struct result *res);
void old__dump(const struct old_state *s, const struct luo_object *obj);

/* mutate.c: changes @insns at random, returns what it did in words */
void mutate(struct rng *r, const struct luo_object *obj, struct bpf_insn *insns, size_t nr,
	    char *text, size_t size);

/* generate.c: a program for the layouts of @obj; returns its length */
size_t generate(struct rng *r, const struct luo_object *obj, struct monitor *m,
		struct bpf_insn *insns, size_t max);

/* paths.c: was the run one of the verifier's paths? Otherwise says what is not */
bool paths_agree(const struct old_state *s, const struct luo_object *obj, const struct luo_tx *tx,
		 const struct result *res, char *text, size_t size);

/* save.c */
int save_object(const struct luo_object *obj, const char *path);

/* An object and its own code. */
struct subject {
	struct luo_object *obj;
	struct bpf_insn *insns;
	size_t nr;
	const char *name;
};

int subject__open(struct subject *s, const char *path);
void subject__free(struct subject *s);

/* fuzz.c: a damaged copy of an object, at @path */
int fuzz_once(struct rng *r, const struct luo_object *obj, const char *path);

/* score.c */
int score(struct subject *subs, size_t nr, __u64 seed, const char *data, unsigned int every,
	  bool verbose);

#endif /* TEST_FORCE_H */
