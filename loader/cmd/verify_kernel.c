// SPDX-License-Identifier: GPL-2.0-only
/*
 * verify --kernel. Message texts differ from release to release, so that nothing is
 * read from them: the log numbers each instruction that was looked at ("N: (op) ..."),
 * and the last number says where it ended. What follows is shown as it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cmd/verify_kernel.h"
#include "jit/jit.h"
#include "lib/lines.h"

#define LOG_SIZE	(4 << 20)

/* "N: (" at the start of a line. Return: N, or -1. */
static long insn_of(const char *line)
{
	char *end;
	long n;

	if (*line < '0' || *line > '9')
		return -1;
	n = strtol(line, &end, 10);
	return strncmp(end, ": (", 3) ? -1 : n;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end && end[1] ? end + 1 : NULL;
}

static void find_line(const struct luo_object *obj, struct kernel_verdict *v)
{
	struct luo_lines *lines = NULL;
	const struct luo_line *l;

	if (luo_lines__new(&lines, obj))
		return;
	l = luo_lines__at(lines, (__u32)v->insn);
	if (l) {
		snprintf(v->file, sizeof(v->file), "%s", l->file);
		v->line = l->line;
	}
	luo_lines__free(lines);
}

/*
 * Where the log ends. Code of ours, in front of the object's and behind it, is blamed
 * on the call that led there: the last instruction of the object before.
 */
static void read_log(const struct luo_object *obj, const char *log, __u32 first,
		     struct kernel_verdict *v)
{
	const char *line, *words = log;
	size_t nr;

	luo_object__insns(obj, &nr);
	for (line = log; line; line = next_line(line)) {
		long n = insn_of(line);

		if (n >= 0)
			words = NULL;
		else if (!words && (*line < '0' || *line > '9') && *line != ';')
			words = line;
		if (n >= (long)first && n < (long)(first + nr))
			v->insn = n - first;
	}
	if (words)
		snprintf(v->text, sizeof(v->text), "%.*s", (int)strcspn(words, "\n"), words);
	if (v->insn >= 0)
		find_line(obj, v);
}

/**
 * kernel_verdict__get - ask the running kernel
 * @obj: object
 * @v: result
 *
 * Return: 0, -ENOMEM.
 */
int kernel_verdict__get(const struct luo_object *obj, struct kernel_verdict *v)
{
	char *log = malloc(LOG_SIZE);
	struct utsname u = {};
	__u32 first = 0;
	int err;

	memset(v, 0, sizeof(*v));
	v->insn = -1;
	if (!log)
		return -ENOMEM;
	uname(&u);
	snprintf(v->release, sizeof(v->release), "%s", u.release);
	log[0] = '\0';
	err = luo_jit__check(obj, log, LOG_SIZE, &first);
	v->answer = !err ? KERNEL_ACCEPTED : err == -EACCES ? KERNEL_REFUSED : KERNEL_SKIPPED;
	if (err == -EACCES)
		read_log(obj, log, first, v);
	else if (err)
		snprintf(v->text, sizeof(v->text), "%s", log);
	free(log);
	return 0;
}

void kernel_verdict__print(const struct luo_object *obj, const struct kernel_verdict *v)
{
	const char *name = luo_object__prog(obj)->name;

	if (v->answer == KERNEL_ACCEPTED) {
		printf("%s: %saccepted%s by the verifier of %s\n", name, cmd_style(CMD_GOOD),
		       cmd_style(CMD_PLAIN), v->release);
	} else if (v->answer == KERNEL_SKIPPED) {
		printf("%s: %sskipped%s: the verifier of %s was not asked: %s\n", name,
		       cmd_style(CMD_WARN), cmd_style(CMD_PLAIN), v->release, v->text);
	} else {
		if (v->line)
			printf("%s:%u: ", v->file, v->line);
		else if (v->insn >= 0)
			printf("%s: instruction %ld: ", name, v->insn);
		else
			printf("%s: ", name);
		printf("%srefused%s by the verifier of %s: %s\n", cmd_style(CMD_BAD),
		       cmd_style(CMD_PLAIN), v->release, v->text);
	}
}

struct json_object *kernel_verdict__json(const struct kernel_verdict *v)
{
	static const char *const answers[] = { "accepted", "refused", "skipped" };
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "verdict", json_object_new_string(answers[v->answer]));
	json_object_object_add(o, "release", json_object_new_string(v->release));
	if (v->answer == KERNEL_REFUSED) {
		json_object_object_add(o, "file", json_object_new_string(v->file));
		json_object_object_add(o, "line", json_object_new_int(v->line));
		json_object_object_add(o, "instruction", json_object_new_int64(v->insn));
	}
	if (v->answer != KERNEL_ACCEPTED)
		json_object_object_add(o, "text", json_object_new_string(v->text));
	return o;
}
