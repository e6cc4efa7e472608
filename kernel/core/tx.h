/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/**
 * DOC: The transaction
 *
 * Old regions are read-only. New state is built in new preserved regions and
 * published by the host after everything else succeeded:
 *
 *	luo_tx__init		the old state's ledger is the host's to fill
 *	luo_tx__add_root	every subtree of the KHO root
 *	luo_tx__account		the old state is whole, nothing is unknown
 *	luo_tx__translate	root records, then what they leave to the worklist
 *	luo_tx__accept		acceptors of the target read the result
 *	luo_tx__account		the new state is whole, nothing leaks
 *
 * Any blocker on the way makes the transaction a veto. All blockers are reported,
 * not only the first, so a phase goes on with the next record after one.
 */
#ifndef LUOB_TX_H
#define LUOB_TX_H

#include "hardware.h"
#include "kho_root.h"
#include "region.h"

#define LUOB_FAMILY_MAX		16
#define LUOB_STRING_MAX		48
#define LUOB_STEPS_MAX		8

/**
 * struct luob_format - one row of a profile: a kernel reads or writes this
 * @family:	"luo", "memfd", ...
 * @string:	version string; "NAME:NUMBER" if the record keeps its number itself
 * @space:	where the string is looked up: "kho", "subtree", "file", "flb",
 *		"driver"
 * @subtree:	name of the KHO subtree (space "subtree")
 * @type:	the record; NULL for space "kho"
 * @reads:	the kernel takes it over
 * @writes:	the kernel hands it over
 * @value:	a child's data is a number, not an address
 */
struct luob_format {
	char family[LUOB_FAMILY_MAX];
	char string[LUOB_STRING_MAX];
	char space[8];
	char subtree[LUOB_SUBTREE_NAME];
	const struct luob_type *type;
	bool reads;
	bool writes;
	bool value;
};

struct luob_profile {
	char release[32];
	size_t nr;
	struct luob_format *formats;
};

/* A handle that a translator declares it may give up (LUO_LOSS()). */
struct luob_loss {
	const struct luob_type *type;
	__u32 off;
};

#define LUOB_LOSSES_MAX		8

/* A translator, or an acceptor (@to is NULL). */
struct luob_prog {
	const char *name;
	char family[LUOB_FAMILY_MAX];
	char from_string[LUOB_STRING_MAX];
	char to_string[LUOB_STRING_MAX];
	const struct luob_type *from;
	const struct luob_type *to;
	struct luob_loss losses[LUOB_LOSSES_MAX];
	unsigned int nr_losses;
	struct luob_limit limit;	/* the devices that it is for */
	void *priv;
};

enum luob_verdict {
	LUOB_PENDING,
	LUOB_SAME,		/* passed untouched */
	LUOB_TRANSLATED,
	LUOB_BLOCKED,
};

/**
 * struct luob_record - one record of a family, from discovery to acceptance
 * @format:	what the old kernel wrote
 * @want:	what the new kernel reads
 * @steps:	translators, in order
 * @self:	the old record; NULL for a plain value
 * @src:	old container and offset of the handle; NULL for a root
 * @dst:	new container and offset of the handle; NULL for a root
 * @fixed:	the container around the handle stays as it is
 * @arg:	the child's key
 * @hw:		the device that it is about, if it @has_hw
 * @any_hw:	of no device in particular: programs for any are taken
 * @result:	the new record, or @self
 * @subtree:	index in the KHO root (roots only)
 * @added:	regions made, bytes of them
 * @dropped:	ranges given up
 * @ns:		time in its steps
 */
struct luob_record {
	const struct luob_format *format;
	const struct luob_format *want;
	const struct luob_prog *steps[LUOB_STEPS_MAX];
	unsigned int nr_steps;
	enum luob_verdict verdict;
	struct luob_region *self;
	struct luob_region *src;
	__u64 src_off;
	struct luob_region *dst;
	__u64 dst_off;
	bool fixed;
	__u64 arg;
	struct luob_hw hw;
	bool has_hw;
	bool any_hw;
	struct luob_region *result;
	__u32 subtree;
	__u64 added;
	__u64 added_bytes;
	__u64 dropped;
	__u64 ns;
};

/**
 * struct luob_blocker - one reason for a veto
 * @rule:	its name, or NULL: @rule_nr of the enumerations of @prog
 * @text:	one line, or NULL
 * @record:	whose step it was, or NULL
 * @region:	where, or NULL; @off bytes in it
 * @has_off:	@off means something
 * @has_value:	@value means something
 */
struct luob_blocker {
	const char *rule;
	__u64 rule_nr;
	const char *text;
	const struct luob_prog *prog;
	const struct luob_record *record;
	const struct luob_region *region;
	__u64 off;
	__u64 value;
	bool has_off;
	bool has_value;
};

/* What the core asks of its host: the module, or the library. */
struct luob_host {
	int (*run)(void *priv, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		   __u64 arg, __s64 *ret, struct luob_fault *f);
	int (*lookup)(void *priv, __u64 kind, __u64 record, __u64 key, __u64 *val);
	void (*blocker)(void *priv, const struct luob_blocker *b);
	void (*progress)(void *priv, const char *stage, __u64 done, __u64 total);
	__u64 (*now)(void *priv);
	void *priv;
};

/**
 * struct luob_step - one run of one program
 * @tokens:	region ids; token t is entry t - 1
 * @made:	the first region made: the new record
 * @failed:	a call failed: the step cannot succeed
 * @refused:	luob_refuse() was called
 * @budget:	what is left, see calls.c
 */
struct luob_step {
	const struct luob_prog *prog;
	struct luob_record *record;
	__u32 *tokens;
	size_t nr_tokens;
	size_t cap_tokens;
	struct luob_region *made;
	bool accept;
	bool failed;
	bool refused;
	__s64 budget;
	struct luob_fault fault;
};

struct luo_tx {
	struct luob_space space;
	const struct luob_host *host;
	const struct luob_profile *from;
	const struct luob_profile *to;
	const struct luob_prog *progs;
	size_t nr_progs;
	struct luob_region **regions;
	size_t nr_regions;
	size_t cap_regions;
	struct luob_record **records;
	size_t nr_records;
	size_t cap_records;
	size_t nr_blockers;
	__u64 nr_steps;		/* that were begun */
	struct luob_step *step;
	int err;		/* first failure that is not the state's fault */
};

/* For luo_tx__block_fault(): the record as a whole. */
#define LUOB_NO_OFF	(~0ULL)

void luo_tx__init(struct luo_tx *tx, const struct luob_mem *mem, const struct luob_host *host);
void luo_tx__free(struct luo_tx *tx);
int luo_tx__add_root(struct luo_tx *tx, const struct luob_kho_root *root, __u32 index);
int luo_tx__translate(struct luo_tx *tx);
int luo_tx__accept(struct luo_tx *tx);
void luo_tx__block(struct luo_tx *tx, const struct luob_blocker *b);
void luo_tx__block_fault(struct luo_tx *tx, const struct luob_record *rec,
			 const struct luob_region *r, __u64 off, const struct luob_fault *f);

/* For the parts of the core. */
struct luob_region *luo_tx__region(struct luo_tx *tx);
struct luob_record *luo_tx__record(struct luo_tx *tx);
struct luob_slot *luo_tx__slot(struct luo_tx *tx, struct luob_region *r, __u64 off,
			       const struct luob_handle **h, __u64 *base);
int luo_tx__adopt(struct luo_tx *tx, struct luob_region *r, bool fixed);
bool luob_type__has_child(const struct luob_type *t);
int luo_tx__drop_region(struct luo_tx *tx, const struct luob_region *r);
int luo_tx__drop_tree(struct luo_tx *tx, const struct luob_region *r);

int luob_format__open(const struct luob_format *format, const struct luob_space *s,
		      struct luob_region *r, __u64 pa, struct luob_fault *f);
bool luob_prog__accepts(const struct luob_prog *p, const struct luob_format *f);
int luob_format__open_child(const struct luob_format *format, const struct luob_space *s,
			    struct luob_region *r, const struct luob_handle *h,
			    const void *base, struct luob_fault *f);
bool luob_prog__fits(const struct luob_prog *p, const struct luob_record *rec);
const struct luob_format *luob_profile__find(const struct luob_profile *p, const char *space,
					     const char *name);
size_t luob_format__name(const char *string);
const struct luob_format *luob_profile__subtree(const struct luob_profile *p, const char *subtree,
						bool writes);
const struct luob_format *luob_profile__root(const struct luob_profile *p,
					     const struct luob_space *s,
					     const struct luob_subtree *root, bool writes);
int luob_plan__find(const struct luob_prog *progs, size_t nr, const struct luob_profile *to,
		    struct luob_record *rec);

#endif /* LUOB_TX_H */
