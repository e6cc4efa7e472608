// SPDX-License-Identifier: GPL-2.0-only
/* luo-load: carry live-update state across Linux kernel versions. */
#include <signal.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/store.h"
#include "cmd/completion.h"

static const struct luo_cmd commands[] = {
	{ "run", cmd_run, "translate the state of a snapshot for another release" },
	{ "inspect", cmd_inspect, "show the state in a snapshot" },
	{ "verify", cmd_verify, "prove that translators are right about records" },
	{ "abi", cmd_abi, "show what a kernel image reads and writes, and save it" },
	{ "diff", cmd_diff, "name what changes between the formats of two kernels" },
	{ "gen", cmd_gen, "write the source of translators between two kernels" },
	{ "plan", cmd_plan, "show which objects lead from one kernel to another" },
	{ "matrix", cmd_matrix, "show which kernels can follow which, and check a policy" },
	{ "evidence", cmd_evidence, "show or keep what was found out about objects" },
	{ "profiles", cmd_profiles, "show which releases read and write which formats" },
	{ "info", cmd_info, "show what an object says of itself" },
	{ "install", cmd_install, "verify objects and put them where all commands find them" },
	{ "uninstall", cmd_uninstall, "remove them from there" },
	{ "attach", cmd_attach, "load translators into the running kernel" },
	{ "detach", cmd_detach, "remove them" },
	{ "list", cmd_list, "list them, or what is installed" },
	{ "check", cmd_check, "would everything that is alive be carried to the next kernel?" },
	{ "arm", cmd_arm, "prepare the next kexec of this kernel" },
	{ "disarm", cmd_disarm, "take that back" },
	{ "status", cmd_status, "show what is armed and what the module said last" },
	{ "kexec", cmd_kexec, "check, arm, load the next kernel, and jump" },
	{ "restore-pci", cmd_restore_pci, "compare PCI devices with what they were, and bind" },
	{ "report", cmd_report, "show how the state came to this kernel" },
	{ "doctor", cmd_doctor, "is this kernel able, and what is missing?" },
	{ }
};

static void help(FILE *f)
{
	const struct luo_cmd *c;

	fputs("Usage: luo-load [-j] [-v] [--root DIR] COMMAND [ARGUMENTS]\n"
	      "\n"
	      "Carries live-update state (LUO, KHO) across Linux kernel versions.\n"
	      "\n"
	      "Commands:\n", f);
	for (c = commands; c->name; c++)
		fprintf(f, "  %-11s %s\n", c->name, c->summary);
	fputs("\n"
	      "Options, for every command:\n"
	      "  -j, --json     JSON on standard output, errors too\n"
	      "  -v, --verbose  more of it\n"
	      "  --root DIR     where objects are installed: DIR/usr/lib/luo-bpf and so on;\n"
	      "                 before the command\n"
	      "  -h, --help     help; luo-load COMMAND --help for one command\n"
	      "  -V, --version  version\n"
	      "\n"
	      "Exit codes:\n"
	      "  0  done\n"
	      "  1  system error: a file could not be read or written, no memory\n"
	      "  2  usage: an option, a release or a configuration is not usable\n"
	      "  3  refused: the state cannot be carried, or the snapshot is damaged, not\n"
	      "     frozen or unknown; every blocker is listed and nothing is written\n"
	      "  5  an object (translator, acceptor) is not usable\n"
	      "  6  an object is not proved right, see luo-load verify; nothing is used\n"
	      "  7  run --monitor: a step broke a property of luo-load verify; nothing is\n"
	      "     written\n"
	      "\n"
	      "Example: luo-load run -i old.core -o new.core --to 7.3\n", f);
}

/* Options before the command. Return: index of the command, or -1 when all is said. */
static int global_options(int argc, char **argv, int *code)
{
	int i;

	*code = LUO_EXIT_OK;
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "-j") || !strcmp(argv[i], "--json")) {
			cmd_opts.json = true;
		} else if (!strcmp(argv[i], "-v") || !strcmp(argv[i], "--verbose")) {
			cmd_opts.verbose = true;
		} else if (!strcmp(argv[i], "--root") && i + 1 < argc) {
			luo_store__set_root(argv[++i]);
		} else if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help")) {
			help(stdout);
			return -1;
		} else if (!strcmp(argv[i], "-V") || !strcmp(argv[i], "--version")) {
			printf("luo-load %s\n", LUO_VERSION);
			return -1;
		} else {
			*code = cmd_error(LUO_EXIT_USAGE, NULL, "unknown option '%s'; see "
								"luo-load --help",
					  argv[i]);
			return -1;
		}
	}
	return i;
}

/* A serial console has no TERM, and no idea of escape sequences. */
static bool has_colors(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb");
}

int main(int argc, char **argv)
{
	const struct luo_cmd *c;
	int at, code;

	/* A file that grows too large is an error to report, no reason to leave litter. */
	signal(SIGXFSZ, SIG_IGN);
	cmd_opts.color = has_colors();
	at = global_options(argc, argv, &code);
	if (at < 0)
		return code;
	if (at == argc) {
		help(stderr);
		return LUO_EXIT_USAGE;
	}
	if (!strcmp(argv[at], "help")) {
		help(stdout);
		return LUO_EXIT_OK;
	}
	/* For packages: not in the list. */
	if (!strcmp(argv[at], "completion"))
		return cmd_completion(commands, argc - at, argv + at);
	for (c = commands; c->name; c++)
		if (!strcmp(c->name, argv[at]))
			break;
	/* luo-load X.bpf.o is luo-load attach X.bpf.o. */
	if (!c->name && strstr(argv[at], ".bpf.o"))
		return cmd_attach(argc - at + 1, argv + at - 1);
	if (!c->name)
		return cmd_error(LUO_EXIT_USAGE, NULL, "unknown command '%s'; see luo-load --help",
				 argv[at]);
	code = c->run(argc - at, argv + at);
	if (fflush(stdout) || ferror(stdout))
		return cmd_error(LUO_EXIT_ERROR, "standard output", "write failed");
	return code;
}
