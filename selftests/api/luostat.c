// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * luostat: a small program that knows libluobpf by its header alone.
 *
 *	luostat inspect SNAPSHOT
 *	luostat verify OBJECT
 *	luostat plan FROM TO [OBJECT [LOSSES]]
 *	luostat run SNAPSHOT OUTPUT|- TO [CONFIG [OBJECT [LOSSES]]]
 *	luostat sizes FROM TO	plans with options of all sizes; FROM to TO loses something
 *
 * An empty OBJECT is none.
 * Exit: 0 good, 1 what could not be done, 2 usage, 3 bad news about state or object.
 */
#include <luobpf.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *subject, int err, const char *msg)
{
	fprintf(stderr, "luostat: %s: %s (%s)\n", subject, msg, strerror(-err));
	return 1;
}

static void print_note(const struct luobpf_note *n)
{
	printf("%s\t%s\t%s\t%s\n", luobpf_note__rule(n), luobpf_note__record(n),
	       luobpf_note__field(n), luobpf_note__text(n));
}

static int inspect(const char *path)
{
	static const char *const frozen[] = { "frozen", "NOT FROZEN", "not known to be frozen" };
	const struct luobpf_note *n;
	struct luobpf_state *st;
	char msg[200];
	size_t i;
	int err;

	err = luobpf_state__open(&st, path, NULL, msg, sizeof(msg));
	if (err)
		return fail(path, err, msg);
	printf("%s %s %s %llu %llu %llu\n", luobpf_state__release(st), luobpf_state__kho(st),
	       frozen[luobpf_state__frozen(st)], (unsigned long long)luobpf_state__sessions(st),
	       (unsigned long long)luobpf_state__files(st),
	       (unsigned long long)luobpf_state__preserved(st));
	for (i = 0; (n = luobpf_state__damage(st, i)) != NULL; i++)
		print_note(n);
	luobpf_state__close(st);
	return i ? 3 : 0;
}

static int verify(const char *path)
{
	static const char *const verdicts[] = { "proved", "unknown", "refused" };
	const struct luobpf_note *n;
	struct luobpf_object *obj;
	char msg[200];
	int verdict;
	size_t i;

	verdict = luobpf_object__open(&obj, path, msg, sizeof(msg));
	if (verdict)
		return fail(path, verdict, msg);
	verdict = luobpf_object__verify(obj);
	if (verdict < 0) {
		luobpf_object__close(obj);
		return fail(path, verdict, "cannot be verified");
	}
	printf("%s: %s: %s %s", luobpf_object__name(obj), verdicts[verdict],
	       luobpf_object__family(obj), luobpf_object__from(obj));
	if (luobpf_object__to(obj))
		printf(" -> %s", luobpf_object__to(obj));
	putchar('\n');
	for (i = 0; (n = luobpf_object__finding(obj, i)) != NULL; i++)
		print_note(n);
	luobpf_object__close(obj);
	return verdict == LUOBPF_PROVED ? 0 : 3;
}

static int plan(const char *from, const char *to, const char *object, const char *losses)
{
	const char *objects[1];
	struct luobpf_opts opts = { sizeof(opts), NULL, 0, 0, NULL, losses };
	const struct luobpf_route *r;
	struct luobpf_plan *p;
	const struct luobpf_note *n;
	int err, blocked = 0;
	const char *step;
	char msg[300];
	size_t i, k;

	objects[0] = object;
	opts.objects = objects;
	opts.nr_objects = object && *object;
	err = luobpf_plan__new(&p, from, to, &opts, msg, sizeof(msg));
	if (err)
		return fail("plan", err, msg);
	for (i = 0; (r = luobpf_plan__route(p, i)) != NULL; i++) {
		printf("%s %s -> %s", luobpf_route__family(r), luobpf_route__from(r),
		       luobpf_route__to(r) ? luobpf_route__to(r) : "?");
		for (k = 0; (step = luobpf_route__step(r, k)) != NULL; k++)
			printf(" %s", step);
		putchar('\n');
		for (k = 0; (n = luobpf_route__blocker(r, k)) != NULL; k++)
			print_note(n);
		for (k = 0; (n = luobpf_route__loss(r, k)) != NULL; k++)
			print_note(n);
		blocked += luobpf_route__outcome(r) >= LUOBPF_UNTESTED;
	}
	luobpf_plan__free(p);
	return blocked ? 3 : 0;
}

/* Options of a program that was built with another header. */
struct sized {
	struct luobpf_opts opts;
	char later[16];
};

/* Return: how many formats have no way, or a negative errno. */
static int blocked_with(const char *from, const char *to, const struct sized *s)
{
	const struct luobpf_route *r;
	struct luobpf_plan *p;
	int err, blocked = 0;
	size_t i;

	err = luobpf_plan__new(&p, from, to, &s->opts, NULL, 0);
	if (err)
		return err;
	for (i = 0; (r = luobpf_plan__route(p, i)) != NULL; i++)
		blocked += luobpf_route__outcome(r) >= LUOBPF_UNTESTED;
	luobpf_plan__free(p);
	return blocked;
}

static int sizes(const char *from, const char *to)
{
	struct sized s;

	memset(&s, 0, sizeof(s));
	s.opts.losses = "none";
	for (s.opts.sz = 0; s.opts.sz <= sizeof(s); s.opts.sz += 4)
		printf("%d ", blocked_with(from, to, &s));
	s.opts.sz = sizeof(s);
	s.later[15] = 1;
	printf("%d\n%u %u\n", blocked_with(from, to, &s),
	       (unsigned int)offsetof(struct luobpf_opts, losses),
	       (unsigned int)sizeof(struct luobpf_opts));
	return 0;
}

static int run(const char *input, const char *output, const char *to, const char *config,
	       const char *object, const char *losses)
{
	static const char *const words[] = {
		"carried", "system error", "refused", "bad object", "usage", "not proved",
	};
	const char *objects[1];
	struct luobpf_opts opts = { sizeof(opts), NULL, 0, 0, NULL, losses };
	const struct luobpf_note *n;
	enum luobpf_status status;
	struct luobpf_run *r;
	const char *w;
	size_t i;
	int err;

	objects[0] = object;
	opts.objects = objects;
	opts.nr_objects = object && *object;
	opts.config = config;
	err = luobpf_run__new(&r, input, strcmp(output, "-") ? output : NULL, to, &opts);
	if (err)
		return fail(input, err, "no run");
	status = luobpf_run__status(r);
	printf("%s %llu %s\n", words[status], (unsigned long long)luobpf_run__written(r),
	       luobpf_run__message(r));
	for (i = 0; (n = luobpf_run__blocker(r, i)) != NULL; i++)
		print_note(n);
	for (i = 0; (w = luobpf_run__warning(r, i)) != NULL; i++)
		printf("warning: %s\n", w);
	luobpf_run__free(r);
	return status == LUOBPF_CARRIED ? 0 : 3;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "version"))
		return puts(luobpf_version()) < 0;
	if (argc == 3 && !strcmp(argv[1], "inspect"))
		return inspect(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "verify"))
		return verify(argv[2]);
	if (argc >= 4 && argc <= 6 && !strcmp(argv[1], "plan"))
		return plan(argv[2], argv[3], argc > 4 ? argv[4] : NULL,
			    argc > 5 ? argv[5] : NULL);
	if (argc >= 5 && argc <= 8 && !strcmp(argv[1], "run"))
		return run(argv[2], argv[3], argv[4], argc > 5 ? argv[5] : NULL,
			   argc > 6 ? argv[6] : NULL, argc > 7 ? argv[7] : NULL);
	if (argc == 4 && !strcmp(argv[1], "sizes"))
		return sizes(argv[2], argv[3]);
	fputs("usage: luostat inspect|verify|plan|run|sizes ...\n", stderr);
	return 2;
}
