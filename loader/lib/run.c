// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <sys/stat.h>

#include "abi/kho.h"
#include "abi/memfd.h"
#include "core/publish.h"
#include "lib/hardware.h"
#include "lib/label.h"
#include "lib/run_int.h"
#include "lib/verdict.h"

static const char *const stage_names[LUO_NR_STAGES] = {
	[LUO_STAGE_READ] = "read",
	[LUO_STAGE_VERIFY] = "verify",
	[LUO_STAGE_PLAN] = "check",
	[LUO_STAGE_TRANSLATE] = "translate",
	[LUO_STAGE_ACCEPT] = "accept",
	[LUO_STAGE_WRITE] = "write",
};

const char *luo_run_stage__name(enum luo_run_stage stage)
{
	return stage_names[stage];
}

enum luo_run_status luo_run__fail(struct luo_run *run, enum luo_run_status status,
				  const char *subject, const char *fmt, ...)
{
	struct luo_run_result *res = run->res;
	va_list ap;

	snprintf(res->subject, sizeof(res->subject), "%s", subject);
	va_start(ap, fmt);
	vsnprintf(res->msg, sizeof(res->msg), fmt, ap);
	va_end(ap);
	return status;
}

enum luo_run_status luo_run__no_memory(struct luo_run *run)
{
	return luo_run__fail(run, LUO_RUN_SYSTEM, "", "no memory");
}

void luo_run__warn(struct luo_run *run, const char *fmt, ...)
{
	char (*w)[256];
	va_list ap;

	w = luob_grow(run->res->warnings, run->res->nr_warnings, &run->cap_warnings, sizeof(*w));
	if (!w) {
		run->err = -ENOMEM;
		return;
	}
	run->res->warnings = w;
	va_start(ap, fmt);
	vsnprintf(w[run->res->nr_warnings++], sizeof(*w), fmt, ap);
	va_end(ap);
}

/* Writing over what is being read would lose both when it fails. */
static enum luo_run_status check_output(struct luo_run *run)
{
	struct stat in, out;

	if (!run->opts->output || stat(run->opts->input, &in) || stat(run->opts->output, &out) ||
	    in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return LUO_RUN_DONE;
	return luo_run__fail(run, LUO_RUN_USAGE, run->opts->output,
			     "is the input; name another file to write");
}

static enum luo_run_status open_objects(struct luo_run *run)
{
	const struct luo_run_opts *opts = run->opts;
	char msg[400] = "no memory", where[2300];
	size_t i;
	int err;

	err = luo_objects__open(&run->objects, msg, sizeof(msg));
	if (err)
		return luo_run__fail(run, LUO_RUN_SYSTEM, "", "%s", msg);
	for (i = 0; i < opts->nr_objects; i++) {
		err = luo_objects__add(&run->objects, opts->objects[i], msg, sizeof(msg));
		if (err)
			return luo_run__fail(run, err == -EINVAL ? LUO_RUN_OBJECT : LUO_RUN_SYSTEM,
					     opts->objects[i], "%s", msg);
	}
	if (!opts->only) {
		err = luo_objects__add_installed(&run->objects, where, sizeof(where), msg,
						 sizeof(msg));
		if (err)
			return luo_run__fail(run, err == -EINVAL ? LUO_RUN_OBJECT : LUO_RUN_SYSTEM,
					     where, "%s", msg);
	}
	return luo_objects__ready(&run->objects) ? luo_run__no_memory(run) : LUO_RUN_DONE;
}

/* Before anything of the state is looked at. */
static enum luo_run_status judge_objects(struct luo_run *run)
{
	char names[180];
	size_t nr;
	int err;

	err = luo_objects__judge(&run->objects, run->opts->no_verify || run->opts->monitor);
	if (err)
		return err == -EPERM ? LUO_RUN_UNPROVED : luo_run__no_memory(run);
	nr = luo_objects__unverified(&run->objects, names, sizeof(names));
	if (nr)
		luo_run__warn(run, "%zu object%s not verified: %s", nr, nr == 1 ? " is" : "s are",
			      names);
	return LUO_RUN_DONE;
}

/* For who wants to show verdicts. */
static enum luo_run_status keep_objects(struct luo_run *run, enum luo_run_status status)
{
	run->res->objects = malloc(sizeof(*run->res->objects));
	if (run->res->objects) {
		*run->res->objects = run->objects;
		return status;
	}
	luo_objects__free(&run->objects);
	return luo_run__no_memory(run);
}

static enum luo_run_status open_answers(struct luo_run *run)
{
	char msg[400] = "no memory";
	int err;

	if (!run->opts->lookups)
		return LUO_RUN_DONE;
	err = luo_answers__read(&run->answers, run->opts->lookups, msg, sizeof(msg));
	return !err ? LUO_RUN_DONE :
	       luo_run__fail(run, err == -EINVAL ? LUO_RUN_USAGE : LUO_RUN_SYSTEM,
			     run->opts->lookups, "%s", msg);
}

static enum luo_run_status open_target(struct luo_run *run)
{
	struct luo_type_set set = luo_objects__types(&run->objects);
	const char *to = run->opts->to, *path;
	char msg[400] = "no memory";
	int err;

	err = luo_profile__open(&run->to, to, &set, msg, sizeof(msg));
	if (err)
		return luo_run__fail(run, err == -ENOMEM ? LUO_RUN_SYSTEM : LUO_RUN_USAGE, to,
				     "%s", msg);
	if (*run->to->note)
		luo_run__warn(run, "%s: not certain, and not relied on: %s", to, run->to->note);
	/* Now: the verifier may have tried programs with constants of its own. */
	luo_run__set_config(run);
	snprintf(run->res->to_release, sizeof(run->res->to_release), "%s", run->to->core.release);
	snprintf(run->res->to_kho, sizeof(run->res->to_kho), "%s", run->to->kho);
	luo_objects__choose(&run->objects, run->to);
	if (luo_objects__check_hardware(&run->objects, run->to, &path, msg, sizeof(msg)))
		return luo_run__fail(run, LUO_RUN_OBJECT, path, "%s", msg);
	if (luo_objects__accept_losses(&run->objects, run->opts->losses, msg, sizeof(msg)))
		return luo_run__fail(run, LUO_RUN_USAGE, "--losses", "%s", msg);
	if (run->objects.left_out[0])
		luo_run__warn(run, "not used, their losses are not accepted: %s",
			      run->objects.left_out);
	return LUO_RUN_DONE;
}

static enum luo_run_status open_state(struct luo_run *run)
{
	struct luo_type_set set = luo_objects__types(&run->objects);
	struct luo_state_opts opts = { .types = &set, .profile = run->opts->from };
	char msg[400] = "no memory";

	switch (luo_state__open(&run->st, run->opts->input, &opts, msg, sizeof(msg))) {
	case LUO_STATE_OK:
		break;
	case LUO_STATE_SYSTEM:
		return luo_run__fail(run, LUO_RUN_SYSTEM, run->opts->input, "%s", msg);
	case LUO_STATE_PROFILE:
		return luo_run__fail(run, LUO_RUN_USAGE, run->opts->from, "%s", msg);
	default:
		luo_run__block(run, run->st.rule, "", "%s", msg);
		return LUO_RUN_REFUSED;
	}
	snprintf(run->res->from_release, sizeof(run->res->from_release), "%s", run->st.release);
	snprintf(run->res->from_kho, sizeof(run->res->from_kho), "%s", run->st.root.compatible);
	run->res->ranges_before = run->st.preserved_nr;
	run->res->bytes_before = run->st.preserved_bytes;
	return luo_run__host(run) ? luo_run__no_memory(run) : LUO_RUN_DONE;
}

/* LUO writes sessions only at freeze: none, or memory of none, is no frozen state. */
static enum luo_run_status check_frozen(struct luo_run *run, const struct luob_walk *w)
{
	/* Other damage than memory of nobody is the cause, not the consequence. */
	if (w->sessions || !run->st.luo_string[0] ||
	    run->res->nr_blockers > (w->orphans ? 1 : 0) ||
	    (luo_state__stopped(&run->st) && !w->orphans))
		return LUO_RUN_DONE;
	run->res->nr_blockers = 0;
	luo_run__block(run, "NOT_FROZEN", "",
		       "no session is recorded%s: LUO writes them only when kexec freezes it; "
		       "dump the machine at machine_kexec()",
		       w->orphans ? ", but memory is preserved for some" : "");
	return LUO_RUN_REFUSED;
}

static int count_child(struct luob_walk *w, const struct luob_format *f, struct luob_region *src,
		       __u64 off, const struct luob_handle *h, const void *base)
{
	struct luo_run *run = w->priv;

	(void)src;
	(void)off;
	(void)h;
	(void)base;
	if (!strcmp(f->space, "file"))
		run->res->files++;
	return 0;
}

static enum luo_run_status check_source(struct luo_run *run)
{
	struct luob_walk w = { .child = count_child, .priv = run };
	enum luo_run_status status;

	if (luo_tx__account(&run->tx, &run->st.root, run->st.root_pa, run->tx.from, &w))
		return luo_run__no_memory(run);
	run->res->sessions = w.sessions;
	status = check_frozen(run, &w);
	if (status)
		return status;
	if (w.large && run->thp == LUOB_UNKNOWN)
		luo_run__warn(run, "%llu folios above order 0: a target without "
				   "CONFIG_TRANSPARENT_HUGEPAGE corrupts them; say "
				   "--target-config thp, no-thp or its config file",
			      (unsigned long long)w.large);
	return run->res->nr_blockers ? LUO_RUN_REFUSED : LUO_RUN_DONE;
}

/* Deferred initialisation (7.2 on) may merge pages across scratch ending inside 4 MiB. */
static void check_scratch(struct luo_run *run)
{
	__u64 mask = ((__u64)KHO_PAGE_SIZE << KHO_MAX_PAGE_ORDER) - 1;
	size_t i;

	if (!run->to->deferred || run->deferred == LUOB_NO)
		return;
	for (i = 0; i < run->st.nr_scratch; i++) {
		if (!run->st.scratch[i].len ||
		    !((run->st.scratch[i].pa | run->st.scratch[i].len) & mask))
			continue;
		if (run->deferred == LUOB_YES)
			luo_run__block(run, "SCRATCH_ALIGNMENT", "scratch",
				       "area %zu is not aligned to 4 MiB and the target has "
				       "DEFERRED_STRUCT_PAGE_INIT",
				       i);
		else
			luo_run__warn(run, "scratch area %zu is not aligned to 4 MiB: a target "
					   "with CONFIG_DEFERRED_STRUCT_PAGE_INIT may crash; say "
					   "--target-config deferred, no-deferred or its config "
					   "file",
				      i);
		return;
	}
}

/* What the substrate itself cannot do. */
static void check_substrate(struct luo_run *run)
{
	const struct luob_range *large = luo_tx__too_large(&run->tx, run->to->max_order);
	struct luob_fault f;

	if (luo_profile__kho(run->st.root.compatible, run->to, &f))
		luo_run__block(run, f.rule, "KHO root", "%s", f.text);
	if (large)
		luo_run__block(run, "ORDER_TOO_LARGE", "KHO memory map",
			       "range 0x%llx has order %u, %s copes with %u",
			       (unsigned long long)large->pa, large->order, run->to->core.release,
			       run->to->max_order);
	check_scratch(run);
}

static enum luo_run_status translate(struct luo_run *run)
{
	const struct luob_kho_root *root = &run->st.root;
	__u32 i;
	int err = 0;

	for (i = 0; i < root->nr_subtrees && !err; i++)
		err = luo_tx__add_root(&run->tx, root, i);
	if (!err)
		err = luo_tx__translate(&run->tx);
	if (!err)
		return LUO_RUN_DONE;
	return run->res->nr_blockers ? LUO_RUN_REFUSED :
	       err == -ENOMEM ? luo_run__no_memory(run) :
	       luo_run__fail(run, LUO_RUN_SYSTEM, run->opts->input, "%s", strerror(-err));
}

/*
 * 7.1 to 7.3 restore a file with F_SEAL_EXEC as write-sealed, because the new
 * inode is executable when the seal is set. Their own bug, but a surprise.
 */
static void warn_exec_seals(struct luo_run *run)
{
	const struct luob_record *rec;
	__u32 off, size;
	size_t i, nr = 0;
	const void *p;

	for (i = 0; i < run->tx.nr_records; i++) {
		rec = run->tx.records[i];
		if (rec->verdict == LUOB_BLOCKED || !rec->result ||
		    strcmp(rec->want->family, "memfd") ||
		    luo_type__find(rec->want->type, "seals", &off, &size) || size != 4)
			continue;
		p = luob_region__window(&run->tx.space, rec->result, off, size);
		if (p && luob_get(p, size) & MEMFD_SEAL_EXEC)
			nr++;
	}
	if (nr)
		luo_run__warn(run, "%zu files have F_SEAL_EXEC: %s restores them write-sealed too",
			      nr, run->to->core.release);
}

static enum luo_run_status accept(struct luo_run *run)
{
	run->res->identical = luo_tx__is_identical(&run->tx, run->st.root.compatible,
						   run->to->kho);
	if (luo_tx__accept(&run->tx))
		return luo_run__no_memory(run);
	warn_exec_seals(run);
	return run->res->nr_blockers ? LUO_RUN_REFUSED : LUO_RUN_DONE;
}

static void say_steps(const struct luob_record *rec, struct luo_run_record *out)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < rec->nr_steps && len < sizeof(out->steps); i++)
		len += snprintf(out->steps + len, sizeof(out->steps) - len, "%s%s", i ? " " : "",
				rec->steps[i]->name);
}

/* Keeps what a report needs after the transaction is gone. */
static void note_records(struct luo_run *run)
{
	struct luo_run_record *out;
	const struct luob_record *rec;
	size_t i;

	out = calloc(run->tx.nr_records ? run->tx.nr_records : 1, sizeof(*out));
	if (!out)
		return;
	run->res->records = out;
	run->res->nr_records = run->tx.nr_records;
	for (i = 0; i < run->tx.nr_records; i++, out++) {
		rec = run->tx.records[i];
		luob_label__record(&run->tx.space, rec, out->label, sizeof(out->label));
		snprintf(out->family, sizeof(out->family), "%s",
			 rec->format ? rec->format->family : "?");
		snprintf(out->from, sizeof(out->from), "%s", rec->format ? rec->format->string :
			 "?");
		snprintf(out->to, sizeof(out->to), "%s", rec->want ? rec->want->string : "");
		out->verdict = rec->verdict == LUOB_SAME ? LUO_RECORD_SAME :
			       rec->verdict == LUOB_TRANSLATED ? LUO_RECORD_TRANSLATED :
			       LUO_RECORD_BLOCKED;
		out->added = rec->added;
		out->added_bytes = rec->added_bytes;
		out->dropped = rec->dropped;
		out->ns = rec->ns;
		say_steps(rec, out);
	}
}

/* A copy that outlives the objects. */
static enum luo_run_status note_violations(struct luo_run *run)
{
	const struct monitor_result *seen = monitor__result(run->monitor);
	struct luo_run_result *res = run->res;
	struct luo_run_violation *out;
	size_t i;

	res->monitored = seen->steps;
	res->replays = seen->replays;
	res->untried = seen->untried;
	res->violations_all = seen->nr;
	if (!seen->nr)
		return LUO_RUN_DONE;
	out = calloc(seen->nr, sizeof(*out));
	if (!out)
		return luo_run__no_memory(run);
	res->violations = out;
	for (i = 0; i < seen->nr && i < MONITOR_SEEN_MAX; i++, out++) {
		const struct monitor_violation *v = &seen->seen[i];

		snprintf(out->property, sizeof(out->property), "%s", verify_rule__name(v->rule));
		snprintf(out->object, sizeof(out->object), "%s", v->prog->name);
		snprintf(out->file, sizeof(out->file), "%s", v->file);
		snprintf(out->text, sizeof(out->text), "%s", v->text);
		snprintf(out->record, sizeof(out->record), "%s", v->record);
		snprintf(out->field, sizeof(out->field), "%s", v->field);
		out->line = v->line;
		out->insn = v->insn;
	}
	res->nr_violations = i;
	return LUO_RUN_WRONG;
}

static enum luo_run_status in_stage(struct luo_run *run, enum luo_run_stage stage,
				    enum luo_run_status (*fn)(struct luo_run *run))
{
	__u64 start = luo_run__now(NULL);
	enum luo_run_status status = fn(run);

	run->res->stage_ns[stage] += luo_run__now(NULL) - start;
	return status;
}

/* A state that is whole goes through all checks, so that all blockers are listed. */
static enum luo_run_status carry(struct luo_run *run)
{
	enum luo_run_status status;

	check_substrate(run);
	status = in_stage(run, LUO_STAGE_TRANSLATE, translate);
	if (!status)
		status = in_stage(run, LUO_STAGE_ACCEPT, accept);
	if (run->monitor && (!status || status == LUO_RUN_REFUSED)) {
		enum luo_run_status seen = note_violations(run);

		status = seen ? seen : status;
	}
	if (!status)
		status = in_stage(run, LUO_STAGE_WRITE, luo_run__write);
	note_records(run);
	return status;
}

/**
 * luo_run - carry the state of a snapshot to another release
 * @opts: what to do
 * @res: what happened; to be released with luo_run_result__free()
 *
 * All or nothing: the output file is written only when every record was carried
 * and accepted and every preserved page is accounted for.
 */
void luo_run(const struct luo_run_opts *opts, struct luo_run_result *res)
{
	struct luo_run run = { .opts = opts, .res = res };
	enum luo_run_status status;

	memset(res, 0, sizeof(*res));
	status = luo_run__config(&run);
	if (!status)
		status = check_output(&run);
	if (!status)
		status = in_stage(&run, LUO_STAGE_READ, open_objects);
	if (!status)
		status = open_target(&run);
	if (!status)
		status = in_stage(&run, LUO_STAGE_VERIFY, judge_objects);
	if (!status)
		status = open_answers(&run);
	if (!status)
		status = in_stage(&run, LUO_STAGE_READ, open_state);
	if (!status)
		status = in_stage(&run, LUO_STAGE_PLAN, check_source);
	if (!status)
		status = carry(&run);
	if (run.err)
		status = luo_run__no_memory(&run);
	luo_tx__free(&run.tx);
	vm__free(run.vm);
	monitor__free(run.monitor);
	luo_jit__free(run.jit);
	luo_answers__free(&run.answers);
	luo_physmem__free(run.pm);
	luo_state__close(&run.st);
	luo_profile__free(run.to);
	res->status = keep_objects(&run, status);
}

void luo_run_result__free(struct luo_run_result *res)
{
	free(res->blockers);
	free(res->records);
	free(res->violations);
	free(res->warnings);
	luo_hop__free(&res->hop);
	if (res->objects)
		luo_objects__free(res->objects);
	free(res->objects);
	memset(res, 0, sizeof(*res));
}
