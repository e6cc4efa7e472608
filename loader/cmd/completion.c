// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-load completion bash|zsh: what shells complete, out of what the commands say in their
 * --help. What is not written there is not completed, and there is no second list.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/completion.h"
#include "lib/attach.h"
#include "lib/profile.h"
#include "lib/store.h"

#define MAX_OPTIONS	40
#define MAX_RELEASES	16

static const char usage[] =
	"Usage: luo-load completion bash|zsh\n"
	"\n"
	"Prints what the shell completes after luo-load: commands, their options, releases and\n"
	"files. Installations have it in place.\n"
	"\n"
	"  -h, --help\n"
	"\n"
	"Exit: 0 printed, 1 system error, 2 usage\n"
	"\n"
	"Example: . <(luo-load completion bash)\n";

/* One option: "-t, --to RELEASE   6.19, 7.1 ..". Parts that it lacks are empty. */
struct opt {
	char letter;
	char name[32];
	char arg[32];
	char what[100];
};

struct help {
	char *text;
	struct opt opts[MAX_OPTIONS];
	size_t nr;
	char operands[400];	/* the lines of its usage */
	char words[40];		/* the first operand may be: "list add " */
};

/* ---- reading help ---------------------------------------------------------------------- */

/* What a command prints, to be freed. getopt() has to forget where it was. */
static int ask(char **text, const struct luo_cmd *c, const char *extra)
{
	char *argv[] = { (char *)c->name, (char *)(extra ? extra : "--help"),
			 extra ? "--help" : NULL, NULL };
	FILE *old = stdout, *ours;
	size_t size;

	*text = NULL;
	ours = open_memstream(text, &size);
	if (!ours)
		return -ENOMEM;
	stdout = ours;
	optind = 0;
	c->run(extra ? 3 : 2, argv);
	stdout = old;
	return fclose(ours) ? -ENOMEM : 0;
}

static size_t word(const char *p)
{
	return strcspn(p, " ,\n");
}

/* "-x", "--long" and their ARGUMENT; returns what is behind them, or NULL for no option. */
static const char *read_option(const char *p, struct opt *o)
{
	size_t n;

	memset(o, 0, sizeof(*o));
	while (*p == '-') {
		n = word(p);
		if (n == 2)
			o->letter = p[1];
		else if (n > 2 && p[1] == '-')
			snprintf(o->name, sizeof(o->name), "%.*s", (int)n - 2, p + 2);
		else
			return NULL;
		p += n;
		if (p[0] != ',' || p[1] != ' ')
			break;
		p += 2;
	}
	if (p[0] == ' ' && p[1] >= 'A' && p[1] <= 'Z') {
		n = word(p + 1);
		snprintf(o->arg, sizeof(o->arg), "%.*s", (int)n, p + 1);
		p += n + 1;
	}
	return p;
}

static void add_option(struct help *h, const struct opt *o)
{
	size_t i;

	for (i = 0; i < h->nr; i++)
		if (!strcmp(h->opts[i].name, o->name) && h->opts[i].letter == o->letter)
			return;
	if (h->nr < MAX_OPTIONS)
		h->opts[h->nr++] = *o;
}

/* A line of options has one with its description, or several without. */
static void read_line(struct help *h, const char *line)
{
	const char *p = line + strspn(line, " ");
	struct opt o;

	while (*p == '-') {
		p = read_option(p, &o);
		if (!p)
			return;
		p += strspn(p, " ");
		if (*p != '-' && *p != '\n')
			snprintf(o.what, sizeof(o.what), "%.*s", (int)strcspn(p, "\n"), p);
		add_option(h, &o);
	}
}

/* "luo-load evidence [list]" or "luo-load evidence add": words that are to be typed. */
static void read_words(struct help *h, const char *name)
{
	size_t n, used = strlen(h->words);
	const char *p = h->operands;
	char before[40];

	snprintf(before, sizeof(before), "luo-load %s ", name);
	while ((p = strstr(p, before))) {
		p += strlen(before);
		p += *p == '[';
		n = strspn(p, "abcdefghijklmnopqrstuvwxyz");
		if (n && used + n + 2 < sizeof(h->words))
			used += sprintf(h->words + used, "%.*s ", (int)n, p);
	}
}

static int read_help(struct help *h, const struct luo_cmd *c, const char *extra)
{
	const char *p, *end;
	char *text;
	int err = ask(&text, c, extra);

	if (err)
		return err;
	end = strstr(text, "\n\n");
	snprintf(h->operands, sizeof(h->operands), "%.*s", end ? (int)(end - text) : 0, text);
	read_words(h, c->name);
	for (p = end; p && *p; p = strchr(p + 1, '\n'))
		if (p[1] == ' ' && p[2] == ' ')
			read_line(h, p + 1);
	free(text);
	return 0;
}

/* ---- what arguments can be ------------------------------------------------------------- */

enum kind {
	KIND_FILE, KIND_DIR, KIND_KERNEL, KIND_FAMILY, KIND_WORDS, KIND_WORDS_OR_FILE, KIND_TEXT,
};

static const struct {
	const char *arg;
	enum kind kind;
	const char *words;
} args[] = {
	{ "DIR", KIND_DIR, "" },
	{ "RELEASE", KIND_KERNEL, "" },
	{ "KERNEL", KIND_KERNEL, "" },
	{ "IMAGE", KIND_KERNEL, "" },
	{ "FAMILY", KIND_FAMILY, "" },
	{ "ENGINE", KIND_WORDS, "auto interpreter jit" },
	{ "TIER", KIND_WORDS, "stable testing local" },
	{ "TIERS", KIND_WORDS, "stable testing local" },
	{ "LIST", KIND_TEXT, "" },
	{ "KIND", KIND_WORDS, "verified round-trip snapshot kernels" },
	{ "C", KIND_WORDS_OR_FILE, "thp no-thp deferred no-deferred" },
	{ "TEXT", KIND_TEXT, "" },
	{ "ADDRESS", KIND_TEXT, "" },
	{ "N", KIND_TEXT, "" },
	{ "NUMBER", KIND_TEXT, "" },
};

static enum kind kind_of(const char *arg, const char **words)
{
	size_t i, n = strcspn(arg, "|");

	*words = "";
	for (i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
		if (strlen(args[i].arg) != n || memcmp(args[i].arg, arg, n))
			continue;
		*words = args[i].words;
		return args[i].kind;
	}
	return KIND_FILE;
}

/* Is @word among the operands of a usage, as opposed to being what an option takes? */
static bool has_operand(const struct help *h, const char *word)
{
	const char *p = h->operands, *before;

	for (; (p = strstr(p, word)); p++) {
		if (p == h->operands || !strchr(" [|", p[-1]))
			continue;
		for (before = p - 1; before > h->operands && before[-1] != ' '; before--)
			;
		before += *before == '[';
		if (p[-1] != ' ' || p[-2] == ']' || *before != '-')
			return true;
	}
	return false;
}

/* Commands whose usage names releases; files are operands anyway. */
static bool takes_kernels(const struct help *h)
{
	return has_operand(h, "RELEASE") || has_operand(h, "KERNEL") || has_operand(h, "A B");
}

/* NAME is one of these: what is attached, what was installed, or any object there is. */
static const struct {
	const char *command;
	const char *dirs;
} names[] = {
	{ "detach", LUO_PIN_DIR },
	{ "uninstall", "{" LUO_DIR_LOCAL "," LUO_DIR_OVERLAY "}{,/testing,/local}" },
	{ "info", "{" LUO_DIR_LOCAL "," LUO_DIR_OVERLAY "," LUO_DIR_VENDOR
		  "}{,/testing,/local}" },
};

static const char *dirs_of(const char *command)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].command, command))
			return names[i].dirs;
	return NULL;
}

static void print_releases(void)
{
	const char *releases[MAX_RELEASES];
	size_t i, nr = luo_profile__releases(releases, MAX_RELEASES);

	for (i = 0; i < nr; i++)
		printf("%s%s", i ? " " : "", releases[i]);
}

static void print_families(void)
{
	const struct luo_row *row = NULL, *r;

	while ((row = luo_catalogue__next(row))) {
		for (r = luo_catalogue__next(NULL); r != row; r = luo_catalogue__next(r))
			if (!strcmp(r->family, row->family))
				break;
		if (r == row && strcmp(row->space, "kho"))
			printf("%s ", row->family);
	}
}

/* ---- bash ------------------------------------------------------------------------------ */

static void bash_value(const struct opt *o)
{
	const char *words;

	if (!*o->arg)
		return;
	fputs("\t\t", stdout);
	if (o->letter)
		printf("-%c%s", o->letter, *o->name ? "|" : "");
	if (*o->name)
		printf("--%s", o->name);
	switch (kind_of(o->arg, &words)) {
	case KIND_DIR: puts(") value=dir ;;"); break;
	case KIND_KERNEL: puts(") value=file words=$releases ;;"); break;
	case KIND_FAMILY: puts(") value=words words=$families ;;"); break;
	case KIND_WORDS: printf(") value=words words='%s' ;;\n", words); break;
	case KIND_WORDS_OR_FILE: printf(") value=file words='%s' ;;\n", words); break;
	case KIND_TEXT: puts(") value=words ;;"); break;
	default: puts(") value=file ;;"); break;
	}
}

static void bash_command(const struct luo_cmd *c, const struct help *h)
{
	size_t i;

	printf("\t%s)\n\t\toptions='", c->name);
	for (i = 0; i < h->nr; i++) {
		if (*h->opts[i].name)
			printf("--%s ", h->opts[i].name);
		else
			printf("-%c ", h->opts[i].letter);
	}
	puts("'");
	if (takes_kernels(h))
		puts("\t\toperands=$releases");
	else if (dirs_of(c->name))
		printf("\t\toperands=$(_luo_load_names %s)\n", dirs_of(c->name));
	else if (*h->words)
		printf("\t\toperands='%s'\n", h->words);
	puts("\t\tcase $prev in");
	for (i = 0; i < h->nr; i++)
		bash_value(&h->opts[i]);
	puts("\t\tesac ;;");
}

static const char bash_head[] =
	"# luo-load completion bash\n"
	"\n"
	"# Names of what lies in directories, objects without their suffix.\n"
	"_luo_load_names()\n"
	"{\n"
	"\tfind \"$@\" -maxdepth 1 ! -type d -printf '%f\\n' 2>/dev/null | sed 's/\\.bpf\\.o$//'\n"
	"}\n"
	"\n"
	"_luo_load()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command= options= operands= value= words= i\n";

static const char bash_find[] =
	"\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\t[[ ${COMP_WORDS[i]} == -* ]] && continue\n"
	"\t\t[ \"${COMP_WORDS[i - 1]}\" = --root ] && continue\n"
	"\t\tcommand=${COMP_WORDS[i]}\n"
	"\t\tbreak\n"
	"\tdone\n"
	"\tcase $command in\n";

static const char bash_reply[] =
	"\tesac\n"
	"\tif [ -z \"$command\" ] && [ \"$prev\" = --root ]; then\n"
	"\t\tvalue=dir words=\n"
	"\telif [ -z \"$command\" ]; then\n"
	"\t\tvalue=words words=\"$commands --json --verbose --root --help --version\"\n"
	"\telif [ -z \"$value\" ] && [[ $cur == -* ]]; then\n"
	"\t\tvalue=words words=$options\n"
	"\telif [ -z \"$value\" ]; then\n"
	"\t\tvalue=file words=$operands\n"
	"\tfi\n"
	"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	"\t[ \"$value\" = words ] && return\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -A \"${value/dir/directory}\" -- "
	"\"$cur\")\n"
	"}\n"
	"complete -F _luo_load luo-load\n";

static void bash(const struct luo_cmd *commands, const struct help *helps)
{
	const struct luo_cmd *c;

	fputs(bash_head, stdout);
	fputs("\tlocal commands='", stdout);
	for (c = commands; c->name; c++)
		printf("%s ", c->name);
	fputs("help'\n\tlocal releases='", stdout);
	print_releases();
	fputs("'\n\tlocal families='", stdout);
	print_families();
	puts("'");
	fputs(bash_find, stdout);
	for (c = commands; c->name; c++)
		bash_command(c, &helps[c - commands]);
	fputs(bash_reply, stdout);
}

/* ---- zsh ------------------------------------------------------------------------------- */

/* Inside of '..[..]': what has a meaning there is left out. */
static void zsh_text(const char *text)
{
	for (; *text; text++)
		if (strchr("[]':\\", *text))
			putchar(' ');
		else
			putchar(*text);
}

static void zsh_value(const char *arg)
{
	const char *words;

	printf(":%s:", arg);
	switch (kind_of(arg, &words)) {
	case KIND_DIR: fputs("_files -/", stdout); break;
	case KIND_KERNEL: fputs("_luo_load_kernels", stdout); break;
	case KIND_FAMILY: fputs("(", stdout); print_families(); putchar(')'); break;
	case KIND_WORDS: printf("(%s)", words); break;
	case KIND_WORDS_OR_FILE:
		printf("_alternative \"words:word:(%s)\" \"files:file:_files\"", words);
		break;
	case KIND_TEXT: break;
	default: fputs("_files", stdout); break;
	}
}

static void zsh_option(const char *dashes, const char *name, const struct opt *o)
{
	printf(" \\\n\t\t\t'%s%s[", dashes, name);
	zsh_text(o->what);
	putchar(']');
	if (*o->arg)
		zsh_value(o->arg);
	putchar('\'');
}

static void zsh_command(const struct luo_cmd *c, const struct help *h)
{
	char letter[2] = "";
	size_t i;

	printf("\t%s)\n\t\t_arguments", c->name);
	for (i = 0; i < h->nr; i++) {
		letter[0] = h->opts[i].letter;
		if (*letter)
			zsh_option("-", letter, &h->opts[i]);
		if (*h->opts[i].name)
			zsh_option("--", h->opts[i].name, &h->opts[i]);
	}
	fputs(" \\\n\t\t\t'*::operand:", stdout);
	if (takes_kernels(h))
		fputs("_luo_load_kernels", stdout);
	else if (dirs_of(c->name))
		printf("_luo_load_names %s", dirs_of(c->name));
	else if (*h->words)
		printf("_alternative \"words:word:(%s)\" \"files:file:_files\"", h->words);
	else
		fputs("_files", stdout);
	puts("' ;;");
}

static void zsh(const struct luo_cmd *commands, const struct help *helps)
{
	const struct luo_cmd *c;

	fputs("#compdef luo-load\n# luo-load completion zsh\n\n"
	      "_luo_load_kernels()\n{\n\t_alternative 'releases:release:(", stdout);
	print_releases();
	fputs(")' 'files:file:_files'\n}\n\n"
	      "_luo_load_names()\n{\n\tlocal -a names\n"
	      "\tnames=(${(f)\"$(find \"$@\" -maxdepth 1 ! -type d -printf '%f\\n' "
	      "2>/dev/null)\"})\n"
	      "\t_alternative \"names:name:(${names%.bpf.o})\" 'files:file:_files'\n}\n\n"
	      "_luo_load()\n{\n\tlocal curcontext=$curcontext state line\n\tlocal -a commands\n\n"
	      "\tcommands=(", stdout);
	for (c = commands; c->name; c++) {
		printf("\n\t\t'%s:", c->name);
		zsh_text(c->summary);
		putchar('\'');
	}
	fputs("\n\t)\n\t_arguments -C '-j[JSON]' '-v[more of it]' "
	      "'--root[where /usr and /etc are]:DIR:_files -/' '--help[help]' "
	      "'--version[version]' \\\n\t\t'1:command:->command' '*::argument:->argument'\n"
	      "\tif [[ $state == command ]]; then\n\t\t_describe command commands\n\t\treturn\n"
	      "\tfi\n\tcase $words[1] in\n", stdout);
	for (c = commands; c->name; c++)
		zsh_command(c, &helps[c - commands]);
	fputs("\tesac\n}\n\n_luo_load \"$@\"\n", stdout);
}

/* ---- the command ----------------------------------------------------------------------- */

/* Help that a command only has with an option. */
static const struct {
	const char *command;
	const char *option;
} more[] = {
	{ "check", "--snapshot" },
};

static int read_all(const struct luo_cmd *commands, struct help *helps)
{
	const struct luo_cmd *c;
	int err = 0;
	size_t i;

	for (c = commands; c->name && !err; c++) {
		for (i = 0; i < sizeof(more) / sizeof(more[0]) && !err; i++)
			if (!strcmp(more[i].command, c->name))
				err = read_help(&helps[c - commands], c, more[i].option);
		if (!err)
			err = read_help(&helps[c - commands], c, NULL);
	}
	return err;
}

int cmd_completion(const struct luo_cmd *commands, int argc, char **argv)
{
	const struct luo_cmd *end = commands;
	struct help *helps;
	int code = LUO_EXIT_OK;

	if (argc == 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		fputs(usage, stdout);
		return LUO_EXIT_OK;
	}
	if (argc != 2 || (strcmp(argv[1], "bash") && strcmp(argv[1], "zsh")))
		return cmd_error(LUO_EXIT_USAGE, "completion", "for bash or zsh; see luo-load "
				 "completion --help");
	while (end->name)
		end++;
	helps = calloc(end - commands + 1, sizeof(*helps));
	if (!helps || read_all(commands, helps))
		code = cmd_error(LUO_EXIT_ERROR, "completion", "no memory");
	else if (!strcmp(argv[1], "bash"))
		bash(commands, helps);
	else
		zsh(commands, helps);
	free(helps);
	return code;
}
