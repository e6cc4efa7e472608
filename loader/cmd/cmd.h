/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands of luo-load share. */
#ifndef LUO_CMD_H
#define LUO_CMD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <linux/types.h>

/* Exit codes; every one is in luo-load --help. */
enum luo_exit {
	LUO_EXIT_OK = 0,
	LUO_EXIT_ERROR = 1,	/* a file, memory, the system */
	LUO_EXIT_USAGE = 2,
	LUO_EXIT_REFUSED = 3,	/* the state, or the snapshot */
	LUO_EXIT_OBJECT = 5,	/* a translator or acceptor */
	LUO_EXIT_UNPROVED = 6,	/* one that is not proved right */
	LUO_EXIT_WRONG = 7,	/* the monitor saw a step break a property */
};

/* Options that stand before the command, or anywhere behind it. */
struct luo_cmd_opts {
	bool json;
	bool verbose;
	bool color;
};

extern struct luo_cmd_opts cmd_opts;

struct luo_cmd {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

int cmd_run(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_abi(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_gen(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_evidence(int argc, char **argv);
int cmd_profiles(int argc, char **argv);
int cmd_install(int argc, char **argv);
int cmd_uninstall(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_list_installed(void);
int cmd_check(int argc, char **argv);
int cmd_arm(int argc, char **argv);
int cmd_disarm(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_kexec(int argc, char **argv);
int cmd_restore_pci(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/* One clear line on stderr, or a JSON object on stdout; returns @code. */
int cmd_error(enum luo_exit code, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* What getopt_long() returned ':' or '?' for; the text begins with ':'. */
int cmd_option_error(const char *command, int c, char **argv);
/* A command with no more than -j and -h. Return: 0; -1 when all is said; else an exit code. */
int cmd_no_arguments(int argc, char **argv, const char *usage);
void cmd_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cmd_clean(char *text);
void cmd_put(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cmd_json(struct json_object *obj);
void cmd_json_add(struct json_object *o, const char *key, const char *value);
long cmd_char(const char *text, size_t len, size_t *used);
const char *cmd_bytes(__u64 bytes, char *text, size_t size);
const char *cmd_time(__u64 ns, char *text, size_t size);

enum cmd_style {
	CMD_PLAIN,
	CMD_BOLD,
	CMD_DIM,
	CMD_GOOD,
	CMD_BAD,
	CMD_WARN,
};

/* Escape sequences when output is a terminal, else "". */
const char *cmd_style(enum cmd_style style);

#endif /* LUO_CMD_H */
