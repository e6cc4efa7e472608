/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the parts of luo-load verify. */
#ifndef LUO_CMD_VERIFY_H
#define LUO_CMD_VERIFY_H

#include "cmd/evidence.h"
#include "verify/chain.h"
#include "verify/verify.h"

/* The exit code is a mask: several objects may end in several ways. */
enum {
	VERIFY_EXIT_SYSTEM = 1,
	VERIFY_EXIT_USAGE = 2,
	VERIFY_EXIT_REFUSED = 4,
	VERIFY_EXIT_UNKNOWN = 8,
};

struct html;

struct verify_args {
	bool lineage;
	bool chain;
	bool round_trip;	/* a chain that has to lead back */
	const char *html;	/* a file, or NULL */
	const char *counterexamples;	/* a directory, or NULL */
	const char *evidence;	/* a file that verdicts are added to, or NULL */
	bool kernel;		/* ask the running kernel's verifier too */
	struct verify_opts opts;
};

/* verify.c */
int verify_open(struct luo_object **obj, const char *path, struct json_object *list);
int verify_code(enum verify_verdict verdict);
int verify_evidence(const struct verify_args *args, enum luo_evidence_kind kind,
		    enum verify_verdict verdict, struct luo_object *const *objs, size_t nr,
		    struct json_object *list);
enum cmd_style verify_style(enum verify_verdict verdict);
void verify_print_flows(const struct verify_result *res);
struct json_object *verify_json_flows(const struct verify_result *res, bool input);
struct json_object *verify_json_records(const struct verify_result *res);
struct json_object *verify_json_object(const struct luo_object *obj,
				       const struct verify_result *res, bool lineage);

/* verify_counterexample.c */
bool counterexample__dir(const char *dir);
bool counterexample__write(const char *dir, const struct luo_object *obj,
			   struct verify_result *res);

/* verify_roundtrip.c */
int verify_chain(char **paths, size_t nr, const struct verify_args *args,
		 struct json_object *list, struct html *html);

/* verify_html.c: a page for who signs off. */
int html__open(struct html **h, const char *path);
int html__close(struct html *h);
void verify_html_object(struct html *h, struct luo_object *obj, const struct verify_result *res);
void verify_html_chain(struct html *h, struct luo_object **objs, size_t nr,
		       const struct verify_chain *res);

#endif /* LUO_CMD_VERIFY_H */
