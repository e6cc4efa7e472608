// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mutation score: each instruction of each object is changed in turn. A mutant whose output
 * on valid records differs must not be proved. What a translator or acceptor refuses beyond
 * the verifier's properties is for its author to say: a mutant that refuses more, or less
 * without the monitor complaining of what it carries, is counted apart.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "force.h"
#include "lib/run.h"
#include "lib/snapshot.h"
#include "vm/insn.h"

#define NR_STATES	40
#define INSN_BUDGET	(1ULL << 18)

#define RFC2 \
	"rfc1 has no flags, and the byte behind a name is nobody's: any clean value will do"

/* Survivors that were looked at, and why they are none of the verifier's business. */
static const struct {
	const char *object;
	unsigned int nr;
	const char *why;
} explained[] = {
	{ "luo_bpf_pci_v1_to_v2", 2, "only version 2 has num_vfs: any clean value will do" },
	{ "memfd_v1_to_v2", 14, "only the new version has seals: any clean value will do" },
	{ "luo_v5_to_v1", 17, "the empty page of FLBs and the empty table that 7.1 demands are "
			      "for its acceptor" },
	{ "pci_p1_d1_to_p2_d2", 8, "only p2 has max_nr_devices: any clean value will do" },
	{ "pci_p2_d2_to_p3_d2", 4, "p3 promises no order, whatever its entries are sorted by" },
	{ "pci_p3_d4_to_p4_d4", 4, "p4 promises no order, whatever its entries are sorted by" },
	{ "pci_p3_d2_to_p3_d3", 40, "only d3 has refcount: that it is 1 is for its acceptor" },
	{ "pci_rfc1_to_rfc2", 8, RFC2 },
	{ "pci_rfc1_iov_to_rfc2", 8, RFC2 },
	{ "vfio_a_to_b", 8, "only the new version has a token: any clean value will do" },
	{ "vfio_d_to_v2", 8, "only the new version has a token: any clean value will do" },
	{ "vfio_c_to_d", 4, "only the new version has reset_works: any clean value will do" },
	{ "vfio_c_to_a", 4, "only the new version has reset_works: any clean value will do" },
	{ "vfio_v1_to_a", 8, "only the new version has a domain: any clean value will do" },
};

struct score {
	unsigned int mutants, valid;
	unsigned int wrong, wrong_caught;	/* other output */
	unsigned int by_acceptor;	/* of these: proved, but the target's acceptor refuses */
	unsigned int looser, looser_caught;	/* only refuses less */
	unsigned int stricter, stricter_caught;	/* only refuses more */
	unsigned int same, same_proved;
};

struct bench {
	struct subject *sub;
	struct old_state *states;
	struct result *want;
	struct engine e;
	struct monitor *monitor;
	const char *data;	/* captures, or NULL */
	__u64 capture[3];	/* what the original makes of them */
	struct score sum;
	bool verbose;
	unsigned int every, first;	/* instructions that are changed */
	unsigned int carried;	/* states that the original carries */
};

/* Calls @fn with each change of instruction @i. */
static void each_change(struct bpf_insn *p, bool wide, void (*fn)(void *priv, const char *what),
			void *priv)
{
	static const __s32 by[] = { 1, -1, 8, 0x100 };
	static const __u8 other[16] = {
		[BPF_JEQ >> 4] = BPF_JNE, [BPF_JNE >> 4] = BPF_JEQ, [BPF_JGT >> 4] = BPF_JLE,
		[BPF_JLE >> 4] = BPF_JGT, [BPF_JGE >> 4] = BPF_JLT, [BPF_JLT >> 4] = BPF_JGE,
		[BPF_JSGT >> 4] = BPF_JSLE, [BPF_JSLE >> 4] = BPF_JSGT,
		[BPF_JSGE >> 4] = BPF_JSLT, [BPF_JSLT >> 4] = BPF_JSGE,
	};
	struct bpf_insn was = *p, next = p[1];
	__u8 class = BPF_CLASS(p->code), op = BPF_OP(p->code), size;
	bool memory = class == BPF_LDX || class == BPF_STX || class == BPF_ST;
	bool jump = (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT;
	bool alu = class == BPF_ALU || class == BPF_ALU64;
	bool imm = class == BPF_ST || (wide && !p->src_reg) ||
		   ((alu || (jump && op != BPF_JA)) && BPF_SRC(p->code) == BPF_K);
	unsigned int k;

	for (k = 0; imm && k < 4; k++, *p = was) {
		p->imm = (__s32)((__u32)p->imm + (__u32)by[k]);
		fn(priv, "constant");
	}
	for (k = 1; !wide && k < 4; k += 2, *p = was) {
		if (class == BPF_STX || ((alu || jump) && BPF_SRC(p->code) == BPF_X) ||
		    class == BPF_LDX) {
			p->src_reg = (p->src_reg + k) % 11;
			fn(priv, "source");
			*p = was;
		}
		if (memory || alu || (jump && op != BPF_JA)) {
			p->dst_reg = (p->dst_reg + k) % 10;
			fn(priv, "destination");
		}
	}
	for (k = 0; (memory || jump) && k < 3; k++, *p = was) {
		p->off += by[k];
		fn(priv, "offset");
	}
	for (size = 0; memory && size < 0x20; size += 8, *p = was) {
		p->code = (p->code & ~0x18) | size;
		if (p->code != was.code)
			fn(priv, "size");
	}
	if (alu || (jump && op != BPF_JA)) {
		p->code ^= alu ? BPF_ALU ^ BPF_ALU64 : BPF_JMP ^ BPF_JMP32;
		fn(priv, "width");
		*p = was;
	}
	if (jump && op != BPF_JA) {
		if (other[op >> 4]) {
			p->code = (p->code & 0x0f) | other[op >> 4];
			fn(priv, "branch negated");
			*p = was;
		}
		*p = BPF_JMP_A(was.off);
		fn(priv, "branch always");
	}
	*p = class == BPF_JMP && op == BPF_CALL ? BPF_MOV64_IMM(0, 0) : BPF_JMP_A(0);
	if (wide)
		p[1] = BPF_JMP_A(0);
	if (op != BPF_EXIT || class != BPF_JMP)
		fn(priv, "gone");
	*p = was;
	p[1] = next;
}

/* ---- behaviour ------------------------------------------------------------------------- */

enum behaviour {
	B_SAME,
	B_STRICTER,
	B_LOOSER,
	B_WRONG,
};

static enum behaviour compare(const struct result *have, const struct result *want)
{
	if (have->outcome == OUT_CARRIED)
		return want->outcome != OUT_CARRIED ? B_LOOSER :
		       have->print != want->print ? B_WRONG : B_SAME;
	return want->outcome == OUT_CARRIED ? B_STRICTER : B_SAME;
}

/* Is what the mutant carries, and the original does not, right as far as one can see? */
static bool complains(struct bench *b, unsigned int i)
{
	struct engine e = { .monitor = b->monitor };
	struct result have;

	monitor__reset(b->monitor);
	old__run(&b->states[i], b->sub->obj, &e, &have);
	return monitor__result(b->monitor)->nr;
}

static enum behaviour behaviour(struct bench *b, bool proved)
{
	enum behaviour worst = B_SAME, one;
	struct result have;
	unsigned int i;

	for (i = 0; i < NR_STATES && worst != B_WRONG; i++) {
		if (b->want[i].outcome == OUT_VETO && !strcmp(b->want[i].rule, "STATE"))
			continue;
		old__run(&b->states[i], b->sub->obj, &b->e, &have);
		one = compare(&have, &b->want[i]);
		if (one == B_LOOSER && proved && complains(b, i))
			one = B_WRONG;
		worst = one > worst ? one : worst;
	}
	return worst;
}

/* Real captures and where they go. */
static const struct {
	const char *core;
	const char *to;
} captures[3] = {
	{ "6.19-luo_mixed_open.core", "7.1" }, { "7.1-luo_mixed_open.core", "7.3" },
	{ "7.3-luo_mixed_open.core", "7.1" },
};

static __u64 print_range(struct luo_snapshot *snap, const struct luo_snapshot_range *r, __u64 fp)
{
	__u8 buf[4096];
	__u64 off, len;

	fp = luob_fp_bytes(fp, &r->pa, sizeof(r->pa));
	for (off = 0; off < r->len; off += len) {
		len = r->len - off < sizeof(buf) ? r->len - off : sizeof(buf);
		if (luo_snapshot__read(snap, r->pa + off, buf, len))
			return 0;
		fp = luob_fp_bytes(fp, buf, len);
	}
	return fp;
}

/* Of the memory in a snapshot: its notes have the digests of objects, and a mutant has its own. */
static __u64 print_memory(const char *path)
{
	struct luo_snapshot_range *ranges;
	__u64 fp = LUOB_FP_INIT;
	struct luo_snapshot *snap;
	char msg[256];
	size_t nr, i;

	if (luo_snapshot__open(&snap, path, msg, sizeof(msg)))
		return 0;
	nr = luo_snapshot__ranges(snap, NULL, 0);
	ranges = calloc(nr, sizeof(*ranges));
	if (ranges)
		luo_snapshot__ranges(snap, ranges, nr);
	for (i = 0; ranges && i < nr; i++)
		fp = print_range(snap, &ranges[i], fp);
	free(ranges);
	luo_snapshot__close(snap);
	return ranges ? fp : 0;
}

/* What luo-load makes of a capture with an object; 0 when it is not used, 1 when refused. */
static __u64 carry_capture(const struct bench *b, unsigned int i, const char *object)
{
	char core[512], out[512];
	struct luo_run_opts opts = {
		.input = core, .output = out, .to = captures[i].to, .objects = &object,
		.nr_objects = 1, .records_only = true, .no_verify = true,
	};
	struct luo_run_result res;
	bool used = false;
	__u64 fp = 1;
	size_t k;

	snprintf(core, sizeof(core), "%s/%s", b->data, captures[i].core);
	snprintf(out, sizeof(out), "%s.core", object);
	unlink(out);
	luo_run(&opts, &res);
	for (k = 0; k < res.nr_records; k++)
		used |= strstr(res.records[k].steps, b->sub->name) != NULL;
	if (!used)
		fp = 0;
	else if (res.status == LUO_RUN_DONE)
		fp = print_memory(out);
	luo_run_result__free(&res);
	unlink(out);
	return fp;
}

static enum behaviour on_captures(struct bench *b)
{
	enum behaviour worst = B_SAME;
	char path[256];
	unsigned int i;
	__u64 fp;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp",
		 b->sub->name);
	if (save_object(b->sub->obj, path))
		return B_SAME;
	for (i = 0; i < 3; i++) {
		if (!b->capture[i])
			continue;
		fp = carry_capture(b, i, path);
		if (fp != b->capture[i] && worst != B_WRONG)
			worst = fp == 1 ? B_STRICTER : B_WRONG;
	}
	unlink(path);
	return worst;
}

/* ---- one object ------------------------------------------------------------------------ */

struct change {
	struct bench *b;
	struct bpf_insn *insns;
	size_t at;
};

static void try_mutant(void *priv, const char *what)
{
	struct change *c = priv;
	struct bench *b = c->b;
	struct verify_result res;
	enum behaviour how;
	bool proved, stopped = false;
	char msg[128];

	b->sum.mutants++;
	if (luo_object__set_insns(b->sub->obj, c->insns, b->sub->nr, msg, sizeof(msg)))
		return;
	b->sum.valid++;
	/* Whether it is refused or unknown makes no difference here. */
	luo_verify_with(b->sub->obj, &(struct verify_opts){ .no_solver = true }, &res);
	proved = res.verdict == VERIFY_PROVED;
	verify_result__free(&res);
	how = behaviour(b, proved);
	if (proved && how == B_SAME && b->data && luo_object__prog(b->sub->obj)->to)
		how = on_captures(b);
	/* What only the new version has is for the acceptor to judge. */
	if (proved && how == B_WRONG && b->data && on_captures(b) == B_STRICTER)
		stopped = true;
	b->sum.same += how == B_SAME;
	b->sum.same_proved += how == B_SAME && proved;
	b->sum.stricter += how == B_STRICTER;
	b->sum.stricter_caught += how == B_STRICTER && !proved;
	b->sum.looser += how == B_LOOSER;
	b->sum.looser_caught += how == B_LOOSER && !proved;
	b->sum.wrong += how == B_WRONG;
	b->sum.wrong_caught += how == B_WRONG && !proved;
	b->sum.by_acceptor += stopped;
	if (proved && !stopped && (how == B_WRONG || (how != B_SAME && b->verbose)))
		printf("#   %s: insn %zu: %s: %s, and proved (code %#x dst %u src %u off %d imm "
		       "%d)\n", b->sub->name, c->at, what,
		       how == B_WRONG ? "other output" : how == B_LOOSER ? "refuses less" :
		       "refuses more", c->insns[c->at].code,
		       c->insns[c->at].dst_reg, c->insns[c->at].src_reg, c->insns[c->at].off,
		       c->insns[c->at].imm);
}

static unsigned int allowed(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(explained) / sizeof(explained[0]); i++)
		if (explained[i].object && !strcmp(explained[i].object, name)) {
			printf("#   %s: %u survivors are known: %s\n", name, explained[i].nr,
			       explained[i].why);
			return explained[i].nr;
		}
	return 0;
}

static int begin(struct bench *b, __u64 seed)
{
	unsigned int i, tries;

	b->states = calloc(NR_STATES, sizeof(*b->states));
	b->want = calloc(NR_STATES, sizeof(*b->want));
	if (!b->states || !b->want)
		return -ENOMEM;
	for (i = 0; i < NR_STATES; i++) {
		if (old__init(&b->states[i]))
			return -ENOMEM;
		rng__seed(&b->states[i].rng, seed, i);
		b->states[i].few = true;
		snprintf(b->want[i].rule, sizeof(b->want[i].rule), "STATE");
		b->want[i].outcome = OUT_VETO;
		/* Most of them shall be carried, however hard they are to come by. */
		for (tries = 0; tries < 1000 && b->want[i].outcome != OUT_CARRIED; tries++) {
			if (old__new(&b->states[i], b->sub->obj))
				old__run(&b->states[i], b->sub->obj, &b->e, &b->want[i]);
			if (i % 4 == 3)
				break;
		}
		b->carried += b->want[i].outcome == OUT_CARRIED;
	}
	for (i = 0; b->data && i < 3; i++)
		b->capture[i] = carry_capture(b, i, luo_object__path(b->sub->obj));
	return 0;
}

static void end(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < NR_STATES; i++)
		old__free(&b->states[i]);
	free(b->states);
	free(b->want);
}

static bool score_one(struct bench *b)
{
	struct change c = { .b = b };
	unsigned int survivors;
	size_t i;
	bool wide;

	c.insns = calloc(b->sub->nr + 1, sizeof(*c.insns));
	if (!c.insns)
		return false;
	memcpy(c.insns, b->sub->insns, b->sub->nr * sizeof(*c.insns));
	for (i = 0; i < b->sub->nr; i += wide ? 2 : 1) {
		wide = c.insns[i].code == (BPF_LD | BPF_DW | BPF_IMM);
		c.at = i;
		if (i % b->every == b->first)
			each_change(&c.insns[i], wide, try_mutant, &c);
	}
	free(c.insns);
	survivors = b->sum.wrong - b->sum.wrong_caught - b->sum.by_acceptor;
	return survivors <= allowed(b->sub->name);
}

/* Return: how many objects have survivors that nobody has looked at. */
int score(struct subject *subs, size_t nr, __u64 seed, const char *data, unsigned int every,
	  bool verbose)
{
	struct score all = { 0 };
	struct bench b;
	size_t i;
	int bad = 0;

	for (i = 0; i < nr; i++) {
		memset(&b, 0, sizeof(b));
		b.sub = &subs[i];
		b.data = data;
		b.verbose = verbose;
		b.every = every;
		b.first = seed % every;
		b.e.vm = vm__new(INSN_BUDGET);
		b.monitor = monitor__new(INSN_BUDGET);
		if (!b.e.vm || !b.monitor || begin(&b, seed))
			return -ENOMEM;
		if (score_one(&b)) {
			printf("ok - ");
		} else {
			printf("not ok - ");
			bad++;
		}
		printf("%s: %u mutants, %u valid, on %u records; other output: %u of %u caught, "
		       "%u more by acceptors; refuses less: %u of %u; refuses more: %u of %u\n",
		       subs[i].name, b.sum.mutants, b.sum.valid, b.carried, b.sum.wrong_caught,
		       b.sum.wrong,
		       b.sum.by_acceptor, b.sum.looser_caught,
		       b.sum.looser, b.sum.stricter_caught, b.sum.stricter);
		fflush(stdout);
		all.mutants += b.sum.mutants;
		all.wrong += b.sum.wrong;
		all.wrong_caught += b.sum.wrong_caught;
		all.by_acceptor += b.sum.by_acceptor;
		all.looser += b.sum.looser;
		all.looser_caught += b.sum.looser_caught;
		all.stricter += b.sum.stricter;
		all.stricter_caught += b.sum.stricter_caught;
		end(&b);
		vm__free(b.e.vm);
		monitor__free(b.monitor);
	}
	printf("# all: %u mutants; other output: %u of %u caught, %u more by acceptors; "
	       "refuses less: %u of %u; refuses more: %u of %u\n",
	       all.mutants, all.wrong_caught, all.wrong, all.by_acceptor,
	       all.looser_caught, all.looser, all.stricter_caught, all.stricter);
	return bad;
}
