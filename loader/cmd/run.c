// SPDX-License-Identifier: GPL-2.0-only
/* luo-load run: carry the state of a snapshot to another release. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/evidence.h"
#include "cmd/findings.h"
#include "lib/run.h"

static const char usage[] =
	"Usage: luo-load run -i OLD.core -o NEW.core --to RELEASE|PROFILE [OPTIONS] [OBJECT|DIR "
	"...]\n"
	"\n"
	"Takes the live-update state of a snapshot, translates it for the next kernel, lets\n"
	"that kernel's acceptors read the result, and writes a snapshot of it. Objects that\n"
	"are named come before the installed ones.\n"
	"\n"
	"  -i, --input FILE        snapshot: reduced capture, QEMU ELF dump, vmcore\n"
	"  -o, --output FILE       snapshot to write (mode 0600); must not be the input\n"
	"  -t, --to RELEASE        6.19, 7.1, 7.2, 7.3, or a profile file\n"
	"      --from PROFILE      profile file of the old kernel, if no release fits\n"
	"      --target-config C   thp, no-thp, deferred, no-deferred, a kernel's config file\n"
	"                          or the kernel (bzImage, vmlinux); several with commas\n"
	"      --lookups FILE      answers about the old machine that translators ask for\n"
	"      --only              use no installed objects\n"
	"      --records-only      leave the content of files out of the output\n"
	CMD_LOSSES_USAGE
	CMD_NO_VERIFY_USAGE
	"      --monitor           watch every step: which bytes it wrote and where each came\n"
	"                          from; what breaks a property of luo-load verify is listed\n"
	"      --evidence FILE     add to FILE that these objects carried it, for luo-load\n"
	"                          matrix\n"
	"      --engine ENGINE     auto, interpreter, or jit: the host kernel's (same result)\n"
	"  -n, --dry-run           do everything but write\n"
	"  -j, --json  -v, --verbose  -h, --help\n"
	"\n"
	"Exit: 0 carried, 1 system error, 2 usage, 3 refused (nothing written), 5 bad object,\n"
	"      6 an object is not proved right,\n"
	"      7 the monitor saw a step break a property (nothing written)\n"
	"\n"
	"Example: luo-load run -i old.core -o new.core --to 7.3\n"
	"         luo-load run --monitor -i old.core --to 7.3 mine.bpf.o\n";

static const char *const verdicts[] = {
	[LUO_RECORD_SAME] = "same",
	[LUO_RECORD_TRANSLATED] = "translated",
	[LUO_RECORD_BLOCKED] = "blocked",
};

/* Nothing for a second, then a line on a terminal a few times a second. */
static void progress(const char *stage, __u64 done, __u64 total)
{
	static struct timespec start, last;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!start.tv_sec)
		start = now;
	if (now.tv_sec - start.tv_sec < 1 ||
	    (now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000 < 200)
		return;
	last = now;
	fprintf(stderr, "\rluo-load: %s %llu of %llu (%llu %%)   %s", stage,
		(unsigned long long)done, (unsigned long long)total,
		(unsigned long long)(total ? done * 100 / total : 0), done == total ? "\n" : "");
}

static void print_blocker(const struct luo_run_blocker *b)
{
	fprintf(stderr, "  %s%s%s", cmd_style(CMD_BAD), b->rule, cmd_style(CMD_PLAIN));
	if (b->record[0])
		fprintf(stderr, " %s", b->record);
	if (b->field[0])
		fprintf(stderr, " field %s", b->field);
	if (b->has_value)
		fprintf(stderr, " value 0x%llx", (unsigned long long)b->value);
	fprintf(stderr, ": %s\n", b->text);
}

static void print_record(const struct luo_run_record *r)
{
	char bytes[32], time[32];

	printf("  %-10s %s  %s", verdicts[r->verdict], r->label, r->from);
	if (r->verdict == LUO_RECORD_TRANSLATED && strcmp(r->from, r->to))
		printf(" -> %s", r->to);
	if (r->verdict == LUO_RECORD_TRANSLATED)
		printf("  by %s: +%llu regions (%s), -%llu ranges, %s", r->steps,
		       (unsigned long long)r->added, cmd_bytes(r->added_bytes, bytes,
							       sizeof(bytes)),
		       (unsigned long long)r->dropped, cmd_time(r->ns, time, sizeof(time)));
	putchar('\n');
}

/* Long lists of equal verdicts are counted, unless all are asked for. */
static void print_records(const struct luo_run_result *res)
{
	size_t i, shown[3] = {}, hidden[3] = {};

	for (i = 0; i < res->nr_records; i++) {
		const struct luo_run_record *r = &res->records[i];

		if (cmd_opts.verbose || shown[r->verdict]++ < 12 ||
		    r->verdict == LUO_RECORD_BLOCKED)
			print_record(r);
		else
			hidden[r->verdict]++;
	}
	for (i = 0; i < 3; i++)
		if (hidden[i])
			printf("  %-10s %zu more (-v shows them)\n", verdicts[i], hidden[i]);
}

static void print_stages(const struct luo_run_result *res)
{
	char time[32];
	int i;

	printf("time:");
	for (i = 0; i < LUO_NR_STAGES; i++)
		printf(" %s %s%s", luo_run_stage__name(i),
		       cmd_time(res->stage_ns[i], time, sizeof(time)),
		       i + 1 < LUO_NR_STAGES ? "," : "\n");
}

static void print_done(const struct luo_run_opts *opts, const struct luo_run_result *res)
{
	char before[32], after[32], written[32];

	printf("preserved: %llu ranges (%s) before, %llu (%s) after: %llu added, %llu dropped\n",
	       (unsigned long long)res->ranges_before,
	       cmd_bytes(res->bytes_before, before, sizeof(before)),
	       (unsigned long long)res->ranges_after,
	       cmd_bytes(res->bytes_after, after, sizeof(after)),
	       (unsigned long long)res->ranges_added, (unsigned long long)res->ranges_dropped);
	print_stages(res);
	if (res->jit_steps)
		printf("engine: %llu of %llu programs ran in the host's kernel\n",
		       (unsigned long long)res->jit_steps, (unsigned long long)res->steps);
	if (res->identical)
		printf("identical: %s reads what %s wrote; the state is copied\n", res->to_release,
		       res->from_release);
	if (opts->output)
		printf("%swritten%s: %s, %s\n", cmd_style(CMD_GOOD), cmd_style(CMD_PLAIN),
		       opts->output, cmd_bytes(res->written, written, sizeof(written)));
	else
		printf("dry run: %snothing is written%s\n", cmd_style(CMD_GOOD),
		       cmd_style(CMD_PLAIN));
}

/* What the monitor saw, a line each. Return: the exit code. */
static int print_violations(const struct luo_run_opts *opts, const struct luo_run_result *res)
{
	size_t i;

	for (i = 0; i < res->nr_violations; i++) {
		const struct luo_run_violation *v = &res->violations[i];

		if (v->line)
			printf("%s:%u: ", v->file, v->line);
		else
			printf("%s: instruction %u: ", v->object, v->insn);
		printf("%s%s%s: %s", cmd_style(CMD_BAD), v->property, cmd_style(CMD_PLAIN),
		       v->text);
		if (v->record[0])
			printf(" (%s%s%s)", v->record, v->field[0] ? " field " : "", v->field);
		putchar('\n');
	}
	fflush(stdout);
	return cmd_error(LUO_EXIT_WRONG, opts->input,
			 "the monitor saw steps break properties, %llu violation%s, "
			 "nothing written", (unsigned long long)res->violations_all,
			 res->violations_all == 1 ? "" : "s");
}

static int print_text(const struct luo_run_opts *opts, const struct luo_run_result *res)
{
	size_t i;

	if (res->from_release[0] && res->to_release[0])
		printf("%s%s%s (%s) -> %s%s%s (%s): %llu sessions, %llu files\n",
		       cmd_style(CMD_BOLD), res->from_release, cmd_style(CMD_PLAIN), res->from_kho,
		       cmd_style(CMD_BOLD), res->to_release, cmd_style(CMD_PLAIN), res->to_kho,
		       (unsigned long long)res->sessions, (unsigned long long)res->files);
	print_records(res);
	fflush(stdout);
	for (i = 0; i < res->nr_warnings; i++)
		cmd_warn("%s", res->warnings[i]);
	if (opts->monitor && cmd_opts.verbose)
		printf("monitor: %llu steps, %llu replays, %llu bits not tried\n",
		       (unsigned long long)res->monitored, (unsigned long long)res->replays,
		       (unsigned long long)res->untried);
	if (res->status == LUO_RUN_WRONG)
		return print_violations(opts, res);
	if (res->status == LUO_RUN_DONE) {
		print_done(opts, res);
		return LUO_EXIT_OK;
	}
	cmd_error(LUO_EXIT_REFUSED, opts->input, "refused, %zu blocker%s, nothing written",
		  res->nr_blockers, res->nr_blockers == 1 ? "" : "s");
	for (i = 0; i < res->nr_blockers; i++)
		print_blocker(&res->blockers[i]);
	return LUO_EXIT_REFUSED;
}

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void add_number(struct json_object *o, const char *key, __u64 value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

static struct json_object *json_blocker(const struct luo_run_blocker *b)
{
	struct json_object *o = json_object_new_object();

	add_string(o, "rule", b->rule);
	add_string(o, "record", b->record);
	add_string(o, "field", b->field);
	if (b->has_value)
		add_number(o, "value", b->value);
	add_string(o, "text", b->text);
	return o;
}

static struct json_object *json_record(const struct luo_run_record *r)
{
	struct json_object *o = json_object_new_object();

	add_string(o, "record", r->label);
	add_string(o, "family", r->family);
	add_string(o, "verdict", verdicts[r->verdict]);
	add_string(o, "from", r->from);
	add_string(o, "to", r->to);
	add_string(o, "steps", r->steps);
	add_number(o, "regions_added", r->added);
	add_number(o, "bytes_added", r->added_bytes);
	add_number(o, "ranges_dropped", r->dropped);
	add_number(o, "ns", r->ns);
	return o;
}

static struct json_object *json_violation(const struct luo_run_violation *v)
{
	struct json_object *o = json_object_new_object();

	add_string(o, "property", v->property);
	add_string(o, "object", v->object);
	add_string(o, "file", v->file);
	add_number(o, "line", v->line);
	add_number(o, "instruction", v->insn);
	add_string(o, "text", v->text);
	add_string(o, "record", v->record);
	add_string(o, "field", v->field);
	return o;
}

static struct json_object *json_preserved(const struct luo_run_result *res)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "ranges_before", res->ranges_before);
	add_number(o, "bytes_before", res->bytes_before);
	add_number(o, "ranges_after", res->ranges_after);
	add_number(o, "bytes_after", res->bytes_after);
	add_number(o, "ranges_added", res->ranges_added);
	add_number(o, "ranges_dropped", res->ranges_dropped);
	return o;
}

static int print_json(const struct luo_run_opts *opts, const struct luo_run_result *res)
{
	struct json_object *o = json_object_new_object(), *list, *times;
	int code = res->status == LUO_RUN_DONE ? LUO_EXIT_OK :
		   res->status == LUO_RUN_WRONG ? LUO_EXIT_WRONG : LUO_EXIT_REFUSED;
	size_t i;

	add_string(o, "input", opts->input);
	add_string(o, "from", res->from_release);
	add_string(o, "to", res->to_release);
	add_string(o, "result", code == LUO_EXIT_WRONG ? "wrong" : code ? "refused" :
				res->identical ? "identical" : "carried");
	json_object_object_add(o, "exit", json_object_new_int(code));
	add_number(o, "sessions", res->sessions);
	add_number(o, "files", res->files);
	add_number(o, "steps", res->steps);
	add_number(o, "jit_steps", res->jit_steps);
	list = json_object_new_array();
	for (i = 0; i < res->nr_records; i++)
		json_object_array_add(list, json_record(&res->records[i]));
	json_object_object_add(o, "records", list);
	list = json_object_new_array();
	for (i = 0; i < res->nr_blockers; i++)
		json_object_array_add(list, json_blocker(&res->blockers[i]));
	json_object_object_add(o, "blockers", list);
	if (opts->monitor) {
		list = json_object_new_array();
		for (i = 0; i < res->nr_violations; i++)
			json_object_array_add(list, json_violation(&res->violations[i]));
		json_object_object_add(o, "violations", list);
		add_number(o, "bits_not_tried", res->untried);
	}
	list = json_object_new_array();
	for (i = 0; i < res->nr_warnings; i++)
		json_object_array_add(list, json_object_new_string(res->warnings[i]));
	json_object_object_add(o, "warnings", list);
	cmd_unproved_json(o, res->objects);
	json_object_object_add(o, "preserved", json_preserved(res));
	times = json_object_new_object();
	for (i = 0; i < LUO_NR_STAGES; i++)
		add_number(times, luo_run_stage__name(i), res->stage_ns[i]);
	json_object_object_add(o, "ns", times);
	if (!code && opts->output)
		add_string(o, "output", opts->output);
	cmd_json(o);
	return code;
}

static int report(const struct luo_run_opts *opts, const struct luo_run_result *res)
{
	switch (res->status) {
	case LUO_RUN_SYSTEM:
		return cmd_error(LUO_EXIT_ERROR, res->subject, "%s", res->msg);
	case LUO_RUN_OBJECT:
		return cmd_error(LUO_EXIT_OBJECT, res->subject, "%s", res->msg);
	case LUO_RUN_UNPROVED:
		return cmd_unproved(res->objects);
	case LUO_RUN_USAGE:
		return cmd_error(LUO_EXIT_USAGE, res->subject, "%s", res->msg);
	default:
		return cmd_opts.json ? print_json(opts, res) : print_text(opts, res);
	}
}

enum {
	OPT_FROM = 256,
	OPT_CONFIG,
	OPT_LOOKUPS,
	OPT_ONLY,
	OPT_RECORDS,
	OPT_NO_VERIFY,
	OPT_LOSSES,
	OPT_MONITOR,
	OPT_EVIDENCE,
	OPT_ENGINE,
};

static const struct option options[] = {
	{ "input", required_argument, NULL, 'i' },
	{ "output", required_argument, NULL, 'o' },
	{ "to", required_argument, NULL, 't' },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "target-config", required_argument, NULL, OPT_CONFIG },
	{ "lookups", required_argument, NULL, OPT_LOOKUPS },
	{ "only", no_argument, NULL, OPT_ONLY },
	{ "records-only", no_argument, NULL, OPT_RECORDS },
	{ "no-verify", no_argument, NULL, OPT_NO_VERIFY },
	{ "losses", required_argument, NULL, OPT_LOSSES },
	{ "monitor", no_argument, NULL, OPT_MONITOR },
	{ "evidence", required_argument, NULL, OPT_EVIDENCE },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int parse_engine(const char *name, enum luo_engine *engine)
{
	static const struct {
		const char *name;
		enum luo_engine engine;
	} names[] = {
		{ "auto", LUO_ENGINE_AUTO }, { "interpreter", LUO_ENGINE_INTERPRETER },
		{ "vm", LUO_ENGINE_INTERPRETER }, { "jit", LUO_ENGINE_JIT },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i].name))
			continue;
		*engine = names[i].engine;
		return 0;
	}
	return -EINVAL;
}

struct args {
	struct luo_run_opts opts;
	const char *evidence;
	bool dry;
};

static int parse(int argc, char **argv, struct args *a)
{
	struct luo_run_opts *opts = &a->opts;
	int c;

	while ((c = getopt_long(argc, argv, ":i:o:t:njvh", options, NULL)) >= 0) {
		switch (c) {
		case 'i': opts->input = optarg; break;
		case 'o': opts->output = optarg; break;
		case 't': opts->to = optarg; break;
		case OPT_FROM: opts->from = optarg; break;
		case OPT_CONFIG: opts->config = optarg; break;
		case OPT_LOOKUPS: opts->lookups = optarg; break;
		case OPT_ONLY: opts->only = true; break;
		case OPT_RECORDS: opts->records_only = true; break;
		case OPT_NO_VERIFY: opts->no_verify = true; break;
		case OPT_LOSSES: opts->losses = optarg; break;
		case OPT_MONITOR: opts->monitor = true; break;
		case OPT_ENGINE:
			if (parse_engine(optarg, &opts->engine))
				return cmd_error(LUO_EXIT_USAGE, "run", "no engine '%s': auto, "
						 "interpreter or jit", optarg);
			break;
		case OPT_EVIDENCE: a->evidence = optarg; break;
		case 'n': a->dry = true; break;
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':': return cmd_error(LUO_EXIT_USAGE, "run", "option '%s' needs an argument",
					   argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, "run", "unknown option '%s'; see "
								 "luo-load run --help",
					  argv[optind - 1]);
		}
	}
	opts->objects = (const char *const *)argv + optind;
	opts->nr_objects = argc - optind;
	return 0;
}

/* A refusal is no fault of the objects; what the monitor sees is. */
static int keep_evidence(const char *path, const struct luo_run_result *res)
{
	struct luo_evidence e;
	size_t i;

	if (!path || (res->status != LUO_RUN_DONE && res->status != LUO_RUN_WRONG))
		return 0;
	cmd_evidence_new(&e, LUO_EVIDENCE_SNAPSHOT, res->status == LUO_RUN_DONE);
	snprintf(e.from, sizeof(e.from), "%s", res->from_release);
	snprintf(e.to, sizeof(e.to), "%s", res->to_release);
	for (i = 0; i < res->hop.nr_steps && i < LUO_EVIDENCE_STEPS; i++, e.nr_steps++) {
		memcpy(e.steps[i].object, res->hop.steps[i].object, sizeof(e.steps[i].object));
		memcpy(e.steps[i].digest, res->hop.steps[i].digest, sizeof(e.steps[i].digest));
	}
	return cmd_evidence_append(path, &e);
}

int cmd_run(int argc, char **argv)
{
	struct args a = {};
	struct luo_run_opts *opts = &a.opts;
	struct luo_run_result res;
	int code, kept;

	code = parse(argc, argv, &a);
	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	a.dry |= opts->monitor && !opts->output;
	if (!opts->input || !opts->to || (!opts->output && !a.dry))
		return cmd_error(LUO_EXIT_USAGE, "run", "%s is missing; see luo-load run --help",
				 !opts->input ? "-i OLD.core" : !opts->to ? "--to RELEASE" :
				 "-o NEW.core (or --dry-run)");
	if (a.dry)
		opts->output = NULL;
	if (isatty(STDERR_FILENO) && !cmd_opts.json)
		opts->progress = progress;
	luo_run(opts, &res);
	code = report(opts, &res);
	kept = keep_evidence(a.evidence, &res);
	code = code ? code : kept;
	luo_run_result__free(&res);
	return code;
}
