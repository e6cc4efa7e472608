// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Z3, for what trying does not find and the simplifier does not decide. The library takes
 * longer to load than a translator to verify, so the first question loads it; without it
 * the answer is that nobody knows. A static luo-load is linked without this file.
 */
#define _GNU_SOURCE	/* pipe2(), wait4() */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <z3.h>

#include "model.h"
#include "vm/insn.h"

#define LIBRARY		"libz3.so.4"
#define NO_LIBRARY	LIBRARY " is not there"
/*
 * Per object. Z3 counts its own steps, so that the answer does not depend on the machine:
 * half a million of them take less than a second. Many such questions take too long; the
 * last limit only tells how many of them are asked.
 */
#define QUERIES_MAX	64U
#define UNDECIDED_MAX	3U	/* questions of that kind are not its strength */
#define STEPS_MAX	500000U
#define MEMORY_MIB	256U
#define NS_MAX		2000000000U
/* For one question that goes astray: seconds of the processor, milliseconds of the clock. */
#define CPU_MAX		2U
#define WAIT_MS		20000

#define FUNCTIONS(X)									\
	X(Z3_global_param_set) X(Z3_mk_config) X(Z3_del_config) X(Z3_mk_context)		\
	X(Z3_set_error_handler) X(Z3_get_error_code) X(Z3_mk_string_symbol)		\
	X(Z3_mk_int_symbol) X(Z3_mk_bv_sort) X(Z3_mk_array_sort) X(Z3_mk_const)		\
	X(Z3_mk_unsigned_int64) X(Z3_mk_select) X(Z3_mk_concat) X(Z3_mk_extract)	\
	X(Z3_mk_sign_ext) X(Z3_mk_bvadd) X(Z3_mk_bvmul) X(Z3_mk_bvand) X(Z3_mk_bvor)	\
	X(Z3_mk_bvxor) X(Z3_mk_bvudiv) X(Z3_mk_bvsdiv) X(Z3_mk_bvurem)			\
	X(Z3_mk_bvsrem) X(Z3_mk_bvshl) X(Z3_mk_bvlshr) X(Z3_mk_bvashr) X(Z3_mk_eq)	\
	X(Z3_mk_bvult) X(Z3_mk_bvule) X(Z3_mk_bvslt) X(Z3_mk_not) X(Z3_mk_ite)		\
	X(Z3_mk_solver_for_logic) X(Z3_solver_inc_ref) X(Z3_mk_params)			\
	X(Z3_params_inc_ref) X(Z3_params_set_uint) X(Z3_solver_set_params)		\
	X(Z3_solver_assert) X(Z3_solver_check) X(Z3_solver_get_model)			\
	X(Z3_model_inc_ref) X(Z3_model_eval) X(Z3_get_numeral_uint64)

struct solver {
	void *library;
	Z3_context ctx;		/* empty here; children have copies, that they fill */
	Z3_ast *memo;		/* bit-vectors, by term */
	__u32 nr_memo;
	Z3_sort memory;
	jmp_buf bail;		/* to where there is no answer */
#define MEMBER(f) __typeof__(f) *f;
	FUNCTIONS(MEMBER)
};

static bool find_functions(struct solver *s)
{
#define FIND(f) if (!(s->f = (__typeof__(s->f))dlsym(s->library, #f))) return false;
	FUNCTIONS(FIND)
	return true;
}

/*
 * Stays: it is used again by the next object, the library does not like to be unloaded, and
 * to make a context takes longer than most questions.
 */
static _Thread_local struct solver *loaded;

/* Errors are asked for, not printed. */
static void on_error(Z3_context ctx, Z3_error_code code)
{
	(void)ctx;
	(void)code;
}

/*
 * What Z3 does not make (sorts that do not fit, no more memory) is NULL, and given back to
 * it, that kills the process.
 */
static Z3_ast made(struct solver *s, Z3_ast ast)
{
	if (!ast)
		longjmp(s->bail, 1);
	return ast;
}

/* The same of what has no type of its own here. */
#define MADE(s, f, ...) made(s, (s)->Z3_mk_##f((s)->ctx, __VA_ARGS__))

static Z3_sort sort_of(struct solver *s, unsigned int width)
{
	Z3_sort sort = s->Z3_mk_bv_sort(s->ctx, width);

	if (!sort)
		longjmp(s->bail, 1);
	return sort;
}

static Z3_ast number(struct solver *s, unsigned int width, __u64 val)
{
	return MADE(s, unsigned_int64, val, sort_of(s, width));
}

static Z3_ast bits(struct solver *s, const struct term *t);
static Z3_ast truth(struct solver *s, const struct term *t);

/* A region is an array of bytes. */
static Z3_ast load_bits(struct solver *s, const struct term *t)
{
	Z3_symbol name = s->Z3_mk_int_symbol(s->ctx, t->val);
	Z3_ast array = MADE(s, const, name, s->memory), off = bits(s, t->arg[0]);
	Z3_ast all = NULL, byte;
	unsigned int i;

	for (i = 0; i < t->width / 8; i++) {
		byte = MADE(s, bvadd, off, number(s, 64, i));
		byte = MADE(s, select, array, byte);
		all = all ? MADE(s, concat, byte, all) : byte;
	}
	return all;
}

static Z3_ast var_bits(struct solver *s, const struct term *t)
{
	char name[48];

	snprintf(name, sizeof(name), "v%u", t->id);
	return MADE(s, const, s->Z3_mk_string_symbol(s->ctx, name), sort_of(s, t->width));
}

/* Division by zero is not what SMT-LIB has; shifts look at the lower bits only. */
static Z3_ast opaque_bits(struct solver *s, const struct term *t)
{
	Z3_ast a = bits(s, t->arg[0]), b = bits(s, t->arg[1]), zero = number(s, t->width, 0);
	Z3_ast none = MADE(s, eq, b, zero);
	bool is_signed = t->kind & 1;

	switch (t->kind & ~1U) {
	case BPF_AND: return MADE(s, bvand, a, b);
	case BPF_OR: return MADE(s, bvor, a, b);
	case BPF_XOR: return MADE(s, bvxor, a, b);
	case BPF_MUL: return MADE(s, bvmul, a, b);
	case BPF_DIV:
		a = is_signed ? MADE(s, bvsdiv, a, b) : MADE(s, bvudiv, a, b);
		return MADE(s, ite, none, zero, a);
	case BPF_MOD:
		zero = is_signed ? MADE(s, bvsrem, a, b) : MADE(s, bvurem, a, b);
		return MADE(s, ite, none, a, zero);
	}
	b = MADE(s, bvand, b, number(s, t->width, t->width - 1));
	if ((t->kind & ~1U) == BPF_LSH)
		return MADE(s, bvshl, a, b);
	if ((t->kind & ~1U) == BPF_RSH)
		return MADE(s, bvlshr, a, b);
	return MADE(s, bvashr, a, b);
}

static Z3_ast make_bits(struct solver *s, const struct term *t)
{
	Z3_ast all, one;
	unsigned int i;

	switch (t->op) {
	case T_CONST:
		return number(s, t->width, t->val);
	case T_VAR:
		return var_bits(s, t);
	case T_LOAD:
		return load_bits(s, t);
	case T_CONCAT:
		all = bits(s, t->arg[0]);
		for (i = 1; i < t->nr; i++)
			all = MADE(s, concat, bits(s, t->arg[i]), all);
		return all;
	case T_EXTRACT:
		return MADE(s, extract, t->val + t->width - 1, t->val, bits(s, t->arg[0]));
	case T_SEXT:
		return MADE(s, sign_ext, t->width - t->arg[0]->width, bits(s, t->arg[0]));
	case T_SUM:
		all = number(s, t->width, t->val);
		for (i = 0; i < t->nr; i++) {
			one = MADE(s, bvmul, number(s, t->width, t->coef[i]), bits(s, t->arg[i]));
			all = MADE(s, bvadd, all, one);
		}
		return all;
	case T_OPAQUE:
		return opaque_bits(s, t);
	}
	return MADE(s, ite, truth(s, t), number(s, 1, 1), number(s, 1, 0));
}

static Z3_ast bits(struct solver *s, const struct term *t)
{
	if (t->id >= s->nr_memo)
		return make_bits(s, t);
	if (!s->memo[t->id])
		s->memo[t->id] = make_bits(s, t);
	return s->memo[t->id];
}

static Z3_ast truth(struct solver *s, const struct term *t)
{
	switch (t->op) {
	case T_NOT:
		return MADE(s, not, truth(s, t->arg[0]));
	case T_EQ:
		return MADE(s, eq, bits(s, t->arg[0]), bits(s, t->arg[1]));
	case T_ULT:
		return MADE(s, bvult, bits(s, t->arg[0]), bits(s, t->arg[1]));
	case T_SLT:
		return MADE(s, bvslt, bits(s, t->arg[0]), bits(s, t->arg[1]));
	default:
		return MADE(s, eq, bits(s, t), number(s, 1, 1));
	}
}

static void assert_all(struct solver *s, Z3_solver z, const struct conds *c)
{
	const struct term *t;
	unsigned int i;
	Z3_ast x;

	for (i = 0; i < c->nr; i++)
		s->Z3_solver_assert(s->ctx, z, truth(s, c->cond[i]));
	for (i = 0; i < c->nr_leaves; i++) {
		t = c->leaf[i];
		if (t->op != T_VAR)
			continue;
		x = MADE(s, bvule, number(s, t->width, t->min), bits(s, t));
		s->Z3_solver_assert(s->ctx, z, x);
		x = MADE(s, bvule, bits(s, t), number(s, t->width, t->max));
		s->Z3_solver_assert(s->ctx, z, x);
	}
}

static bool value_of(struct solver *s, Z3_model z, const struct term *t, __u64 *val)
{
	uint64_t v;
	Z3_ast ast;

	if (!s->Z3_model_eval(s->ctx, z, bits(s, t), true, &ast) ||
	    !s->Z3_get_numeral_uint64(s->ctx, ast, &v))
		return false;
	*val = v;
	return true;
}

/* The value of each leaf of the conditions. */
static bool values_of(struct solver *s, Z3_model z, const struct conds *c, __u64 *val)
{
	unsigned int i;

	for (i = 0; i < c->nr_leaves; i++)
		if (!value_of(s, z, c->leaf[i], &val[i]))
			return false;
	return true;
}

static Z3_solver make_solver(struct solver *s)
{
	/* The next object that is made would take the last one's place. */
	Z3_solver z = s->Z3_mk_solver_for_logic(s->ctx, s->Z3_mk_string_symbol(s->ctx, "QF_ABV"));
	Z3_params p;

	if (!z)
		longjmp(s->bail, 1);
	s->Z3_solver_inc_ref(s->ctx, z);
	p = s->Z3_mk_params(s->ctx);
	if (!p)
		longjmp(s->bail, 1);
	s->Z3_params_inc_ref(s->ctx, p);
	s->Z3_params_set_uint(s->ctx, p, s->Z3_mk_string_symbol(s->ctx, "rlimit"), STEPS_MAX);
	s->Z3_params_set_uint(s->ctx, p, s->Z3_mk_string_symbol(s->ctx, "random_seed"), 1);
	s->Z3_solver_set_params(s->ctx, z, p);
	return z;
}

/* What the process that asks sends back: the values of a model, if there is one. */
struct reply {
	__u32 answer;
	__u64 val[LEAVES_MAX];
};

/* Nothing is given back: the process ends. Any error is no answer. */
static void ask(struct solver *s, const struct conds *c, struct reply *r)
{
	Z3_model model;
	Z3_solver z;
	Z3_lbool sat;

	r->answer = ANSWER_NONE;
	if (setjmp(s->bail))
		return;
	z = make_solver(s);
	assert_all(s, z, c);
	if (s->Z3_get_error_code(s->ctx) != Z3_OK)
		return;
	sat = s->Z3_solver_check(s->ctx, z);
	if (s->Z3_get_error_code(s->ctx) != Z3_OK)
		return;
	if (sat == Z3_L_FALSE)
		r->answer = ANSWER_IMPOSSIBLE;
	if (sat != Z3_L_TRUE)
		return;
	model = s->Z3_solver_get_model(s->ctx, z);
	if (!model)
		return;
	s->Z3_model_inc_ref(s->ctx, model);
	if (values_of(s, model, c, r->val))
		r->answer = ANSWER_MODEL;
}

/* Return: false when there is no memory. */
static bool make_context(struct solver *s)
{
	Z3_config cfg;

	if (setjmp(s->bail))
		return false;
	cfg = s->Z3_mk_config();
	if (!cfg)
		return false;
	s->ctx = s->Z3_mk_context(cfg);
	s->Z3_del_config(cfg);
	if (!s->ctx)
		return false;
	s->Z3_set_error_handler(s->ctx, on_error);
	s->memory = s->Z3_mk_array_sort(s->ctx, sort_of(s, 64), sort_of(s, 8));
	return s->memory;
}

static struct solver *load(const char **why)
{
	struct solver *s;

	*why = NO_LIBRARY;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (s->library) {
		*why = LIBRARY " lacks a function, or memory";
		if (find_functions(s) && make_context(s)) {
			*why = NULL;
			return s;
		}
	}
	free(s);
	return NULL;
}

/* ---- a process of its own ------------------------------------------------------------- */

/*
 * Z3 may end a process: when memory runs out where it does not expect that, it exits, or
 * aborts. What it does to this one is nobody's business: it gets no output, no core, and
 * not more processor time than the budget.
 */
static void confine(int fd)
{
	struct rlimit cpu = { CPU_MAX, CPU_MAX }, none = { 0, 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), i;

	for (i = 0; i < 3 && null >= 0; i++)
		if (i != fd)
			dup2(null, i);
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_IGN);
}

static void child(struct solver *s, const struct conds *c, unsigned int mib, int fd)
{
	struct reply r = { 0 };
	char limit[16];

	confine(fd);
	snprintf(limit, sizeof(limit), "%u", mib ? mib : MEMORY_MIB);
	s->Z3_global_param_set("memory_max_size", limit);
	s->nr_memo = c->ts->nr + 1;
	s->memo = calloc(s->nr_memo, sizeof(*s->memo));
	if (s->memo)
		ask(s, c, &r);
	_exit(write(fd, &r, sizeof(r)) != sizeof(r));
}

/* Return: whether all of it came. */
static bool receive(int fd, struct reply *r)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t have = 0;
	ssize_t n;
	int ready;

	while (have < sizeof(*r)) {
		ready = poll(&p, 1, WAIT_MS);
		if (ready < 0 && errno == EINTR)
			continue;
		n = ready > 0 ? read(fd, (char *)r + have, sizeof(*r) - have) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		have += n;
	}
	return true;
}

/* Return: whether there is a reply; @ns: of the processor, that it took. */
static bool ask_process(struct solver *s, const struct conds *c, unsigned int mib,
			struct reply *r, __u64 *ns)
{
	struct rusage use = { 0 };
	bool ok = false;
	int fd[2];
	pid_t pid;

	*ns = 0;
	if (pipe2(fd, O_CLOEXEC))
		return false;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		child(s, c, mib, fd[1]);
	}
	close(fd[1]);
	if (pid > 0)
		ok = receive(fd[0], r);
	close(fd[0]);
	if (pid > 0 && !ok)
		kill(pid, SIGKILL);
	while (pid > 0 && wait4(pid, NULL, 0, &use) < 0 && errno == EINTR)
		;
	*ns = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000000ULL +
	      (use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1000ULL;
	return ok;
}

/* Symbols first: where memory is loaded from may depend on them. */
static bool take_model(struct model *m, const struct conds *c, const struct reply *r)
{
	unsigned int i;

	model__clear(m);
	for (i = 0; i < c->nr_leaves; i++)
		if (c->leaf[i]->op == T_VAR && model__is_free(c->leaf[i]))
			model__set(m, c->leaf[i], r->val[i]);
	for (i = 0; i < c->nr_leaves; i++)
		if (c->leaf[i]->op == T_LOAD)
			model__set(m, c->leaf[i], r->val[i]);
	return model__fits(m, c);
}

/**
 * solver__ask - ask Z3
 * @use: what may be asked; loads the library when needed
 * @m: result
 * @c: what has to hold
 *
 * The question is asked by a child process, so that nothing that Z3 does ends this one.
 *
 * Return: ANSWER_MODEL; ANSWER_IMPOSSIBLE; ANSWER_NONE with @use->why set when there is
 * nobody to ask, or no more budget.
 */
enum answer solver__ask(struct solver_use *use, struct model *m, const struct conds *c)
{
	enum answer answer = ANSWER_NONE;
	struct reply r;
	__u64 ns;

	if (!loaded && !use->why)
		loaded = load(&use->why);
	if (!loaded)
		return ANSWER_NONE;
	if (use->queries == QUERIES_MAX || use->undecided == UNDECIDED_MAX ||
	    use->ns > NS_MAX) {
		use->why = "the budget for questions to Z3 is used up";
		return ANSWER_NONE;
	}
	use->queries++;
	if (ask_process(loaded, c, use->mib, &r, &ns))
		answer = r.answer;
	/* Whatever it says is tried. */
	if (answer == ANSWER_MODEL && !take_model(m, c, &r))
		answer = ANSWER_NONE;
	use->ns += ns;
	use->undecided += answer == ANSWER_NONE;
	return answer;
}
