/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between the parts of the verifier:
 *
 *	code.c		instructions
 *	exec.c		the symbolic machine	mem.c	stack and windows
 *	calls.c		the contract		loop.c	bpf_for() by induction
 *	field.c		layouts as rows of fields
 *	image.c		what a path left in one structure
 *	scope.c		and in all that it made, or a turn of a loop
 *	check.c		properties of output	carry.c	properties of input
 *	check_struct.c	of one structure of it, field by field
 *	loss.c		LUO_LOSS()		merge.c	two values that become one
 *	unique.c	elements told apart	note.c	what is left to a person
 *	meaning.c	what layouts do not show	waiver.c	LUO_WAIVE()
 *	rule.c		names of what is found
 *	explain.c	terms and places in words
 *	model.c		concrete inputs		search.c, z3.c	how they are found
 *	input.c, input_make.c	which input shows a finding	replay.c	and whether it does
 *	compose.h	several objects, one behind the other
 */
#ifndef LUO_VERIFY_INT_H
#define LUO_VERIFY_INT_H

#include "lib/lines.h"
#include "model.h"
#include "path.h"
#include "verify.h"

#define STACK_SLOTS	64
#define FRAMES_MAX	8
#define STEPS_MAX	500000U
#define PATHS_MAX	20000U
/* kernel/core/calls.c: what a call costs, and what a step may spend. */
#define CALL_COST	16U
#define BUDGET_BASE	(1U << 20)
#define BUDGET_PER_BYTE	64U
#define FORKS_MAX	256U		/* decisions on one path */

/* code.c */
struct code_insn {
	__u16 op;		/* enum vm_opcode */
	__s16 off;
	__u8 dst;
	__u8 src;
	__u64 imm;
};

struct code {
	struct code_insn *insns;
	size_t nr;
	const struct vm_prog *prog;
	struct luo_lines *lines;
};

int code__init(struct code *c, const struct luo_object *obj);
void code__free(struct code *c);

/* What a pointer points into. */
enum base_kind {
	BASE_CTX,
	BASE_TX,
	BASE_STACK,
	BASE_IN,
	BASE_OUT,
	BASE_DATA,
	BASE_INDEX,	/* what bpf_iter_num_next() returns */
	BASE_ITER,	/* not a pointer: the state of an iterator, in its stack slot */
};

struct region;
struct loop;

struct base {
	enum base_kind kind;
	unsigned int frame;
	const struct region *region;
	const struct term *off;		/* of a window */
	__u64 size;
	const struct term *index;
	const struct term *start, *end;	/* of an iterator */
	__u32 insn;
};

/* A register: nothing, a number (@base is NULL), or a pointer with an offset. */
struct value {
	const struct term *t;
	const struct base *base;
};

struct slot {
	const struct base *base;	/* a whole pointer; @byte[0] is its offset */
	const struct term *byte[8];	/* NULL: never written */
};

struct frame {
	unsigned int refs;
	__u32 ret;
	struct value saved[4];
	struct slot slots[STACK_SLOTS];
	struct frame *next_free;
};

/* A region on some path: made by the step, or seen through a handle. */
struct region {
	__u32 id;
	__u32 insn;
	bool fresh;
	__u64 kind;			/* of luob_new() */
	const struct term *bytes;	/* of luob_new() */
	const struct term *token;
	const struct loop *loop;	/* in whose body it appeared */
	/* Seen through a handle: */
	const struct region *up;
	const struct term *up_off;
	const struct luob_handle *handle;
	const struct luob_type *head;
	const struct luob_type *elem;
	const struct term *nr;		/* elements */
	const struct term *size;
};

enum effect_kind {
	E_WRITE,	/* @t to @off of @region */
	E_NEW,
	E_REF,		/* @other is what is behind @off of @region, or NULL: null */
	E_MOVE,		/* to @off of @region, from @off2 of @other */
	E_CHILD,
	E_LINK,		/* @other to @off of @region */
	E_DROP,		/* @off of @region, @size is the reason */
	E_GATHER,	/* @t of the elements of @region are left, by @size */
	E_TURN,		/* a turn of @loop begins */
	E_LOOP,		/* @loop is done */
	E_LOOKUP,	/* of kind @off2 and key @off; @t is the answer, NULL for none */
};

struct effect {
	const struct effect *prev;
	enum effect_kind kind;
	__u32 insn;
	const struct region *region;
	const struct term *off;
	const struct region *other;
	const struct term *off2;
	const struct term *t;
	const struct loop *loop;
	__u64 size;
};

/* How a turn of a loop can end. */
struct turn {
	struct turn *next;
	struct state *state;
};

/* Calls of bpf_iter_num_next() for one loop. */
#define SITES_MAX	4

/* Something that turns of a loop change. */
struct place {
	struct place *next;
	enum { PLACE_REG, PLACE_SLOT, PLACE_OUT } kind;
	unsigned int frame;
	unsigned int nr;
	const struct region *region;
	const struct term *off;
	unsigned int bytes;
	bool step;		/* grows by @delta in each turn */
	bool late;		/* a number only from the second turn on; @first is what fits */
	bool poison;		/* a pointer: nothing can be said */
	bool dirt;		/* a turn may leave what nobody wrote, or no number */
	bool unsettled;		/* in this round it began a turn as what it is not */
	bool touched;		/* written in this round */
	__u64 delta;
	const struct term *first;	/* before the loop */
	const struct term *start;	/* when a turn begins */
	/* Behind a call, what a turn leaves may always be the same. */
	bool fixed[SITES_MAX];
	bool varies[SITES_MAX];
	struct slot value[SITES_MAX];
};

/*
 * clang rotates loops: the first turn begins behind another call than the others, with
 * other contents in registers. Each call is a site of its own.
 */
struct site {
	__u32 insn;
	bool back;		/* turns end here, too */
	struct state *start;	/* how a turn begins here, in this round */
};

struct loop {
	const struct loop *outer;
	__u32 insn;
	struct site sites[SITES_MAX];
	unsigned int nr_sites;
	__u32 nr;			/* regions that are older */
	bool *fills;			/* of them: turns write elements, by the index */
	__u32 nr_vars;			/* symbols that are older */
	unsigned int frame;
	unsigned int slot;
	const struct base *iter;	/* what bpf_iter_num_new() made */
	const struct term *bound;
	const struct term *index;
	struct turn *turns;
	struct place *places;
};

struct state {
	struct state *next;
	struct value reg[11];
	struct frame *frames[FRAMES_MAX];
	unsigned int nr_frames;
	__u32 pc;
	const struct fact *facts;
	const struct effect *effects;
	struct loop *loop;
	const struct term *index;	/* of its turn; the first one of a rotated loop is 0 */
	unsigned int forks;
	__u64 cost;		/* of calls, as the engine's budget counts them */
	bool refused;
	__u32 refused_at;
};

/* field.c */
enum field_flags {
	FIELD_RESERVED = 1,
	FIELD_VERSION = 2,
	FIELD_STRING = 4,
	FIELD_SIGNED = 8,
	FIELD_ARRAY = 16,
	FIELD_PADDING = 32,
};

struct field {
	char name[96];
	char type[64];		/* as C has it */
	__u32 bit;
	__u32 bits;
	__u32 flags;
	__u64 means;		/* print of __luo_meaning() here and around, 0 for none */
	const char *meaning;	/* the innermost of them, or NULL */
	const struct luob_handle *handle;
};

struct fields {
	struct fields *next;
	const struct luob_type *type;
	struct field *field;
	unsigned int nr;
	__u8 *seen;		/* per byte: an acceptor has looked at it */
};

/*
 * What a finding rests on: the path that led there, and the condition under which it is
 * one (NULL: always). The same may be found on several paths.
 */
#define CLUES_MAX	64
struct clue {
	const struct clue *next;
	const struct fact *facts;
	const struct effect *effects;
	const struct term *goal;
	bool cut;		/* the analysis went no further there */
	bool absent;		/* something was not found: it may be where nobody looked */
};

struct clues {
	const struct clue *first;
	unsigned int nr;
	bool form;		/* no input matters */
};

/* What turns of a loop left, and what was there before the first. */
struct havoc {
	const struct havoc *next;
	const struct term *t;
	const struct term *index;	/* after so many turns */
	const struct term *first;	/* NULL: not a number */
};

/* How a path ended, for who composes objects. */
struct kept {
	struct kept *next;
	const struct effect *effects;
	const struct fact *facts;
	const char *rule;	/* what it refuses by; NULL: success, or an error of its own */
	__u32 insn;
};

struct vfy {
	const struct luo_object *obj;
	const struct luob_prog *prog;
	struct verify_result *res;
	struct code code;
	struct terms ts;
	bool accept;
	__u32 nr_vars;
	__u32 nr_regions;
	__u32 nr_loops;
	struct region **regions;
	size_t cap_regions;
	struct region *self;
	struct state *todo;
	struct state *free_states;
	struct frame *free_frames;
	struct fields *fields;
	const struct luob_type *about_type;	/* what findings are about */
	const struct field *about;
	__u64 steps;
	__u32 pc;		/* of the last decision */
	__u32 paths;
	__u32 successes;
	unsigned int depth;	/* of loops that are analysed */
	bool gave_up;		/* there was too much: what is left is to say so */
	bool draft;		/* a round of a loop whose changes are not known yet */
	struct clue at;		/* where the analysis is */
	struct clues *clues;	/* of findings, by number */
	size_t cap_clues;
	const struct havoc *havocs;
	struct conds *conds;	/* of vfy__holds() */
	struct model model;
	struct solver_use solver;
	struct kept *done;	/* paths that succeed */
	struct kept *failed;	/* and those that do not */
	struct lineage *lineage;
	const struct luo_object *const *chain;	/* whose losses count, too; ends with NULL */
	struct lost *lost;	/* what LUO_LOSS() covers */
	struct pin *pins;	/* what paths know of what they do not carry */
	bool told_apart;	/* elements were gathered by what is unique */
	struct shuffle *shuffles;	/* bytes of unique fields in another order */
};

/* explain.c: findings, terms, places */
__attribute__((format(printf, 5, 6)))
void vfy__find(struct vfy *v, enum verify_rule rule, enum verify_verdict verdict, __u32 insn,
	       const char *fmt, ...);
__attribute__((format(printf, 6, 7)))
void vfy__find_if(struct vfy *v, const struct term *goal, enum verify_rule rule,
		  enum verify_verdict verdict, __u32 insn, const char *fmt, ...);
__attribute__((format(printf, 5, 6)))
void vfy__find_absent(struct vfy *v, const struct term *goal, enum verify_rule rule, __u32 insn,
		      const char *fmt, ...);
__attribute__((format(printf, 4, 5)))
void vfy__find_form(struct vfy *v, enum verify_rule rule, __u32 insn, const char *fmt, ...);
enum verify_verdict vfy__sure(const struct vfy *v);
const char *vfy__term(struct vfy *v, const struct term *t, char *buf, size_t size);
const char *vfy__place(struct vfy *v, const struct region *r, const struct term *off, char *buf,
		       size_t size);
const char *vfy__place_bit(struct vfy *v, const struct region *r, const struct term *off,
			   unsigned int lo, char *buf, size_t size);
const char *vfy__when(struct vfy *v, const struct fact *facts, char *buf, size_t size);
const char *vfy__region(struct vfy *v, const struct region *r, char *buf, size_t size);

/* verify.c */
int vfy__begin(struct vfy *v, const struct luo_object *obj, struct verify_result *res);
void vfy__analyse(struct vfy *v);
void vfy__sort(struct verify_result *res);

/* exec.c */
/* Paths may be long, and be looked at for each thing on them: that is counted. */
static inline const struct effect *effect__prev(struct vfy *v, const struct effect *e)
{
	terms__work(&v->ts);
	return e->prev;
}

struct kept *vfy__keep(struct vfy *v, const struct state *s, struct kept **list);
void vfy__run(struct vfy *v, struct state *s);
/* For tests: sees each path that ends in a return, while its terms are there. */
extern void (*vfy__path_hook)(struct vfy *v, const struct state *s, bool success);
struct state *state__clone(struct vfy *v, struct state *s);
void state__free(struct vfy *v, struct state *s);
struct frame *frame__new(struct vfy *v);
struct frame *state__frame(struct vfy *v, struct state *s, unsigned int nr);
const struct term *vfy__fresh(struct vfy *v, enum term_var kind, unsigned int width);
bool vfy__branch(struct vfy *v, struct state *s, const struct term *cond, __u32 to);
struct effect *state__effect(struct vfy *v, struct state *s, enum effect_kind kind, __u32 insn);

/* mem.c */
bool mem__load(struct vfy *v, struct state *s, struct value p, __s64 off, unsigned int bytes,
	       struct value *res);
bool mem__store(struct vfy *v, struct state *s, struct value p, __s64 off, unsigned int bytes,
		struct value val);
const struct term *mem__out(struct vfy *v, const struct effect *e, const struct region *r,
			    const struct term *off, unsigned int bytes);
struct slot *mem__slot(struct vfy *v, struct state *s, struct value p, bool write,
		       unsigned int *frame, unsigned int *nr);

/* calls.c */
bool vfy__call(struct vfy *v, struct state *s, const char *name);
struct region *region__new(struct vfy *v, struct state *s);

/* Where in a region an offset lies: head, or element @index. */
struct spot {
	const struct luob_type *type;
	const struct term *index;	/* NULL: in the head */
	__u32 off;			/* in @type */
	const struct luob_handle *handle;
};
bool types__spot(struct vfy *v, const struct luob_type *head, const struct luob_type *elem,
		 const struct term *off, struct spot *spot);
bool region__spot(struct vfy *v, const struct effect *e, const struct region *r,
		  const struct term *off, struct spot *spot);
void region__types(struct vfy *v, const struct effect *e, const struct region *r,
		   const struct luob_type **head, const struct luob_type **elem,
		   const struct luob_handle **handle);
const struct term *region__gathered(struct vfy *v, const struct effect *e, const struct region *r);
bool region__told_apart(struct vfy *v, const struct effect *e, const struct region *r,
			const struct luob_type *elem);
const struct region *vfy__region_nr(const struct vfy *v, __u64 id);

/* loop.c */
bool vfy__loop(struct vfy *v, struct state *s);
bool term__has(struct terms *ts, const struct term *t, const struct term *what);

/* field.c */
const struct fields *fields__of(struct vfy *v, const struct luob_type *type);
const struct field *fields__find(const struct fields *f, const char *name);
const struct field *fields__at(const struct fields *f, __u32 bit);

/* image.c */
struct image {
	const struct region *region;
	const struct term *index;
	const struct luob_type *type;
	const struct fields *fields;
	const struct term **byte;	/* NULL: not written */
	__u32 *insn;
	const struct effect **filled;	/* per byte: LINK, MOVE or CHILD of a handle here */
};
struct image *image__new(struct vfy *v, const struct region *r, const struct term *index,
			 const struct luob_type *type, const struct effect *e,
			 const struct loop *stop);
const struct term *image__bits(struct vfy *v, const struct image *im, __u32 bit, __u32 bits);

/* check.c */
void vfy__check_success(struct vfy *v, struct state *s);
bool loop__fills(struct vfy *v, const struct loop *l, const struct region *r);
const struct term *region__made(struct vfy *v, const struct region *r,
				const struct luob_type *head, const struct luob_type *elem);
bool loop__own(struct vfy *v, const struct state *s, const struct loop *l, const struct region *r,
	       const struct term *off);
void vfy__check_turn(struct vfy *v, struct state *s, const struct loop *loop);

/* scope.c: a path, or one turn of a loop, and what it made */
struct scope {
	const struct effect *effects;
	const struct fact *facts;
	const struct loop *loop;	/* NULL: the whole path */
	const struct effect *end;	/* the beginning of its turn, or NULL */
	struct image **images;
	unsigned int nr_images;
};
struct scope *scope__new(struct vfy *v, const struct state *s, const struct loop *loop);
struct image *scope__image(struct vfy *v, struct scope *sc, const struct region *r,
			   const struct term *index, const struct luob_type *type);

/* check_struct.c; an element beside that of its turn has no counterpart: ROLE_EXTRA */
enum role { ROLE_OTHER, ROLE_RECORD, ROLE_EXTRA };
const struct term *vfy__differ(struct vfy *v, const struct term *a, const struct term *b);
void vfy__check_struct(struct vfy *v, const struct scope *sc, const struct image *im,
		       enum role role);
void vfy__check_number(struct vfy *v, const struct scope *sc, const struct term *have,
		       const struct term *want, __u32 insn, const char *what);
void vfy__check_linked(struct vfy *v, const struct scope *sc, const struct scope *turn,
		       const struct image *im);

/* carry.c */
void vfy__check_carried(struct vfy *v, struct scope *sc);

/* loss.c */
const char *vfy__loss_tag(struct vfy *v, const struct luob_type *type, const char *field);
const char *vfy__loss(struct vfy *v, const struct luob_type *type, const char *field);
void vfy__note_loss(struct vfy *v, const char *tag, const struct luob_type *type,
		    const struct field *f, __u32 bits);
void vfy__check_losses(struct vfy *v);
void vfy__note_losses(struct vfy *v, void (*say)(struct vfy *v, const char *fmt, ...));

/* merge.c */
void vfy__note_pin(struct vfy *v, const struct scope *sc, const struct term *bits,
		   const struct luob_type *type, const struct field *f, __u32 insn);

/* unique.c */
void vfy__check_unique(struct vfy *v, const struct scope *sc, const struct image *im,
		       const struct region *from, const struct term *index,
		       const struct luob_type *type);

/* note.c */
void vfy__say_notes(struct vfy *v);

/* meaning.c */
bool vfy__meant(struct vfy *v, const char *field);
bool vfy__copied(struct vfy *v, const struct fact *facts, const struct term *out,
		 const struct term *want);
void vfy__find_meaning(struct vfy *v, __u32 insn, const char *what, const struct field *f,
		       const struct field *g);
void vfy__check_moved(struct vfy *v, const struct scope *sc, const struct effect *e);
void vfy__check_identity(struct vfy *v);
void vfy__check_new(struct vfy *v);

/* waiver.c */
int vfy__waive(struct vfy *v);

/* input.c */
struct clue vfy__at(struct vfy *v, const struct fact *facts, const struct effect *effects);
bool vfy__holds(struct vfy *v, const struct fact *facts, const struct term *cond);
int vfy__find_inputs(struct vfy *v);
void verify_input__free(struct verify_input *in);

/* replay.c */
struct replay;
enum replay_result {
	REPLAY_SHOWS,		/* the program does what the finding says */
	REPLAY_OTHER,		/* it refuses the input, or fails before */
	REPLAY_IMPOSSIBLE,	/* there is no such state */
};
const char *replay__child(struct replay *rp, const struct luob_handle *h);
int replay__new(struct replay **rp, const struct luo_object *obj);
__u64 replay__cost(const struct replay *rp);
enum replay_result replay__run(struct replay *rp, const struct verify_input *in,
			       enum verify_rule rule, char *why, size_t size);
void replay__free(struct replay *rp);

/* lineage.c */
void vfy__lineage(struct vfy *v, struct scope *sc);
void vfy__say_lineage(struct vfy *v);
void vfy__say_layouts(struct vfy *v, const struct luob_type *t, const char *path);
void vfy__note_check(struct vfy *v, struct state *s, const struct term *rule);

#endif /* LUO_VERIFY_INT_H */
