/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: libluobpf
 *
 * What luo-load does with snapshots, for other programs: look at a state, open objects and
 * prove them right, plan the way from one kernel to another, and run it.
 *
 * Functions that return an int return 0 or a negative errno, unless they say otherwise.
 * Where they take @msg, it gets one line that says what is wrong, without the name of the
 * file, when they fail; it may be NULL if @msg_size is 0.
 *
 * Structures are opaque. What a getter returns belongs to the structure that it was asked
 * of and is gone with it; text is never NULL unless that is said, and holds no control
 * characters if it comes from this library, but may if it comes from a snapshot or an
 * object. Sizes are bytes, numbers have the byte order of the host.
 *
 * The library prints nothing and installs no handlers. It is not safe to be called by two
 * threads at the same time.
 *
 * Symbols have versions. What is here now stays as it is in every later libluobpf.so.0.
 */
#ifndef LUOBPF_H
#define LUOBPF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * luobpf_version - version of the library that is in use
 *
 * Return: as luo-load --version says, "0.1".
 */
const char *luobpf_version(void);

/* ---- notes ---------------------------------------------------------------------------- */

/**
 * struct luobpf_note - damage, a blocker, or a finding
 *
 * luobpf_note__rule() is its name: "MEMFD_SEALS_LOST", "complete.field".
 * luobpf_note__record() is where: a record of the state, or "FILE:LINE" of an object.
 * luobpf_note__field() is the field of that record, or "".
 * luobpf_note__text() is one line for people.
 */
struct luobpf_note;

const char *luobpf_note__rule(const struct luobpf_note *note);
const char *luobpf_note__record(const struct luobpf_note *note);
const char *luobpf_note__field(const struct luobpf_note *note);
const char *luobpf_note__text(const struct luobpf_note *note);

/* ---- the state in a snapshot ---------------------------------------------------------- */

struct luobpf_state;

/**
 * enum luobpf_frozen - was kexec about to jump when the snapshot was taken?
 * @LUOBPF_FROZEN:	yes: sessions are recorded
 * @LUOBPF_NOT_FROZEN:	no: there is nothing that could be carried
 * @LUOBPF_FROZEN_UNKNOWN: the snapshot does not tell
 */
enum luobpf_frozen {
	LUOBPF_FROZEN,
	LUOBPF_NOT_FROZEN,
	LUOBPF_FROZEN_UNKNOWN
};

/**
 * luobpf_state__open - look at the live-update state in a snapshot
 * @state: result, to be released with luobpf_state__close()
 * @path: ELF64 core with physical addresses
 * @profile: profile file of the kernel that wrote it, or NULL if it is a release of the
 *	catalogue
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, also for a damaged state; -EBADMSG when the file is no snapshot or has no
 * state that can be read; -EINVAL when @profile is not usable; -EIO when the file cannot be
 * read; -ENOMEM.
 */
int luobpf_state__open(struct luobpf_state **state, const char *path, const char *profile,
		       char *msg, size_t msg_size);
void luobpf_state__close(struct luobpf_state *state);

/* Of the kernel that was stopped: "7.1.13", and the version string of its KHO root. */
const char *luobpf_state__release(const struct luobpf_state *state);
const char *luobpf_state__kho(const struct luobpf_state *state);
enum luobpf_frozen luobpf_state__frozen(const struct luobpf_state *state);

uint64_t luobpf_state__sessions(const struct luobpf_state *state);
uint64_t luobpf_state__files(const struct luobpf_state *state);
/* Bytes of memory that are handed over: content, records and the memory map's ranges. */
uint64_t luobpf_state__preserved(const struct luobpf_state *state);

/* Damage: the first thousand faults can be looked at. NULL behind the last one. */
uint64_t luobpf_state__nr_damage(const struct luobpf_state *state);
const struct luobpf_note *luobpf_state__damage(const struct luobpf_state *state, size_t i);

/* ---- translators and acceptors -------------------------------------------------------- */

struct luobpf_object;

/**
 * enum luobpf_verdict - is an object right about records?
 * @LUOBPF_PROVED:	every property of luo-load-verify(1) holds on every path
 * @LUOBPF_UNKNOWN:	not known, which is no pass
 * @LUOBPF_REFUSED:	one does not
 */
enum luobpf_verdict {
	LUOBPF_PROVED,
	LUOBPF_UNKNOWN,
	LUOBPF_REFUSED
};

/**
 * luobpf_object__open - open a translator or an acceptor
 * @obj: result, to be released with luobpf_object__close()
 * @path: "x.bpf.o"
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0; -EINVAL for a file that is no such object; what open(2) said; -ENOMEM.
 */
int luobpf_object__open(struct luobpf_object **obj, const char *path, char *msg, size_t msg_size);
void luobpf_object__close(struct luobpf_object *obj);

const char *luobpf_object__name(const struct luobpf_object *obj);
const char *luobpf_object__family(const struct luobpf_object *obj);
const char *luobpf_object__from(const struct luobpf_object *obj);
/* Version string of what it makes; NULL for an acceptor. */
const char *luobpf_object__to(const struct luobpf_object *obj);

/**
 * luobpf_object__verify - execute its bytecode on symbols over both layouts
 * @obj: the object
 *
 * Takes milliseconds, for the worst a few seconds. Needs no privilege.
 *
 * Return: enum luobpf_verdict, or -ENOMEM.
 */
int luobpf_object__verify(struct luobpf_object *obj);

/* What luobpf_object__verify() has found; waived findings too. NULL behind the last one. */
const struct luobpf_note *luobpf_object__finding(const struct luobpf_object *obj, size_t i);

/* ---- the way from one kernel to another ------------------------------------------------ */

/**
 * struct luobpf_opts - which objects, and what is known of the target
 * @sz:		sizeof(struct luobpf_opts), for later members: those that do not fit into it
 *		are taken for zero
 * @objects:	files or directories, looked at before the installed ones
 * @nr_objects:	their number
 * @only:	not 0: no installed objects
 * @config:	"thp", "no-thp", "deferred", "no-deferred", files of kernel configurations or
 *		images, with commas; NULL
 * @losses:	FIELD or OBJECT.FIELD, with commas: what may be lost; "none"; NULL for all
 *		that objects declare. Objects that may lose more are not used
 */
struct luobpf_opts {
	size_t sz;
	const char *const *objects;
	size_t nr_objects;
	int only;
	const char *config;
	const char *losses;
};

struct luobpf_plan;
struct luobpf_route;

/**
 * enum luobpf_outcome - what becomes of records of a format
 * @LUOBPF_SAME:	the other kernel reads them as they are
 * @LUOBPF_TRANSLATED:	a chain of steps leads to what it reads
 * @LUOBPF_LOSSY:	the same, and steps declare losses
 * @LUOBPF_UNTESTED:	one does, of objects that the verifier does not understand
 * @LUOBPF_BLOCKED:	none does that may be used
 */
enum luobpf_outcome {
	LUOBPF_SAME,
	LUOBPF_TRANSLATED,
	LUOBPF_LOSSY,
	LUOBPF_UNTESTED,
	LUOBPF_BLOCKED
};

/**
 * luobpf_plan__new - the shortest chain for each format that a kernel writes
 * @plan: result, to be released with luobpf_plan__free()
 * @from: kernel that writes: a release, a profile, an image or a snapshot
 * @to: kernel that reads
 * @opts: objects; NULL for the installed ones. @config is not looked at
 * @msg: one line on failure, which names its subject
 * @msg_size: bytes of @msg
 *
 * What luo-load plan says. Objects are verified, as in luobpf_object__verify(). Formats
 * tell, contents do not: a step may still refuse a record.
 *
 * Return: 0; -EINVAL when a name, an option or an object is not usable; -ENOENT when no
 * objects are installed, and what open(2) says of those that are named; -ENOMEM.
 */
int luobpf_plan__new(struct luobpf_plan **plan, const char *from, const char *to,
		     const struct luobpf_opts *opts, char *msg, size_t msg_size);
void luobpf_plan__free(struct luobpf_plan *plan);

/* For each format, one route and those of some devices. NULL behind the last one. */
const struct luobpf_route *luobpf_plan__route(const struct luobpf_plan *plan, size_t i);

const char *luobpf_route__family(const struct luobpf_route *route);
const char *luobpf_route__from(const struct luobpf_route *route);
/* NULL: of any device, or of none; else "vendor=8086 device=10d3": of such devices only. */
const char *luobpf_route__hardware(const struct luobpf_route *route);
/* Version string of what is read; NULL when nothing leads there that may be used. */
const char *luobpf_route__to(const struct luobpf_route *route);
enum luobpf_outcome luobpf_route__outcome(const struct luobpf_route *route);
/* Name of a step's object. None for the KHO root, which is written anew. NULL behind the last. */
const char *luobpf_route__step(const struct luobpf_route *route, size_t i);
/* What is in the way: "NO_TRANSLATOR". NULL behind the last one. */
const struct luobpf_note *luobpf_route__blocker(const struct luobpf_route *route, size_t i);
/* What a step declares to lose: its object as record, the field, and why. NULL behind the last. */
const struct luobpf_note *luobpf_route__loss(const struct luobpf_route *route, size_t i);

/* ---- running it ------------------------------------------------------------------------ */

struct luobpf_run;

/**
 * enum luobpf_status - how a run has ended; nothing is written unless it is 0
 * @LUOBPF_CARRIED:	every record is carried and accepted
 * @LUOBPF_SYSTEM:	a file or memory: nothing is said about the state
 * @LUOBPF_STATE_REFUSED: the state cannot be carried; the blockers say why
 * @LUOBPF_BAD_OBJECT:	an object is not usable
 * @LUOBPF_USAGE:	a name or an option is not usable
 * @LUOBPF_UNPROVED:	an object is not proved right
 */
enum luobpf_status {
	LUOBPF_CARRIED,
	LUOBPF_SYSTEM,
	LUOBPF_STATE_REFUSED,
	LUOBPF_BAD_OBJECT,
	LUOBPF_USAGE,
	LUOBPF_UNPROVED
};

/**
 * luobpf_run__new - carry the state of a snapshot to another kernel
 * @run: result, to be released with luobpf_run__free()
 * @input: snapshot
 * @output: snapshot to write, with mode 0600; NULL for a dry run; not the input
 * @to: the kernel that will read it: a release, or a profile file
 * @opts: objects and what is known of @to; NULL for defaults
 *
 * All or nothing, as luo-load run.
 *
 * Return: 0 when there is a result, whatever it is; -EINVAL without @input or @to, or for
 * options that this library does not know; -ENOMEM.
 */
int luobpf_run__new(struct luobpf_run **run, const char *input, const char *output, const char *to,
		    const struct luobpf_opts *opts);
void luobpf_run__free(struct luobpf_run *run);

enum luobpf_status luobpf_run__status(const struct luobpf_run *run);
/* One line that names its subject; "" when the state was carried or refused. */
const char *luobpf_run__message(const struct luobpf_run *run);
/* NULL behind the last one. */
const struct luobpf_note *luobpf_run__blocker(const struct luobpf_run *run, size_t i);
const char *luobpf_run__warning(const struct luobpf_run *run, size_t i);
/* Of the result: bytes of the file that was written. */
uint64_t luobpf_run__written(const struct luobpf_run *run);

#ifdef __cplusplus
}
#endif

#endif /* LUOBPF_H */
