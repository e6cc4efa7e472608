// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Z3, for what trying does not find and the simplifier does not decide. The library takes
 * longer to load than a translator to verify, so the first question loads it; without it
 * the answer is that nobody knows. A static luo-load is linked without this file.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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
#define MEMORY_MIB	"256"
#define NS_MAX		2000000000U

#define FUNCTIONS(X)								\
	X(Z3_global_param_set) X(Z3_mk_config) X(Z3_del_config) X(Z3_mk_context)	\
	X(Z3_del_context) X(Z3_set_error_handler) X(Z3_get_error_code)		\
	X(Z3_mk_string_symbol) X(Z3_mk_int_symbol) X(Z3_mk_bv_sort) X(Z3_mk_array_sort) \
	X(Z3_mk_const) X(Z3_mk_unsigned_int64) X(Z3_mk_select) X(Z3_mk_concat)	\
	X(Z3_mk_extract) X(Z3_mk_sign_ext) X(Z3_mk_bvadd) X(Z3_mk_bvmul)	\
	X(Z3_mk_bvand) X(Z3_mk_bvor) X(Z3_mk_bvxor) X(Z3_mk_bvudiv) X(Z3_mk_bvsdiv) \
	X(Z3_mk_bvurem) X(Z3_mk_bvsrem) X(Z3_mk_bvshl) X(Z3_mk_bvlshr) X(Z3_mk_bvashr) \
	X(Z3_mk_eq) X(Z3_mk_bvult) X(Z3_mk_bvule) X(Z3_mk_bvslt) X(Z3_mk_not) X(Z3_mk_ite)	\
	X(Z3_mk_solver_for_logic) X(Z3_solver_inc_ref) X(Z3_solver_dec_ref)	\
	X(Z3_mk_params) X(Z3_params_inc_ref) X(Z3_params_dec_ref)		\
	X(Z3_params_set_uint) X(Z3_solver_set_params) X(Z3_solver_assert)	\
	X(Z3_solver_check) X(Z3_solver_get_model) X(Z3_model_inc_ref)		\
	X(Z3_model_dec_ref) X(Z3_model_eval) X(Z3_get_numeral_uint64)

struct solver {
	void *library;
	Z3_context ctx;
	Z3_ast *memo;		/* bit-vectors, by term */
	__u32 nr_memo;
	Z3_sort memory;
#define MEMBER(f) __typeof__(f) *f;
	FUNCTIONS(MEMBER)
};

static bool find_functions(struct solver *s)
{
#define FIND(f) if (!(s->f = (__typeof__(s->f))dlsym(s->library, #f))) return false;
	FUNCTIONS(FIND)
	return true;
}

static struct solver *load(const char **why)
{
	struct solver *s;

	*why = NO_LIBRARY;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (s->library && find_functions(s)) {
		*why = NULL;
		s->Z3_global_param_set("memory_max_size", MEMORY_MIB);
		return s;
	}
	if (s->library)
		*why = LIBRARY " lacks a function";
	free(s);
	return NULL;
}

/* Stays loaded: it is used again by the next object, and does not like to be unloaded. */
void solver__free(struct solver_use *use)
{
	free(use->solver);
	use->solver = NULL;
}

/* Errors are asked for, not printed. */
static void on_error(Z3_context ctx, Z3_error_code code)
{
	(void)ctx;
	(void)code;
}

static Z3_ast number(struct solver *s, unsigned int width, __u64 val)
{
	return s->Z3_mk_unsigned_int64(s->ctx, val, s->Z3_mk_bv_sort(s->ctx, width));
}

static Z3_ast bits(struct solver *s, const struct term *t);
static Z3_ast truth(struct solver *s, const struct term *t);

/* A region is an array of bytes. */
static Z3_ast load_bits(struct solver *s, const struct term *t)
{
	Z3_symbol name = s->Z3_mk_int_symbol(s->ctx, t->val);
	Z3_ast array = s->Z3_mk_const(s->ctx, name, s->memory), off = bits(s, t->arg[0]);
	Z3_ast all = NULL, byte;
	unsigned int i;

	for (i = 0; i < t->width / 8; i++) {
		byte = s->Z3_mk_bvadd(s->ctx, off, number(s, 64, i));
		byte = s->Z3_mk_select(s->ctx, array, byte);
		all = all ? s->Z3_mk_concat(s->ctx, byte, all) : byte;
	}
	return all;
}

static Z3_ast var_bits(struct solver *s, const struct term *t)
{
	char name[48];

	snprintf(name, sizeof(name), "v%u", t->id);
	return s->Z3_mk_const(s->ctx, s->Z3_mk_string_symbol(s->ctx, name),
			      s->Z3_mk_bv_sort(s->ctx, t->width));
}

/* Division by zero is not what SMT-LIB has; shifts look at the lower bits only. */
static Z3_ast opaque_bits(struct solver *s, const struct term *t)
{
	Z3_ast a = bits(s, t->arg[0]), b = bits(s, t->arg[1]), zero = number(s, t->width, 0);
	Z3_ast none = s->Z3_mk_eq(s->ctx, b, zero);
	bool is_signed = t->kind & 1;

	switch (t->kind & ~1U) {
	case BPF_AND: return s->Z3_mk_bvand(s->ctx, a, b);
	case BPF_OR: return s->Z3_mk_bvor(s->ctx, a, b);
	case BPF_XOR: return s->Z3_mk_bvxor(s->ctx, a, b);
	case BPF_MUL: return s->Z3_mk_bvmul(s->ctx, a, b);
	case BPF_DIV:
		a = is_signed ? s->Z3_mk_bvsdiv(s->ctx, a, b) : s->Z3_mk_bvudiv(s->ctx, a, b);
		return s->Z3_mk_ite(s->ctx, none, zero, a);
	case BPF_MOD:
		zero = is_signed ? s->Z3_mk_bvsrem(s->ctx, a, b) : s->Z3_mk_bvurem(s->ctx, a, b);
		return s->Z3_mk_ite(s->ctx, none, a, zero);
	}
	b = s->Z3_mk_bvand(s->ctx, b, number(s, t->width, t->width - 1));
	if ((t->kind & ~1U) == BPF_LSH)
		return s->Z3_mk_bvshl(s->ctx, a, b);
	if ((t->kind & ~1U) == BPF_RSH)
		return s->Z3_mk_bvlshr(s->ctx, a, b);
	return s->Z3_mk_bvashr(s->ctx, a, b);
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
			all = s->Z3_mk_concat(s->ctx, bits(s, t->arg[i]), all);
		return all;
	case T_EXTRACT:
		return s->Z3_mk_extract(s->ctx, t->val + t->width - 1, t->val,
					bits(s, t->arg[0]));
	case T_SEXT:
		return s->Z3_mk_sign_ext(s->ctx, t->width - t->arg[0]->width,
					 bits(s, t->arg[0]));
	case T_SUM:
		all = number(s, t->width, t->val);
		for (i = 0; i < t->nr; i++) {
			one = s->Z3_mk_bvmul(s->ctx, number(s, t->width, t->coef[i]),
					     bits(s, t->arg[i]));
			all = s->Z3_mk_bvadd(s->ctx, all, one);
		}
		return all;
	case T_OPAQUE:
		return opaque_bits(s, t);
	}
	return s->Z3_mk_ite(s->ctx, truth(s, t), number(s, 1, 1), number(s, 1, 0));
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
		return s->Z3_mk_not(s->ctx, truth(s, t->arg[0]));
	case T_EQ:
		return s->Z3_mk_eq(s->ctx, bits(s, t->arg[0]), bits(s, t->arg[1]));
	case T_ULT:
		return s->Z3_mk_bvult(s->ctx, bits(s, t->arg[0]), bits(s, t->arg[1]));
	case T_SLT:
		return s->Z3_mk_bvslt(s->ctx, bits(s, t->arg[0]), bits(s, t->arg[1]));
	default:
		return s->Z3_mk_eq(s->ctx, bits(s, t), number(s, 1, 1));
	}
}

static void assert_all(struct solver *s, Z3_solver z, const struct conds *c)
{
	const struct term *t;
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		s->Z3_solver_assert(s->ctx, z, truth(s, c->cond[i]));
	for (i = 0; i < c->nr_leaves; i++) {
		t = c->leaf[i];
		if (t->op != T_VAR)
			continue;
		s->Z3_solver_assert(s->ctx, z, s->Z3_mk_bvule(s->ctx, number(s, t->width, t->min),
							       bits(s, t)));
		s->Z3_solver_assert(s->ctx, z, s->Z3_mk_bvule(s->ctx, bits(s, t),
							       number(s, t->width, t->max)));
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

/* Symbols first: where memory is loaded from may depend on them. */
static bool take_model(struct solver *s, Z3_model z, struct model *m, const struct conds *c)
{
	unsigned int i;
	__u64 val;

	model__clear(m);
	for (i = 0; i < c->nr_leaves; i++) {
		if (c->leaf[i]->op != T_VAR || !model__is_free(c->leaf[i]))
			continue;
		if (!value_of(s, z, c->leaf[i], &val))
			return false;
		model__set(m, c->leaf[i], val);
	}
	for (i = 0; i < c->nr_leaves; i++) {
		if (c->leaf[i]->op != T_LOAD)
			continue;
		if (!value_of(s, z, c->leaf[i], &val))
			return false;
		model__set(m, c->leaf[i], val);
	}
	return model__fits(m, c);
}

static enum answer ask(struct solver *s, struct model *m, const struct conds *c)
{
	enum answer answer = ANSWER_NONE;
	Z3_model model;
	Z3_solver z;
	Z3_params p;
	Z3_lbool sat;

	/* The next object that is made would take the last one's place. */
	z = s->Z3_mk_solver_for_logic(s->ctx, s->Z3_mk_string_symbol(s->ctx, "QF_ABV"));
	s->Z3_solver_inc_ref(s->ctx, z);
	p = s->Z3_mk_params(s->ctx);
	s->Z3_params_inc_ref(s->ctx, p);
	s->Z3_params_set_uint(s->ctx, p, s->Z3_mk_string_symbol(s->ctx, "rlimit"), STEPS_MAX);
	s->Z3_params_set_uint(s->ctx, p, s->Z3_mk_string_symbol(s->ctx, "random_seed"), 1);
	s->Z3_solver_set_params(s->ctx, z, p);
	assert_all(s, z, c);
	sat = s->Z3_get_error_code(s->ctx) == Z3_OK ? s->Z3_solver_check(s->ctx, z) : Z3_L_UNDEF;
	if (s->Z3_get_error_code(s->ctx) != Z3_OK)
		sat = Z3_L_UNDEF;
	if (sat == Z3_L_FALSE) {
		answer = ANSWER_IMPOSSIBLE;
	} else if (sat == Z3_L_TRUE) {
		model = s->Z3_solver_get_model(s->ctx, z);
		if (model) {
			s->Z3_model_inc_ref(s->ctx, model);
			/* Whatever it says is tried. */
			answer = take_model(s, model, m, c) ? ANSWER_MODEL : ANSWER_NONE;
			s->Z3_model_dec_ref(s->ctx, model);
		}
	}
	s->Z3_params_dec_ref(s->ctx, p);
	s->Z3_solver_dec_ref(s->ctx, z);
	return answer;
}

static __u64 cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/**
 * solver__ask - ask Z3
 * @use: what may be asked; loads the library when needed
 * @m: result
 * @c: what has to hold
 *
 * Return: ANSWER_MODEL; ANSWER_IMPOSSIBLE; ANSWER_NONE with @use->why set when there is
 * nobody to ask, or no more budget.
 */
enum answer solver__ask(struct solver_use *use, struct model *m, const struct conds *c)
{
	enum answer answer;
	struct solver *s;
	__u64 start;
	Z3_config cfg;

	if (!use->solver && !use->why)
		use->solver = load(&use->why);
	s = use->solver;
	if (!s)
		return ANSWER_NONE;
	if (use->queries == QUERIES_MAX || use->undecided == UNDECIDED_MAX ||
	    use->ns > NS_MAX) {
		use->why = "the budget for questions to Z3 is used up";
		return ANSWER_NONE;
	}
	use->queries++;
	s->nr_memo = m->ts->nr + 1;
	s->memo = calloc(s->nr_memo, sizeof(*s->memo));
	if (!s->memo)
		return ANSWER_NONE;
	start = cpu_ns();
	cfg = s->Z3_mk_config();
	s->ctx = s->Z3_mk_context(cfg);
	s->Z3_del_config(cfg);
	s->Z3_set_error_handler(s->ctx, on_error);
	s->memory = s->Z3_mk_array_sort(s->ctx, s->Z3_mk_bv_sort(s->ctx, 64),
					s->Z3_mk_bv_sort(s->ctx, 8));
	answer = ask(s, m, c);
	s->Z3_del_context(s->ctx);
	free(s->memo);
	s->memo = NULL;
	use->ns += cpu_ns() - start;
	use->undecided += answer == ANSWER_NONE;
	return answer;
}
