// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same records by all sides, in one process and in turns: what disturbs the machine
 * disturbs all of them. Each repetition gives a ratio to gcc's native code in the same
 * repetition; the median and the middle half of the ratios are printed, tab-separated,
 * for bench.py.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "core/calls.h"
#include "jit/jit_int.h"
#include "lib/engine.h"
#include "native.h"
#include "records.h"
#include "verify/verify.h"
#include "vm/insn.h"

#define REPS	11

/* Time of this thread, in the kernel too: others that wait for the processor do not count. */
static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

__attribute__((noreturn, format(printf, 1, 2)))
void bench_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "bench: ");
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

struct kind {
	const char *name;
	size_t size;		/* of a record, old and new */
	void (*gcc)(const void *in, void *out, __u64 nr);
	void (*clang)(const void *in, void *out, __u64 nr);
	void (*kernel)(const void *in, void *out, __u64 nr);
	bool arrays_only;	/* no batches, no cold run */
};

static const struct kind kinds[] = {
	{ "folio", sizeof(struct bench_folio_old), bench_folios_gcc, bench_folios_clang,
	  bench_folios_kernel, false },
	{ "pci", sizeof(struct bench_pci_old), bench_pcis_gcc, bench_pcis_clang,
	  bench_pcis_kernel, false },
	{ "pci_single", sizeof(struct bench_pci_old), bench_pcis_gcc, bench_pcis_clang,
	  bench_pcis_kernel, true },
	{ "blob", sizeof(struct bench_blob_old), bench_blobs_gcc, bench_blobs_clang,
	  bench_blobs_kernel, true },
};

/* ---- what one side works on ------------------------------------------------------- */

struct bench {
	const struct kind *kind;
	__u64 nr;		/* records */
	__u8 *in;
	__u8 *out;
	__u8 *want;		/* what gcc's code made */
	struct luo_object *obj;
	/* interpreter */
	struct luo_tx tx;
	struct luob_mem mem;
	struct luob_step step;
	struct luob_record record;
	struct vm *vm;
	/* host kernel */
	struct jit_place place;
	__u8 *area;
	__u64 in_at, out_at;
	int prog;
	/* librte-bpf, and the interpreter on the same bytecode */
	struct bench_batch *batch;
	struct vm_prog *batch_prog;
};

#define IN_PA	(1ULL << 40)
#define OUT_PA	(1ULL << 41)

static const void *map_in(void *priv, __u64 pa, __u32 len)
{
	(void)len;
	return ((struct bench *)priv)->in + (pa - IN_PA);
}

static struct luob_region *add_region(struct bench *b, __u64 pa, const struct luob_type *t)
{
	struct luob_region *r = luo_tx__region(&b->tx);

	if (!r)
		bench_die("no memory");
	luob_region__set_type(r, t, NULL);
	r->kind = LUOB_CONTIG;
	r->pa = pa;
	r->size = b->nr * b->kind->size;
	return r;
}

/* A transaction of two regions, as a step sees it: the real calls, budget and all. */
static void open_step(struct bench *b)
{
	const struct luob_prog *p = luo_object__prog(b->obj);
	struct luob_region *self, *out;
	__u64 bad;

	b->mem = (struct luob_mem){ .map = map_in, .priv = b };
	luo_tx__init(&b->tx, &b->mem, NULL);
	if (luob_ledger__add(&b->tx.space.ledger, IN_PA, 20) ||
	    luob_ledger__seal(&b->tx.space.ledger, &bad) ||
	    luob_ledger__add_new(&b->tx.space.ledger, OUT_PA, 20, b->out))
		bench_die("no memory");
	self = add_region(b, IN_PA, p->from);
	out = add_region(b, OUT_PA, p->to);
	out->fresh = true;
	b->step = (struct luob_step){ .prog = p, .record = &b->record };
	b->tx.step = &b->step;
	if (luob_step__start(&b->tx, self) || luob_step__token(&b->tx, out) != 2)
		bench_die("no memory");
	b->vm = vm__new(~0ULL >> 1);
	if (!b->vm)
		bench_die("no memory");
}

static void open_kernel(struct bench *b, const __s32 *ids)
{
	__u64 bytes = (b->nr * b->kind->size + 63) & ~63ULL;
	struct jit_code code;
	struct jit_token *t;
	char msg[256];
	void *mem;

	b->place.tokens = 4;
	b->place.in_place = true;
	b->place.rodata = JIT_HEAD_SIZE + 4 * sizeof(*t);
	b->in_at = 2 * JIT_HEAD_SIZE;
	b->out_at = b->in_at + bytes;
	b->place.size = (b->out_at + bytes + JIT_SLACK + 4095) & ~4095ULL;
	b->place.map = jit_kernel__map(b->place.size, &mem);
	if (b->place.map < 0)
		bench_die("no array of %zu bytes: %s", b->place.size, strerror(-b->place.map));
	b->area = mem;
	if (jit_code__link(&code, b->obj, &b->place, ids, msg, sizeof(msg)))
		bench_die("%s", msg);
	b->prog = jit_kernel__load(code.insns, code.nr, NULL, 0);
	if (b->prog < 0)
		bench_die("the kernel refuses %s", b->kind->name);
	jit_code__free(&code);
	t = (struct jit_token *)(b->area + JIT_HEAD_SIZE);
	t[1] = (struct jit_token){ .base = b->in_at, .in = b->nr * b->kind->size };
	t[2] = (struct jit_token){ .base = b->out_at, .out = t[1].in };
	t[1].in_plain = t[2].out_plain = t[1].in;
	t[1].size = t[2].size = t[1].in;
	memcpy(b->area + b->in_at, b->in, t[1].in);
}

/* ---- the sides --------------------------------------------------------------------- */

static void run_gcc(struct bench *b)
{
	b->kind->gcc(b->in, b->out, b->nr);
}

static void run_clang(struct bench *b)
{
	b->kind->clang(b->in, b->out, b->nr);
}

static void run_no_vectors(struct bench *b)
{
	b->kind->kernel(b->in, b->out, b->nr);
}

static void run_memcpy(struct bench *b)
{
	memcpy(b->out, b->in, b->nr * b->kind->size);
}

static void run_vm(struct bench *b)
{
	struct luob_fault f;
	__s64 ret;

	b->step.budget = ~0ULL >> 1;
	if (luo_engine__run(b->vm, luo_object__prog(b->obj), &b->tx, LUOB_SELF, 2, &ret, &f) ||
	    ret || b->step.failed)
		bench_die("the interpreter failed: %s", vm__fault(b->vm));
}

static void run_kernel(struct bench *b)
{
	struct jit_head *h = (struct jit_head *)b->area;

	h->ctx[0] = 1;
	h->ctx[1] = LUOB_SELF;
	h->ctx[2] = 2;
	h->status = 0;
	h->left = ~0ULL >> 2;
	h->nr_tokens = 2;
	if (jit_kernel__run(b->prog) || h->status || h->ret)
		bench_die("the kernel's run failed, status %llu", (unsigned long long)h->status);
}

static int give_batch(struct vm *vm, void *priv, const __u64 args[5], __u64 *ret)
{
	struct bench_batch *batch = priv;

	(void)args;
	*ret = vm__window(vm, batch->mem, batch->size, true);
	return 0;
}

/* In batches: the records are copied to where the program finds them, by every side. */
static void each_batch(struct bench *b, void (*run)(struct bench_batch *batch))
{
	size_t len = BENCH_BATCH * b->kind->size;
	__u64 i;

	for (i = 0; i + BENCH_BATCH <= b->nr; i += BENCH_BATCH) {
		memcpy(b->batch->mem, b->in + i * b->kind->size, len);
		run(b->batch);
		memcpy(b->out + i * b->kind->size, b->batch->mem + len, len);
	}
}

static void batch_gcc(struct bench_batch *batch)
{
	const struct kind *k = batch->priv;

	k->gcc(batch->mem, batch->mem + batch->size / 2, BENCH_BATCH);
}

static void batch_vm(struct bench_batch *batch)
{
	__u64 r0;

	if (vm__run(batch->vm, batch->prog, batch, NULL, 0, &r0))
		bench_die("the interpreter failed: %s", vm__fault(batch->vm));
}

static void run_batch_gcc(struct bench *b) { each_batch(b, batch_gcc); }
static void run_batch_vm(struct bench *b) { each_batch(b, batch_vm); }
static void run_batch_rte(struct bench *b) { each_batch(b, bench_rte_exec); }
static void run_batch_rte_jit(struct bench *b) { each_batch(b, bench_rte_jit); }

struct side {
	const char *name;
	void (*run)(struct bench *b);
	bool skipped;
	bool copies;		/* is no translation */
	double ns[REPS];
};

/* ---- measuring --------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(const double *v, int nr, double q)
{
	double sorted[REPS];

	memcpy(sorted, v, nr * sizeof(*v));
	qsort(sorted, nr, sizeof(*v), by_value);
	return sorted[(int)(q * (nr - 1) + 0.5)];
}

/* One line: set, side, records, ns per record, ratio, its middle half. */
static void print_side(const char *set, const struct side *s, const struct side *first, __u64 nr)
{
	double ratio[REPS];
	int i;

	for (i = 0; i < REPS; i++)
		ratio[i] = s->ns[i] / first->ns[i];
	printf("%s\t%s\t%llu\t%.2f\t%.2f\t%.2f\t%.2f\n", set, s->name, (unsigned long long)nr,
	       quantile(s->ns, REPS, 0.5), quantile(ratio, REPS, 0.5), quantile(ratio, REPS, 0.25),
	       quantile(ratio, REPS, 0.75));
	fflush(stdout);
}

static void check(struct bench *b, const struct side *s, bool in_area)
{
	const __u8 *out = in_area ? b->area + b->out_at : b->out;
	size_t len = b->nr / BENCH_BATCH * BENCH_BATCH * b->kind->size;

	if (!s->copies && memcmp(out, b->want, len))
		bench_die("%s: %s made other records than gcc", b->kind->name, s->name);
}

/* The first side is what the others are compared with. */
static void measure(const char *set, struct bench *b, struct side *sides, size_t nr)
{
	/* A run lasts a millisecond at least, system calls and all. */
	__u64 times = 100000 / b->nr + 1, k;
	size_t i;
	int rep;

	for (i = 0; i < nr; i++) {
		if (sides[i].skipped)
			continue;
		memset(b->out, 0xa5, b->nr * b->kind->size);
		sides[i].run(b);
		check(b, &sides[i], sides[i].run == run_kernel);
	}
	for (rep = 0; rep < REPS; rep++) {
		for (i = 0; i < nr; i++) {
			double start = now_ns();

			for (k = 0; k < times && !sides[i].skipped; k++)
				sides[i].run(b);
			sides[i].ns[rep] = (now_ns() - start) / (times * b->nr);
		}
	}
	for (i = 0; i < nr; i++)
		if (!sides[i].skipped)
			print_side(set, &sides[i], &sides[0], b->nr);
}

/* ---- one kind, one number of records ------------------------------------------------ */

static void fill(struct bench *b)
{
	__u64 i, z, state = 42;

	for (i = 0; i < b->nr * b->kind->size / 8; i++) {
		z = state += 0x9e3779b97f4a7c15ULL;
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
		z ^= z >> 27;
		memcpy(b->in + i * 8, &z, 8);
	}
	/* Devices are in D0, some in D3hot. */
	if (b->kind->size == sizeof(struct bench_pci_old))
		for (i = 0; i < b->nr; i++)
			((struct bench_pci_old *)b->in)[i].power = i % 16 ? 0 : 3;
}

static void *get_pages(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		bench_die("no memory");
	return p;
}

static void open_bench(struct bench *b, const struct kind *k, __u64 nr, const char *dir,
		       const __s32 *ids)
{
	const struct vm_call *calls;
	char path[4096], msg[512];
	size_t nr_calls;

	memset(b, 0, sizeof(*b));
	b->kind = k;
	b->nr = nr;
	b->in = get_pages(nr * k->size);
	b->out = get_pages(nr * k->size);
	b->want = get_pages(nr * k->size);
	fill(b);
	k->gcc(b->in, b->want, nr);
	snprintf(path, sizeof(path), "%s/%s.bpf.o", dir, k->name);
	calls = luo_engine__calls(&nr_calls);
	if (luo_object__open(&b->obj, path, calls, nr_calls, msg, sizeof(msg)))
		bench_die("%s: %s", path, msg);
	open_step(b);
	if (ids)
		open_kernel(b, ids);
}

static void close_bench(struct bench *b)
{
	size_t bytes = b->nr * b->kind->size;
	size_t i;

	for (i = 0; i < b->tx.nr_regions; i++) {
		luob_region__free(b->tx.regions[i]);
		free(b->tx.regions[i]);
	}
	free(b->tx.regions);
	free(b->step.tokens);
	luob_ledger__free(&b->tx.space.ledger);
	vm__free(b->vm);
	luo_object__free(b->obj);
	if (b->area) {
		close(b->prog);
		munmap(b->area, b->place.size);
		close(b->place.map);
	}
	munmap(b->in, bytes);
	munmap(b->out, bytes);
	munmap(b->want, bytes);
}

static void arrays(const struct kind *k, __u64 nr, const char *dir, const __s32 *ids)
{
	struct side sides[] = {
		{ .name = "native, gcc -O2", .run = run_gcc },
		{ .name = "native, clang -O2", .run = run_clang },
		{ .name = "native, gcc -O2, no vectors", .run = run_no_vectors },
		{ .name = "memcpy", .run = run_memcpy, .copies = true },
		{ .name = "interpreter", .run = run_vm },
		{ .name = "host JIT", .run = run_kernel, .skipped = !ids },
	};
	struct bench b;

	open_bench(&b, k, nr, dir, ids);
	measure(k->name, &b, sides, sizeof(sides) / sizeof(sides[0]));
	close_bench(&b);
}

/* ---- bytecode that librte-bpf takes --------------------------------------------------- */

static struct bpf_insn *read_batch(const char *path, size_t *nr)
{
	FILE *f = fopen(path, "re");
	struct bpf_insn *insns = calloc(1 << 16, sizeof(*insns));

	if (!f || !insns)
		bench_die("%s: %s", path, strerror(errno));
	*nr = fread(insns, sizeof(*insns), 1 << 16, f);
	fclose(f);
	return insns;
}

static void batches(const struct kind *k, const char *dir)
{
	const struct bpf_insn head[] = { BPF_CALL_IDX(0), BPF_MOV64_REG(1, 0) };
	const struct vm_call call = { "memory", give_batch };
	struct bench_batch batch = { .size = 2 * BENCH_BATCH * k->size, .priv = (void *)k };
	char path[4096], msg[256], set[64];
	struct bpf_insn *insns, *all;
	struct bench b;
	size_t nr;
	bool rte;

	snprintf(path, sizeof(path), "%s/%s_batch.bin", dir, k->name);
	insns = read_batch(path, &nr);
	all = calloc(nr + 2, sizeof(*all));
	batch.mem = aligned_alloc(64, batch.size);
	batch.vm = vm__new(~0ULL >> 1);
	if (!all || !batch.mem || !batch.vm)
		bench_die("no memory");
	memcpy(all, head, sizeof(head));
	memcpy(all + 2, insns, nr * sizeof(*insns));
	if (vm_prog__new(&batch.prog, all, nr + 2, &call, 1, NULL, 0, msg, sizeof(msg)))
		bench_die("%s: %s", path, msg);
	rte = !bench_rte_load(&batch, insns, nr, msg, sizeof(msg));
	if (!rte)
		printf("skipped\tlibrte-bpf\t%s\n", msg);
	open_bench(&b, k, 10000, dir, NULL);
	b.batch = &batch;
	snprintf(set, sizeof(set), "%s, straight code", k->name);
	{
		struct side sides[] = {
			{ .name = "native, gcc -O2", .run = run_batch_gcc },
			{ .name = "interpreter", .run = run_batch_vm },
			{ .name = "librte-bpf interpreter", .run = run_batch_rte,
			  .skipped = !rte },
			{ .name = "librte-bpf JIT", .run = run_batch_rte_jit,
			  .skipped = !rte || !batch.rte_jit },
		};

		measure(set, &b, sides, sizeof(sides) / sizeof(sides[0]));
	}
	close_bench(&b);
	bench_rte_free(&batch);
	vm_prog__free(batch.prog);
	vm__free(batch.vm);
	free(batch.mem);
	free(all);
	free(insns);
}

/* ---- once: what a live update pays ------------------------------------------------------ */

/* Allocate, copy in, copy on: what no engine can do without. */
static double cold_copy(const struct bench *b)
{
	size_t bytes = b->nr * b->kind->size;
	double start = now_ns();
	__u8 *in = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u8 *out = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(in, b->in, bytes);
	memcpy(out, in, bytes);
	start = now_ns() - start;
	munmap(in, bytes);
	munmap(out, bytes);
	return start;
}

static double cold_kernel(const struct bench *from, const __s32 *ids)
{
	struct bench b = { .kind = from->kind, .nr = from->nr, .in = from->in, .obj = from->obj };
	double start = now_ns();

	open_kernel(&b, ids);
	run_kernel(&b);
	start = now_ns() - start;
	if (memcmp(b.area + b.out_at, from->want, b.nr * b.kind->size))
		bench_die("the host JIT made other records than gcc");
	close(b.prog);
	munmap(b.area, b.place.size);
	close(b.place.map);
	return start;
}

static double cold_vm(struct bench *b)
{
	size_t bytes = b->nr * b->kind->size;
	double start = now_ns();
	__u8 *out;

	out = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	b->tx.space.ledger.ranges[1].va = out;
	run_vm(b);
	start = now_ns() - start;
	munmap(out, bytes);
	return start;
}

static void cold(const struct kind *k, __u64 nr, const char *dir, const __s32 *ids)
{
	struct side sides[] = {
		{ .name = "allocate and copy" }, { .name = "host JIT, with load" },
		{ .name = "interpreter" },
	};
	char set[64];
	struct bench b;
	int rep;

	open_bench(&b, k, nr, dir, NULL);
	for (rep = 0; rep < REPS; rep++) {
		sides[0].ns[rep] = cold_copy(&b) / nr;
		if (ids)
			sides[1].ns[rep] = cold_kernel(&b, ids) / nr;
		sides[2].ns[rep] = cold_vm(&b) / nr;
	}
	snprintf(set, sizeof(set), "%s, once", k->name);
	for (rep = 0; rep < 3; rep++)
		if (ids || rep != 1)
			print_side(set, &sides[rep], &sides[0], nr);
	close_bench(&b);
}

/* ---- objects: open, verify, load ----------------------------------------------------------- */

static void object(const char *path, bool kernel)
{
	double open_ns[REPS], verify_ns[REPS], load_ns[REPS], start;
	const struct vm_call *calls;
	struct verify_result res;
	struct luo_object *obj;
	char msg[512] = "";
	__u32 first;
	size_t nr;
	int rep;

	calls = luo_engine__calls(&nr);
	for (rep = 0; rep < REPS; rep++) {
		start = now_ns();
		if (luo_object__open(&obj, path, calls, nr, msg, sizeof(msg)))
			bench_die("%s: %s", path, msg);
		open_ns[rep] = now_ns() - start;
		start = now_ns();
		if (luo_verify(obj, &res))
			bench_die("no memory");
		verify_ns[rep] = now_ns() - start;
		verify_result__free(&res);
		start = now_ns();
		if (kernel && luo_jit__check(obj, msg, sizeof(msg), &first))
			bench_die("%s: %s", path, msg);
		load_ns[rep] = now_ns() - start;
		luo_object__free(obj);
	}
	printf("object\t%s\t%.0f\t%.0f\t%.0f\n", path, quantile(open_ns, REPS, 0.5),
	       quantile(verify_ns, REPS, 0.5), kernel ? quantile(load_ns, REPS, 0.5) : 0.0);
}

/* engines DIR OBJECT...: DIR holds the programs; objects are opened and verified. */
int main(int argc, char **argv)
{
	static const __u64 numbers[] = { 1000, 10000, 100000, 1000000 };
	__s32 ids[VM_NR_ITER_CALLS] = {};
	bool kernel;
	char why[256];
	size_t i, k;

	if (argc < 2)
		bench_die("engines DIR OBJECT...");
	kernel = !jit_kernel__allowed(why, sizeof(why));
	if (kernel && jit_kernel__iter_ids(ids)) {
		kernel = false;
		snprintf(why, sizeof(why), "the kernel's BTF has no bpf_for()");
	}
	if (!kernel)
		printf("skipped\thost JIT\t%s\n", why);
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
			arrays(&kinds[k], numbers[i], argv[1], kernel ? ids : NULL);
		if (kinds[k].arrays_only)
			continue;
		batches(&kinds[k], argv[1]);
		cold(&kinds[k], 100000, argv[1], kernel ? ids : NULL);
	}
	for (i = 2; i < (size_t)argc; i++)
		object(argv[i], kernel);
	return 0;
}
