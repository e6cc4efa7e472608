/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between the parts of the monitor:
 *
 *	prov.c		where bytes came from
 *	exec.c		the machine	alu.c	arithmetic on values and origins
 *	calls.c		the contract, done or answered from the log
 *	layout.c	structures as rows of fields
 *	judge.c		properties of output	source.c	properties of input
 */
#ifndef LUO_MONITOR_INT_H
#define LUO_MONITOR_INT_H

#include <linux/bpf.h>

#include "lib/lines.h"
#include "lib/object.h"
#include "monitor/monitor.h"

#define MON_FRAME	512U
#define MON_FRAMES	8U

/* Kinds of origins. Constants have none. */
enum prov_kind {
	PROV_INPUT = 1,
	PROV_CONFIG = 2,
	PROV_LOOKUP = 4,
	PROV_ARG = 8,
	PROV_INDEX = 16,	/* of a loop */
	PROV_SIZE = 32,
	PROV_UNINIT = 64,
	PROV_POINTER = 128,
	PROV_TOKEN = 256,
	PROV_NO_ANSWER = 512,
	PROV_ERRNO = 1024,
	PROV_MANY = 2048,	/* more source bytes than a set holds */
};

/* What no field may come from. */
#define PROV_DIRTY	(PROV_UNINIT | PROV_POINTER | PROV_TOKEN | PROV_NO_ANSWER | PROV_ERRNO)

/*
 * The origin of a byte: PROV_COPY with a byte of the source says that it is that byte and
 * nothing else; other numbers are sets in the table, 0 being a constant.
 */
#define PROV_COPY	(1ULL << 63)
#define PROV_OFF_BITS	40
#define PROV_SET_MAX	32

struct prov_set {
	__u32 kinds;
	__u32 nr;
	__u64 first;		/* in the pool */
	__u32 next;		/* in the hash chain */
};

struct prov {
	struct prov_set *sets;
	size_t nr, cap;
	__u64 *pool;
	size_t nr_pool, cap_pool;
	__u32 *hash;
	struct { __u64 a, b, r; } memo[4096];
	bool failed;		/* no memory */
};

static inline __u64 prov_byte(__u32 region, __u64 off)
{
	return PROV_COPY | (__u64)region << PROV_OFF_BITS | off;
}

static inline __u32 prov_region(__u64 p)
{
	return (p & ~PROV_COPY) >> PROV_OFF_BITS;
}

static inline __u64 prov_off(__u64 p)
{
	return p & ((1ULL << PROV_OFF_BITS) - 1);
}

int prov__init(struct prov *p);
void prov__reset(struct prov *p);
void prov__free(struct prov *p);
__u64 prov__kind(struct prov *p, __u32 kinds);
__u64 prov__join(struct prov *p, __u64 a, __u64 b);
__u64 prov__computed(struct prov *p, __u64 a);
__u32 prov__kinds(const struct prov *p, __u64 a);
size_t prov__sources(const struct prov *p, __u64 a, const __u64 **list, __u64 *one);

/* A register. */
struct mon_reg {
	__u64 v;
	__u64 p[8];
};

enum mon_space {
	SPACE_NONE,
	SPACE_CTX,
	SPACE_DATA,
	SPACE_STACK,
	SPACE_IN,
	SPACE_OUT,
};

/* A region that the step makes: what was stored, by whom, from where. */
struct mon_out {
	struct luob_region *r;
	__u64 size;
	__u64 *prov;
	__u32 *insn;		/* one more than the instruction that wrote it, 0 for none */
	__u8 *replay;		/* bytes of the run with changes */
	__u8 *base;		/* and of the one without */
};

/* What an address points into: number << 32 | offset. */
struct mon_window {
	enum mon_space space;
	unsigned int frame;
	__u32 size;
	const __u8 *mem;
	struct luob_region *r;
	__u64 off;		/* in the region */
	struct mon_out *out;
};

struct mon_frame {
	__u32 ret;
	__u32 window;
	struct mon_reg saved[4];
	__u8 mem[MON_FRAME];
	__u64 prov[MON_FRAME];
};

/* Calls of the contract, in the order of LUOB_CALLS(). */
enum mon_call_nr {
#define MON_CALL_NR(ret, name, args) MON_##name,
	LUOB_CALLS(MON_CALL_NR)
	MON_NR_CALLS,
};

struct mon_call {
	__u32 nr;
	__u32 insn;
	__u64 arg[4];		/* without the transaction */
	__u64 ret;
	__u64 val;		/* of a look-up */
	struct luob_region *r;	/* of the first argument, or the new one */
	struct luob_region *r2;	/* move, child: of the third; link: of the third, too */
	const __u8 *mem;	/* of a window */
};

/* A change to the source, for one replay. */
struct mon_patch {
	const struct luob_region *r;
	__u64 off;
	unsigned int size;
	__u8 flip[8];
};

struct monitor {
	struct monitor_result res;
	__u64 budget;
	struct prov prov;

	/* The object. */
	const struct luob_prog *prog;
	const struct luo_object *obj;
	const struct bpf_insn *insns;
	size_t nr_insns;
	const struct luob_prog *lines_of;
	struct luo_lines *lines;

	/* The run. */
	struct luo_tx *tx;
	bool replay;
	bool track;		/* origins are wanted */
	bool trace_input;	/* byte by byte */
	__u64 ctx[3];
	__u64 left;
	__u32 pc;
	__u64 path;		/* hash of decisions */
	struct mon_reg reg[11];
	struct mon_frame *frames;
	unsigned int depth;
	struct mon_window *windows;
	size_t nr_windows, cap_windows;
	struct mon_out **outs;	/* by region id, less first_region */
	size_t nr_outs, cap_outs;
	struct mon_call *log;
	size_t nr_log, cap_log;
	size_t next;		/* in the log, when replaying */
	bool refused;
	__u32 refused_at;
	const struct mon_patch *patch;
	struct luob_fault fault;
	enum verify_rule fault_rule;
	size_t first_seen;	/* violations before this run */

	/* The judgement. */
	struct mon_layout *layouts;
	struct mon_source *sources;
};

/* How a run ended. */
enum mon_end {
	END_EXIT,
	END_FAULT,		/* @fault says why */
	END_MEMORY,
	END_OTHER,		/* a replay that went another way */
};

/* exec.c */
enum mon_end mon__exec(struct monitor *m, __u64 *r0);
enum mon_end mon__fault(struct monitor *m, enum verify_rule rule, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct mon_window *mon__window(struct monitor *m, __u64 addr, unsigned int bytes, bool write);
__u64 mon__add_window(struct monitor *m, const struct mon_window *w);
void mon__set(struct monitor *m, unsigned int reg, __u64 v, __u64 prov);
bool mon__stack_put(struct monitor *m, __u64 addr, __u64 v, unsigned int bytes, __u64 prov);
bool mon__stack_get(struct monitor *m, __u64 addr, unsigned int bytes, __u64 *v);

/* alu.c */
void mon__alu(struct monitor *m, const struct bpf_insn *p);
bool mon__jump(struct monitor *m, const struct bpf_insn *p);

/* calls.c */
enum mon_end mon__call(struct monitor *m, const char *name);
struct mon_out *mon__out(struct monitor *m, const struct luob_region *r);

/* layout.c */
enum {
	MON_RESERVED = 1,
	MON_VERSION = 2,
	MON_STRING = 4,
	MON_SIGNED = 8,
	MON_ARRAY = 16,
	MON_PADDING = 32,
};

struct mon_field {
	char name[96];
	__u32 bit;
	__u32 bits;
	__u32 flags;
	const struct luob_handle *handle;
};

struct mon_layout {
	struct mon_layout *next;
	const struct luob_type *type;
	struct mon_field *fields;
	size_t nr, cap;
};

const struct mon_layout *mon__layout(struct monitor *m, const struct luob_type *type);
const struct mon_field *mon_layout__find(const struct mon_layout *l, const char *name);
void mon__free_layouts(struct monitor *m);

/* judge.c */
void mon__judge(struct monitor *m, enum mon_end end, __s32 r0);
void mon__see(struct monitor *m, enum verify_rule rule, __u32 insn, const struct luob_region *r,
	      __u64 off, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
const __u8 *mon__bytes(const struct monitor *m, const struct luob_region *r, __u64 off,
		       __u64 len);

/* source.c */
void mon__judge_source(struct monitor *m);
bool mon__has_loss(const struct monitor *m, const char *type, const char *field);

#endif /* LUO_MONITOR_INT_H */
