// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <sys/mman.h>
#include <unistd.h>

#include "core/calls.h"
#include "jit/jit_int.h"

#define AREA_MIN	(1U << 20)
/* The kernel's verifier knows offsets into one value below 1 << 29. */
#define AREA_MAX	(1U << 29)
#define TRIES		32

/* Arrays of plain data from this size on: measured, see `make bench`. */
#define PAYS_FROM	(32U << 20)

static int say(struct luo_jit *jit, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int say(struct luo_jit *jit, int err, const char *fmt, ...)
{
	va_list ap;

	if (jit->why[0])
		return err;
	va_start(ap, fmt);
	vsnprintf(jit->why, sizeof(jit->why), fmt, ap);
	va_end(ap);
	return err;
}

static void close_area(struct luo_jit *jit)
{
	size_t i;

	for (i = 0; i < jit->nr_progs; i++) {
		if (jit->progs[i].fd >= 0)
			close(jit->progs[i].fd);
		jit->progs[i].fd = -1;
	}
	if (jit->map >= 0) {
		munmap(jit->area, jit->size);
		close(jit->map);
	}
	jit->map = -1;
}

/* Programs are linked to an area: another one means to load them again. */
static int open_area(struct luo_jit *jit, __u64 size)
{
	void *mem;
	int map;

	if (size > AREA_MAX)
		return say(jit, -ENOSPC, "more than %u MiB are needed", AREA_MAX >> 20);
	close_area(jit);
	map = jit_kernel__map(size, &mem);
	if (map < 0)
		return say(jit, map, "no array of %llu KiB: %s", (unsigned long long)size >> 10,
			   strerror(-map));
	jit->map = map;
	jit->area = mem;
	jit->size = size;
	jit->tokens = size / 8 / sizeof(struct jit_token);
	jit->dirty = 0;
	jit__head(jit)->nr_tokens = 0;
	return 0;
}

/* Input and tables need jit->fill; the output is about as large. */
static int grow_area(struct luo_jit *jit)
{
	__u64 size = jit->size;

	do {
		size *= 2;
	} while (size < AREA_MAX && size / 8 * 3 < jit->fill);
	return open_area(jit, size);
}

/**
 * luo_jit__new - find out whether the host's kernel can be used
 * @jit: result
 * @why: gets one line when it cannot
 * @why_size: bytes of @why
 *
 * Return: 0, or a negative errno.
 */
int luo_jit__new(struct luo_jit **out, char *why, size_t why_size)
{
	struct luo_jit *jit = calloc(1, sizeof(*jit));
	int err;

	*out = NULL;
	snprintf(why, why_size, "no memory");
	if (!jit)
		return -ENOMEM;
	jit->map = -1;
	err = jit_kernel__allowed(why, why_size);
	if (!err)
		err = jit_kernel__iter_ids(jit->iter_ids);
	if (err) {
		if (err != -EPERM)
			snprintf(why, why_size, "the kernel's BTF has no bpf_for(): %s",
				 strerror(-err));
		luo_jit__free(jit);
		return err;
	}
	*out = jit;
	return 0;
}

void luo_jit__free(struct luo_jit *jit)
{
	if (!jit)
		return;
	jit_prepare__forget(jit);
	close_area(jit);
	free(jit->regions);
	free(jit->progs);
	free(jit);
}

/* One line on why a step was left to the interpreter, or "": said once. */
const char *luo_jit__why(const struct luo_jit *jit)
{
	return jit->why;
}

/* Steps that this engine did. */
__u64 luo_jit__runs(const struct luo_jit *jit)
{
	return jit->runs;
}

static struct jit_prog *find_prog(struct luo_jit *jit, const struct luo_object *obj)
{
	struct jit_prog *list;
	size_t i;

	for (i = 0; i < jit->nr_progs; i++)
		if (jit->progs[i].obj == obj)
			return &jit->progs[i];
	list = luob_grow(jit->progs, jit->nr_progs, &jit->cap_progs, sizeof(*list));
	if (!list)
		return NULL;
	jit->progs = list;
	list += jit->nr_progs++;
	*list = (struct jit_prog){ .obj = obj, .fd = -1 };
	return list;
}

static int load_prog(struct luo_jit *jit, struct jit_prog *p)
{
	const struct jit_place place = {
		.map = jit->map, .size = jit->size, .tokens = jit->tokens,
		.rodata = (jit__rodata(jit) + 63) & ~63ULL, .in_place = true,
	};
	const char *name = luo_object__prog(p->obj)->name;
	struct jit_code code;
	char msg[200];
	int err;

	err = jit_code__link(&code, p->obj, &place, jit->iter_ids, msg, sizeof(msg));
	if (err) {
		p->refused = true;
		say(jit, err, "%s: %s", name, err == -ENOMEM ? "no memory" : msg);
	} else {
		p->fd = jit_kernel__load(code.insns, code.nr, NULL, 0);
		err = p->fd < 0 ? p->fd : 0;
		p->refused = err;
		if (err)
			say(jit, err, "%s: the kernel's verifier refuses it (%s; luo-load verify "
				      "--kernel says where)", name, strerror(-err));
	}
	jit_code__free(&code);
	return err;
}

static int answer(struct luo_jit *jit, struct luo_tx *tx)
{
	struct jit_head *h = jit__head(jit);
	const struct luob_region *self = luob_step__region(tx, LUOB_SELF);
	struct jit_answer *a = h->answers;
	int i;

	for (i = 0; i < JIT_ANSWERS && a->kind; i++)
		a++;
	if (i == JIT_ANSWERS || !h->need[0])
		return -ENOENT;
	a->kind = h->need[0];
	a->key = h->need[1];
	a->val = 0;
	a->ret = tx->host->lookup(tx->host->priv, a->kind, self->pa, a->key, &a->val);
	return 0;
}

/* One run. Return: 0; -EAGAIN when something was prepared; else it is not for us. */
static int try_run(struct luo_jit *jit, struct jit_prog *p, struct luo_tx *tx)
{
	struct jit_head *h = jit__head(jit);
	int err = jit_prepare__run(jit, tx);

	if (!err)
		err = jit_kernel__run(p->fd);
	if (err)
		return err;
	jit->dirty = h->new_next;
	switch (h->status) {
	case JIT_DONE:
		return h->ret ? -EBADMSG : 0;
	case JIT_NEED_REF:
		err = jit_prepare__ref(jit, p, tx, h->need[0], h->need[1]);
		break;
	case JIT_NEED_ANSWER:
		err = answer(jit, tx);
		break;
	case JIT_ROOM:
		return -ENOSPC;
	default:
		return -EBADMSG;
	}
	return err ? err : -EAGAIN;
}

/* Prepare and run until nothing is missing any more. */
static int run_prog(struct luo_jit *jit, struct jit_prog *p, struct luo_tx *tx, __u64 self,
		    __u64 arg)
{
	struct jit_head *h;
	int err = 0, i;

	if (jit->map < 0)
		err = open_area(jit, AREA_MIN);
	if (!err && p->fd < 0)
		err = load_prog(jit, p);
	if (err)
		return err;
	h = jit__head(jit);
	h->ctx[0] = 1;
	h->ctx[1] = self;
	h->ctx[2] = arg;
	memset(h->answers, 0, sizeof(h->answers));
	err = jit_prepare(jit, p, tx);
	for (i = 0, err = err ? err : -EAGAIN; err == -EAGAIN && i < TRIES; i++)
		err = try_run(jit, p, tx);
	return err;
}

/**
 * luo_jit__run - run one program of a transaction
 * @jit: engine
 * @prog: its priv is a struct luo_object, which has been proved
 * @tx: transaction with a started step
 * @self: token of the record
 * @arg: for translators
 * @ret: what the program returned
 * @f: why the step failed
 *
 * Return: 0 and -EBADMSG as luo_engine__run(); 1 when nothing happened and the
 * interpreter is to do it: luo_jit__why() may have the reason, a refusal has none.
 */
int luo_jit__run(struct luo_jit *jit, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		 __u64 arg, __s64 *ret, struct luob_fault *f)
{
	struct jit_prog *p = find_prog(jit, prog->priv);
	int err;

	jit->why[0] = '\0';
	if (!p || p->refused)
		return 1;
	do {
		err = run_prog(jit, p, tx, self, arg);
		if (err == -ENOSPC) {
			jit_prepare__forget(jit);
			err = grow_area(jit) ? -ENOSPC : -EAGAIN;
		}
	} while (err == -EAGAIN);
	if (!err && !jit_prepare__intact(jit, tx)) {
		say(jit, 0, "%s changed its input", prog->name);
		p->refused = true;
		err = -EBADMSG;
	}
	*ret = 0;
	if (!err) {
		err = jit_replay(jit, tx, f);
		jit->runs++;
	} else {
		if (err != -EBADMSG && err != -ENOENT)
			say(jit, err, "%s: %s", prog->name, strerror(-err));
		err = 1;
	}
	jit_prepare__forget(jit);
	return err;
}

/* Elements with handles cost more in the transaction than in the program. */
static bool is_plain(const struct luob_handle *h)
{
	return h->kind <= LUOB_H_VMALLOC && h->elem && !h->elem->nr_handles;
}

/**
 * luo_jit__pays - is a step worth the way to the kernel?
 * @tx: transaction with a started step
 *
 * Copying and system calls are paid back by large arrays of plain data only.
 */
bool luo_jit__pays(const struct luo_tx *tx)
{
	const struct luob_region *self = luob_step__region(tx, LUOB_SELF);
	const struct luob_type *t = self->head;
	struct luob_fault f;
	const void *base;
	__u64 size = 0;
	__u32 i;

	for (i = 0; t && i < t->nr_handles; i++) {
		struct luob_region r = {};

		if (!is_plain(&t->handles[i]))
			continue;
		base = luob_region__window(&tx->space, self, 0, t->size);
		if (!base || luob_region__handle_null(&t->handles[i], base))
			continue;
		if (!luob_region__open(&tx->space, &r, &t->handles[i], base, &f))
			size += r.size;
		luob_region__free(&r);
	}
	return size >= PAYS_FROM;
}

/* Enough for loading: nothing is run. */
#define CHECK_AREA	(64 << 10)

/**
 * luo_jit__check - ask the host kernel's verifier
 * @obj: object
 * @log: gets what it says when it refuses, else one line on why it was not asked
 * @log_size: bytes of @log
 * @first: gets where the object's own instructions begin in the log's numbering
 *
 * Return: 0 accepted, -EACCES refused, else it could not be asked.
 */
int luo_jit__check(const struct luo_object *obj, char *log, size_t log_size, __u32 *first)
{
	struct jit_place place = { .size = CHECK_AREA, .tokens = 16, .rodata = CHECK_AREA / 2 };
	__s32 iter_ids[VM_NR_ITER_CALLS] = {};
	struct jit_code code = {};
	void *mem;
	int fd, err = jit_kernel__allowed(log, log_size);

	if (err)
		return err == -EACCES ? -EPERM : err;
	luo_object__rodata(obj, &place.size);
	place.size = CHECK_AREA + ((place.size + 4095) & ~4095ULL);
	place.map = jit_kernel__map(place.size, &mem);
	if (place.map < 0) {
		snprintf(log, log_size, "no array: %s", strerror(-place.map));
		return -ENOSPC;
	}
	err = jit_kernel__iter_ids(iter_ids);
	if (err)
		snprintf(log, log_size, "the kernel's BTF has no bpf_for(): %s", strerror(-err));
	else
		err = jit_code__link(&code, obj, &place, iter_ids, log, log_size);
	if (!err) {
		fd = jit_kernel__load(code.insns, code.nr, NULL, 0);
		if (fd < 0)
			fd = jit_kernel__load(code.insns, code.nr, log, log_size);
		err = fd < 0 ? -EACCES : 0;
		if (fd >= 0)
			close(fd);
		*first = code.first;
	}
	jit_code__free(&code);
	munmap(mem, place.size);
	close(place.map);
	return err;
}
