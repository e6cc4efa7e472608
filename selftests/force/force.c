// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Soundness by force: good objects with changed instructions, and programs at random. What
 * luo_verify() proves is run on records of all kinds under the monitor; one complaint is a
 * failure. A program's number and the seed make it again: --seed S --only N.
 */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "force.h"
#include "vm/insn.h"

#define CHUNK		4000U		/* programs of one process */
#define INSN_BUDGET	(1ULL << 18)
#define HANG		10		/* seconds for one program */

static struct {
	__u64 seed;
	__u64 only;
	__u64 count;		/* of programs that are proved; 0: as many as time allows */
	unsigned int duration;	/* seconds */
	unsigned int runs;	/* of each proved program */
	const char *keep;	/* directory for what fails */
	bool once;
	bool corpus;
	bool score;
	bool fuzz;
	bool verbose;
	const char *data;	/* captures */
	unsigned int every;	/* that many instructions one is changed */
} opts = { .seed = 1, .runs = 12, .every = 1, .keep = "." };

/* Shared between the processes. */
static struct totals {
	__u64 tried, proved, refused, unknown, rejected, failures;
	__u64 runs, carried, vetoes, replays, paths;
	__u64 now;		/* program that is being looked at */
	char what[200];
} *totals;

static double elapsed(void)
{
	static struct timespec start;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (!start.tv_sec)
		start = t;
	return t.tv_sec - start.tv_sec + (t.tv_nsec - start.tv_nsec) / 1e9;
}

int subject__open(struct subject *s, const char *path)
{
	const struct vm_call *calls;
	const struct bpf_insn *insns;
	char msg[512];
	size_t nr;

	calls = luo_engine__calls(&nr);
	if (luo_object__open(&s->obj, path, calls, nr, msg, sizeof(msg))) {
		fprintf(stderr, "%s: %s\n", path, msg);
		return -EINVAL;
	}
	insns = luo_object__insns(s->obj, &s->nr);
	s->insns = malloc(s->nr * sizeof(*insns));
	if (!s->insns)
		return -ENOMEM;
	memcpy(s->insns, insns, s->nr * sizeof(*insns));
	s->name = luo_object__prog(s->obj)->name;
	return 0;
}

void subject__free(struct subject *s)
{
	luo_object__free(s->obj);
	free(s->insns);
}

/* ---- one program ----------------------------------------------------------------------- */

static void show(const struct monitor_violation *v)
{
	printf("#   %s:%u: insn %u: %s: %s%s%s%s%s%s\n", v->file, v->line, v->insn,
	       verify_rule__name(v->rule), v->text, v->record[0] ? " (" : "", v->record,
	       v->field[0] ? " field " : "", v->field, v->record[0] ? ")" : "");
}

static void fail(const struct subject *sub, const struct old_state *s, const struct engine *e)
{
	const struct monitor_result *seen = monitor__result(e->monitor);
	char path[512];
	size_t i;

	totals->failures++;
	printf("not ok - %s is proved, and wrong: %s (seed %llu, program %llu)\n", sub->name,
	       totals->what, (unsigned long long)opts.seed, (unsigned long long)totals->now);
	for (i = 0; i < seen->nr && i < 4; i++)
		show(&seen->seen[i]);
	old__dump(s, sub->obj);
	snprintf(path, sizeof(path), "%s/force-%llu-%llu-%s.bpf.o", opts.keep,
		 (unsigned long long)opts.seed, (unsigned long long)totals->now, sub->name);
	if (!save_object(sub->obj, path))
		printf("#   saved: %s\n", path);
	fflush(stdout);
}

/* The same object, the state and the transaction, when a step is over. */
struct witness {
	const struct old_state *s;
	const struct luo_object *obj;
	const struct result *res;
	char text[200];
	bool ok;
};

static void compare_paths(void *priv, const struct luo_tx *tx)
{
	struct witness *w = priv;

	w->ok = paths_agree(w->s, w->obj, tx, w->res, w->text, sizeof(w->text));
}

/* Runs what was proved. Return: whether nobody complained. */
static bool run_proved(const struct subject *sub, struct old_state *s, const struct engine *e)
{
	const struct monitor_result *seen = monitor__result(e->monitor);
	struct result res;
	struct witness w = { .s = s, .obj = sub->obj, .res = &res, .ok = true };
	struct engine look = *e;
	unsigned int i;

	monitor__reset(e->monitor);
	look.priv = &w;
	for (i = 0; i < opts.runs; i++) {
		look.look = i % 8 ? NULL : compare_paths;
		if (!old__new(s, sub->obj))
			return true;
		old__run(s, sub->obj, &look, &res);
		totals->runs++;
		totals->paths += !!look.look;
		totals->carried += res.outcome == OUT_CARRIED;
		totals->vetoes += res.outcome == OUT_VETO;
		if (seen->nr || !w.ok) {
			totals->replays += seen->replays;
			fail(sub, s, e);
			if (!w.ok)
				printf("#   no path of the verifier is this run: %s\n", w.text);
			return false;
		}
	}
	totals->replays += seen->replays;
	return true;
}

/* Seconds of processor time from now on, 0 for no limit. */
static void watch(unsigned int seconds)
{
	struct itimerval t = { .it_value.tv_sec = seconds };

	setitimer(ITIMER_PROF, &t, NULL);
}

/* For a frame a program of its own, of another object its code with changes. */
static void make_program(const struct subject *sub, struct old_state *s, const struct engine *e,
			 struct bpf_insn *insns)
{
	size_t nr = 0;

	totals->what[0] = 0;
	if (!strncmp(sub->name, "frame_", 6)) {
		nr = generate(&s->rng, sub->obj, e->monitor, insns, sub->nr - 2);
		for (; nr && nr < sub->nr; nr++)
			insns[nr] = nr + 1 < sub->nr ? BPF_JMP_A(0) : BPF_EXIT_INSN();
		snprintf(totals->what, sizeof(totals->what), "generated");
		if (nr && rng__below(&s->rng, 4))
			return;
	}
	if (!nr)
		memcpy(insns, sub->insns, sub->nr * sizeof(*insns));
	mutate(&s->rng, sub->obj, insns, sub->nr, totals->what, sizeof(totals->what));
}

static bool try_program(struct subject *sub, struct old_state *s, const struct engine *e, __u64 nr)
{
	struct verify_result res;
	struct bpf_insn *insns;
	char msg[256];
	bool ok = true;
	int err;

	totals->now = nr;
	totals->tried++;
	rng__seed(&s->rng, opts.seed, nr);
	insns = malloc(sub->nr * sizeof(*insns));
	if (!insns)
		return false;
	make_program(sub, s, e, insns);
	err = luo_object__set_insns(sub->obj, insns, sub->nr, msg, sizeof(msg));
	free(insns);
	if (err) {
		totals->rejected++;
		return true;
	}
	watch(HANG);
	err = luo_verify(sub->obj, &res);
	watch(0);
	if (!err && res.verdict == VERIFY_PROVED) {
		totals->proved++;
		ok = run_proved(sub, s, e);
	} else {
		totals->refused += res.verdict == VERIFY_REFUSED;
		totals->unknown += res.verdict == VERIFY_UNKNOWN;
	}
	verify_result__free(&res);
	return ok;
}

/* The file stays when the verifier does not come back from it. */
static void try_file(const struct subject *sub, struct old_state *s, __u64 nr)
{
	char path[512];
	int verdict;

	totals->now = nr;
	totals->tried++;
	rng__seed(&s->rng, opts.seed, nr);
	snprintf(path, sizeof(path), "%s/fuzz-%d.bpf.o", opts.keep, (int)getpid());
	snprintf(totals->what, sizeof(totals->what), "saved: %.150s", path);
	watch(HANG);
	verdict = fuzz_once(&s->rng, sub->obj, path);
	watch(0);
	unlink(path);
	totals->rejected += verdict < 0;
	totals->proved += verdict == VERIFY_PROVED;
	totals->refused += verdict == VERIFY_REFUSED;
	totals->unknown += verdict == VERIFY_UNKNOWN;
}

/* ---- many ------------------------------------------------------------------------------ */

static bool enough(void)
{
	return (opts.duration && elapsed() > opts.duration) ||
	       (opts.count && totals->proved >= opts.count) || totals->failures > 20;
}

static int work(struct subject *subs, size_t nr, __u64 first, __u64 last)
{
	struct rlimit mem = { 1ULL << 30, 1ULL << 30 };
	struct engine e = { 0 };
	struct old_state s;
	__u64 i;

#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &mem);
#else
	(void)mem;
#endif
	e.monitor = monitor__new(INSN_BUDGET);
	if (!e.monitor || old__init(&s))
		return 1;
	s.few = true;
	for (i = first; i < last && !enough(); i++)
		if (opts.fuzz)
			try_file(&subs[i % nr], &s, i);
		else
			try_program(&subs[i % nr], &s, &e, i);
	old__free(&s);
	monitor__free(e.monitor);
	return 0;
}

/* A process per chunk: one that dies or hangs names its program. */
static bool chunk(struct subject *subs, size_t nr, __u64 first)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		exit(work(subs, nr, first, opts.once ? first + 1 : first + CHUNK));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (!status)
		return true;
	printf("not ok - the verifier or the monitor %s: %s, %s (seed %llu, program %llu)\n",
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF ? "took more than 10 s" :
	       "died", subs[totals->now % nr].name, totals->what, (unsigned long long)opts.seed,
	       (unsigned long long)totals->now);
	totals->failures++;
	return true;
}

static void report(void)
{
	printf("# seed %llu: %llu programs tried, %llu not valid, %llu refused, %llu unknown, "
	       "%llu proved\n", (unsigned long long)opts.seed, (unsigned long long)totals->tried,
	       (unsigned long long)totals->rejected, (unsigned long long)totals->refused,
	       (unsigned long long)totals->unknown, (unsigned long long)totals->proved);
	if (opts.fuzz)
		return;
	printf("# of these: %llu runs (%llu carried, %llu vetoes by the engine), %llu compared "
	       "with the verifier's paths, %llu replays, %.0f s\n",
	       (unsigned long long)totals->runs,
	       (unsigned long long)totals->carried, (unsigned long long)totals->vetoes,
	       (unsigned long long)totals->paths, (unsigned long long)totals->replays,
	       elapsed());
}

/* The objects as they are: what the monitor says of each. */
static int corpus(struct subject *subs, size_t nr)
{
	const struct monitor_result *seen;
	struct engine e = { .monitor = monitor__new(INSN_BUDGET) };
	struct result res;
	struct old_state s;
	unsigned int k;
	size_t i, n;

	if (!e.monitor || old__init(&s))
		return 1;
	seen = monitor__result(e.monitor);
	for (i = 0; i < nr; i++) {
		unsigned int carried = 0;

		rng__seed(&s.rng, opts.seed, i);
		monitor__reset(e.monitor);
		for (k = 0; k < opts.runs; k++) {
			if (!old__new(&s, subs[i].obj))
				break;
			old__run(&s, subs[i].obj, &e, &res);
			carried += res.outcome == OUT_CARRIED;
			if (seen->nr)
				break;
		}
		printf("%s: %s, %u of %u carried\n", subs[i].name, seen->nr ? "wrong" : "right",
		       carried, k);
		for (n = 0; n < seen->nr && n < 8; n++)
			show(&seen->seen[n]);
	}
	old__free(&s);
	monitor__free(e.monitor);
	return 0;
}

static const struct option options[] = {
	{ "seed", required_argument, NULL, 's' },
	{ "only", required_argument, NULL, 'o' },
	{ "count", required_argument, NULL, 'c' },
	{ "duration", required_argument, NULL, 'd' },
	{ "runs", required_argument, NULL, 'r' },
	{ "keep", required_argument, NULL, 'k' },
	{ "corpus", no_argument, NULL, 'C' },
	{ "score", no_argument, NULL, 'S' },
	{ "fuzz", no_argument, NULL, 'F' },
	{ "data", required_argument, NULL, 'D' },
	{ "every", required_argument, NULL, 'e' },
	{ "verbose", no_argument, NULL, 'v' },
	{ }
};

static int parse(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case 's': opts.seed = strtoull(optarg, NULL, 0); break;
		case 'o': opts.only = strtoull(optarg, NULL, 0); opts.once = true; break;
		case 'c': opts.count = strtoull(optarg, NULL, 0); break;
		case 'd': opts.duration = strtoul(optarg, NULL, 0); break;
		case 'r': opts.runs = strtoul(optarg, NULL, 0); break;
		case 'k': opts.keep = optarg; break;
		case 'C': opts.corpus = true; break;
		case 'S': opts.score = true; break;
		case 'F': opts.fuzz = true; break;
		case 'D': opts.data = optarg; break;
		case 'v': opts.verbose = true; break;
		case 'e': opts.every = strtoul(optarg, NULL, 0); break;
		default: return -1;
		}
	}
	return optind < argc && opts.every ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct subject *subs;
	size_t nr = 0;
	__u64 first;
	int err;

	if (parse(argc, argv)) {
		fprintf(stderr, "Usage: %s [--seed N] [--only N] [--count PROVED] [--duration S] "
				"[--runs N] [--keep DIR] [--corpus | --fuzz | --score "
				"[--data DIR] [--every N]] OBJECT ...\n", argv[0]);
		return 2;
	}
	elapsed();
	libbpf_set_print(NULL);
	subs = calloc(argc - optind, sizeof(*subs));
	totals = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	for (; optind < argc; optind++)
		if (subject__open(&subs[nr++], argv[optind]))
			return 1;
	if (opts.score) {
		err = score(subs, nr, opts.seed, opts.data, opts.every, opts.verbose) != 0;
	} else if (opts.corpus) {
		err = corpus(subs, nr);
	} else {
		for (first = opts.only; chunk(subs, nr, first) && !opts.once && !enough();
		     first += CHUNK)
			;
		report();
		err = totals->failures != 0;
	}
	while (nr)
		subject__free(&subs[--nr]);
	free(subs);
	return err;
}
