// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-load check --snapshot: would the states in many snapshots be carried? One process for
 * each, as many at a time as there are processors: whatever a file does to the one that
 * reads it, the others go on.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/check_fleet.h"
#include "cmd/cmd.h"
#include "lib/run.h"

#define MAX_OBJECTS	32
#define MAX_JOBS	256
#define SUFFIX		".core"

static const char usage[] =
	"Usage: luo-load check --snapshot --target KERNEL [OPTIONS] SNAPSHOT|DIR ...\n"
	"\n"
	"Says of each snapshot whether its state would be carried to the next kernel, without\n"
	"writing anything: translators and acceptors run, as in luo-load run --dry-run. DIR\n"
	"stands for the files *.core in it. A file that can't be read or is damaged does not\n"
	"stop the others.\n"
	"\n"
	"  -T, --target KERNEL     image, profile or release\n"
	"  -O, --objects PATH      objects, before the installed ones; may be repeated\n"
	"      --target-config C   as for luo-load run\n"
	"      --no-verify         use objects that are not proved right, too\n"
	"      --losses LIST       as for luo-load run\n"
	"  -J, --jobs N            at a time (default: one per processor)\n"
	"  -j, --json              one line for each, then a line with \"summary\"\n"
	"  -h, --help\n"
	"\n"
	"Exit: 0 all go, 1 some could not be judged, 2 usage, 3 some are no-go, 5 bad object,\n"
	"6 an object is not proved right\n"
	"\n"
	"Example: luo-load check --snapshot --target 7.3.profile -j states/ >verdicts.json\n";

/**
 * struct job - one snapshot
 * @path:	of it
 * @pid:	of the process at work, 0 before
 * @out:	what that says, a file in memory
 * @code:	its exit code
 * @done:	it has ended
 */
struct job {
	char *path;
	pid_t pid;
	int out;
	int code;
	bool done;
};

struct fleet {
	struct luo_run_opts opts;
	const char *objects[MAX_OBJECTS];
	struct job *jobs;
	size_t nr;
	size_t started;
	size_t printed;
	unsigned int running;
	unsigned int limit;
	size_t go, no_go, failed;
	int fatal;		/* exit code of what concerns all of them */
};

/* ---- one snapshot, in its own process ------------------------------------------------- */

static void add(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static struct json_object *json_blockers(const struct luo_run_result *res)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < res->nr_blockers; i++) {
		const struct luo_run_blocker *b = &res->blockers[i];

		o = json_object_new_object();
		add(o, "rule", b->rule);
		add(o, "record", b->record);
		add(o, "field", b->field);
		if (b->has_value)
			json_object_object_add(o, "value", json_object_new_uint64(b->value));
		add(o, "text", b->text);
		json_object_array_add(list, o);
	}
	return list;
}

static void put_json(FILE *f, const char *path, const struct luo_run_result *res, int code)
{
	struct json_object *o = json_object_new_object(), *list;
	size_t i;

	add(o, "snapshot", path);
	add(o, "result", !code ? "go" : code == LUO_EXIT_REFUSED ? "no-go" : "error");
	json_object_object_add(o, "exit", json_object_new_int(code));
	add(o, "from", res->from_release);
	add(o, "to", res->to_release);
	json_object_object_add(o, "sessions", json_object_new_uint64(res->sessions));
	json_object_object_add(o, "files", json_object_new_uint64(res->files));
	json_object_object_add(o, "blockers", json_blockers(res));
	list = json_object_new_array();
	for (i = 0; i < res->nr_warnings; i++)
		json_object_array_add(list, json_object_new_string(res->warnings[i]));
	json_object_object_add(o, "warnings", list);
	if (*res->msg)
		add(o, "error", res->msg);
	fprintf(f, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static void put_text(FILE *f, const char *path, const struct luo_run_result *res, int code)
{
	size_t i;

	if (!code) {
		fprintf(f, "%sgo%s     %s: %s -> %s, %llu sessions, %llu files%s\n",
			cmd_style(CMD_GOOD), cmd_style(CMD_PLAIN), path, res->from_release,
			res->to_release, (unsigned long long)res->sessions,
			(unsigned long long)res->files, res->nr_warnings ? "; warnings:" : "");
		for (i = 0; i < res->nr_warnings; i++)
			fprintf(f, "       %s\n", res->warnings[i]);
		return;
	}
	fprintf(f, "%s%s%s  %s: ", cmd_style(CMD_BAD),
		code == LUO_EXIT_REFUSED ? "no-go" : "error", cmd_style(CMD_PLAIN), path);
	for (i = 0; i < res->nr_blockers && i < 3; i++)
		fprintf(f, "%s%s%s%s", i ? "; " : "", res->blockers[i].rule,
			*res->blockers[i].record ? " " : "", res->blockers[i].record);
	if (res->nr_blockers > 3)
		fprintf(f, "; %zu more", res->nr_blockers - 3);
	fprintf(f, "%s\n", *res->msg ? res->msg : "");
}

static int code_of(const struct luo_run_result *res)
{
	switch (res->status) {
	case LUO_RUN_DONE:	return LUO_EXIT_OK;
	case LUO_RUN_REFUSED:	return LUO_EXIT_REFUSED;
	case LUO_RUN_OBJECT:	return LUO_EXIT_OBJECT;
	case LUO_RUN_UNPROVED:	return LUO_EXIT_UNPROVED;
	case LUO_RUN_USAGE:	return LUO_EXIT_USAGE;
	default:		return LUO_EXIT_ERROR;
	}
}

/* What is wrong with the target or an object is said once, by the parent. */
static int work(const struct fleet *fl, const struct job *job)
{
	struct luo_run_opts opts = fl->opts;
	struct luo_run_result res;
	FILE *f = fdopen(dup(job->out), "w");
	int code;

	opts.input = job->path;
	luo_run(&opts, &res);
	code = code_of(&res);
	if (!f)
		return LUO_EXIT_ERROR;
	if (code == LUO_EXIT_UNPROVED)
		fprintf(f, "an object is not proved right: luo-load verify says why, --no-verify "
			   "uses it");
	else if (code == LUO_EXIT_USAGE || code == LUO_EXIT_OBJECT)
		fprintf(f, "%s: %s", res.subject, res.msg);
	else if (cmd_opts.json)
		put_json(f, job->path, &res, code);
	else
		put_text(f, job->path, &res, code);
	luo_run_result__free(&res);
	return fclose(f) ? LUO_EXIT_ERROR : code;
}

/* ---- all of them ---------------------------------------------------------------------- */

static int start(struct fleet *fl)
{
	struct job *job = &fl->jobs[fl->started];

	fflush(stdout);
	job->out = memfd_create("verdict", MFD_CLOEXEC);
	job->pid = job->out < 0 ? -1 : fork();
	if (job->pid < 0)
		return -errno;
	if (!job->pid)
		_exit(work(fl, job));
	fl->started++;
	fl->running++;
	return 0;
}

/* A process that died said nothing: the parent does. */
static void put_death(const struct job *job, int sig)
{
	struct luo_run_result res = {};

	snprintf(res.msg, sizeof(res.msg), "the process that read it died of signal %d", sig);
	if (cmd_opts.json)
		put_json(stdout, job->path, &res, LUO_EXIT_ERROR);
	else
		put_text(stdout, job->path, &res, LUO_EXIT_ERROR);
}

static void copy_out(const struct job *job, char *first, size_t size)
{
	char buf[4096];
	off_t off = 0;
	ssize_t n;

	while ((n = pread(job->out, buf, sizeof(buf), off)) > 0) {
		if (first && !off)
			snprintf(first, size, "%.*s", (int)n, buf);
		else if (!first)
			fwrite(buf, 1, n, stdout);
		off += n;
	}
}

static void print_one(struct fleet *fl, struct job *job)
{
	char msg[1024] = "";

	if (WIFSIGNALED(job->code)) {
		fl->failed++;
		put_death(job, WTERMSIG(job->code));
		return;
	}
	switch (WEXITSTATUS(job->code)) {
	case LUO_EXIT_OK:
		fl->go++;
		break;
	case LUO_EXIT_REFUSED:
		fl->no_go++;
		break;
	case LUO_EXIT_USAGE:
	case LUO_EXIT_OBJECT:
	case LUO_EXIT_UNPROVED:
		if (!fl->fatal) {
			copy_out(job, msg, sizeof(msg));
			fl->fatal = cmd_error(WEXITSTATUS(job->code), NULL, "%s", msg);
		}
		return;
	default:
		fl->failed++;
	}
	copy_out(job, NULL, 0);
}

/* In the order in which they were named, whoever ends first. */
static void print_ready(struct fleet *fl)
{
	for (; fl->printed < fl->nr && fl->jobs[fl->printed].done; fl->printed++) {
		print_one(fl, &fl->jobs[fl->printed]);
		close(fl->jobs[fl->printed].out);
	}
}

static void reap(struct fleet *fl)
{
	size_t i;
	int code;
	pid_t pid;

	do
		pid = waitpid(-1, &code, 0);
	while (pid < 0 && errno == EINTR);
	for (i = fl->printed; i < fl->started; i++) {
		if (fl->jobs[i].pid != pid || fl->jobs[i].done)
			continue;
		fl->jobs[i].done = true;
		fl->jobs[i].code = code;
		fl->running--;
	}
	print_ready(fl);
}

static int run_all(struct fleet *fl)
{
	int err = 0;

	/* One that takes long does not make the others pile up behind it. */
	while (!err && !fl->fatal && fl->started < fl->nr) {
		if (fl->running < fl->limit && fl->started - fl->printed < 4 * MAX_JOBS)
			err = start(fl);
		else
			reap(fl);
	}
	while (fl->running)
		reap(fl);
	return err ? cmd_error(LUO_EXIT_ERROR, "check", "%s", strerror(-err)) : fl->fatal;
}

static void print_summary(const struct fleet *fl, double seconds)
{
	struct json_object *o;

	if (!cmd_opts.json) {
		printf("%zu snapshots: %zu go, %zu no-go, %zu could not be judged; %.2f s\n",
		       fl->nr, fl->go, fl->no_go, fl->failed, seconds);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "summary", json_object_new_boolean(true));
	json_object_object_add(o, "snapshots", json_object_new_uint64(fl->nr));
	json_object_object_add(o, "go", json_object_new_uint64(fl->go));
	json_object_object_add(o, "no_go", json_object_new_uint64(fl->no_go));
	json_object_object_add(o, "errors", json_object_new_uint64(fl->failed));
	json_object_object_add(o, "seconds", json_object_new_double(seconds));
	printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

/* ---- arguments ------------------------------------------------------------------------ */

static int add_job(struct fleet *fl, size_t *cap, const char *dir, const char *name)
{
	struct job *list = fl->jobs;

	if (fl->nr == *cap) {
		*cap = *cap ? *cap * 2 : 64;
		list = realloc(list, *cap * sizeof(*list));
		if (!list)
			return -ENOMEM;
		fl->jobs = list;
	}
	memset(&list[fl->nr], 0, sizeof(*list));
	if (asprintf(&list[fl->nr].path, "%s%s%s", dir ? dir : "", dir ? "/" : "", name) < 0)
		return -ENOMEM;
	fl->nr++;
	return 0;
}

static int is_core(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > strlen(SUFFIX) && !strcmp(d->d_name + n - strlen(SUFFIX), SUFFIX);
}

static int add_dir(struct fleet *fl, size_t *cap, const char *dir)
{
	struct dirent **names;
	int nr = scandir(dir, &names, is_core, alphasort), i, err = 0;

	if (nr < 0)
		return -errno;
	for (i = 0; i < nr; i++) {
		if (!err)
			err = add_job(fl, cap, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return err;
}

static int add_all(struct fleet *fl, char **names, int nr)
{
	size_t cap = 0;
	struct stat st;
	int i, err = 0;

	for (i = 0; i < nr && !err; i++) {
		if (!stat(names[i], &st) && S_ISDIR(st.st_mode))
			err = add_dir(fl, &cap, names[i]);
		else
			err = add_job(fl, &cap, NULL, names[i]);
		if (err)
			return cmd_error(LUO_EXIT_ERROR, names[i], "%s", strerror(-err));
	}
	return fl->nr ? 0 : cmd_error(LUO_EXIT_USAGE, "check", "no snapshots; see luo-load check "
							       "--snapshot --help");
}

enum { OPT_SNAPSHOT = 256, OPT_CONFIG, OPT_NO_VERIFY, OPT_LOSSES };

static const struct option options[] = {
	{ "snapshot", no_argument, NULL, OPT_SNAPSHOT },
	{ "target", required_argument, NULL, 'T' },
	{ "objects", required_argument, NULL, 'O' },
	{ "target-config", required_argument, NULL, OPT_CONFIG },
	{ "no-verify", no_argument, NULL, OPT_NO_VERIFY },
	{ "losses", required_argument, NULL, OPT_LOSSES },
	{ "jobs", required_argument, NULL, 'J' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int read_jobs(struct fleet *fl, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !n || n > MAX_JOBS)
		return cmd_error(LUO_EXIT_USAGE, "--jobs", "'%s' is no number from 1 to %d", text,
				 MAX_JOBS);
	fl->limit = n;
	return 0;
}

static int parse(int argc, char **argv, struct fleet *fl)
{
	int c;

	while ((c = getopt_long(argc, argv, ":T:O:J:jh", options, NULL)) >= 0) {
		switch (c) {
		case OPT_SNAPSHOT: break;
		case 'T': fl->opts.to = optarg; break;
		case 'O':
			if (fl->opts.nr_objects == MAX_OBJECTS)
				return cmd_error(LUO_EXIT_USAGE, "check", "more than %d times "
						 "--objects", MAX_OBJECTS);
			fl->objects[fl->opts.nr_objects++] = optarg;
			break;
		case OPT_NO_VERIFY: fl->opts.no_verify = true; break;
		case OPT_LOSSES: fl->opts.losses = optarg; break;
		case OPT_CONFIG: fl->opts.config = optarg; break;
		case 'J':
			if (read_jobs(fl, optarg))
				return LUO_EXIT_USAGE;
			break;
		case 'j': cmd_opts.json = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':': return cmd_error(LUO_EXIT_USAGE, "check", "option '%s' needs an "
					   "argument", argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, "check", "option '%s' is not for "
					  "--snapshot; see luo-load check --snapshot --help",
					  argv[optind - 1]);
		}
	}
	if (!fl->opts.to)
		return cmd_error(LUO_EXIT_USAGE, "check", "--target KERNEL is missing; see "
							  "luo-load check --snapshot --help");
	return add_all(fl, argv + optind, argc - optind);
}

/* Is this luo-load check --snapshot? */
bool cmd_check_is_fleet(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--snapshot"))
			return true;
	return false;
}

int cmd_check_fleet(int argc, char **argv)
{
	struct fleet fl = { .limit = sysconf(_SC_NPROCESSORS_ONLN) };
	struct timespec from, to;
	int code;
	size_t i;

	fl.opts.objects = fl.objects;
	clock_gettime(CLOCK_MONOTONIC, &from);
	code = parse(argc, argv, &fl);
	if (!code) {
		code = run_all(&fl);
		clock_gettime(CLOCK_MONOTONIC, &to);
		if (!code)
			print_summary(&fl, to.tv_sec - from.tv_sec +
				      (to.tv_nsec - from.tv_nsec) / 1e9);
	} else if (code < 0) {
		code = LUO_EXIT_OK;
		fl.nr = 0;
	}
	for (i = 0; i < fl.nr; i++)
		free(fl.jobs[i].path);
	free(fl.jobs);
	if (code)
		return code;
	return fl.failed ? LUO_EXIT_ERROR : fl.no_go ? LUO_EXIT_REFUSED : LUO_EXIT_OK;
}
