/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the parts of luo-load inspect. */
#ifndef LUO_INSPECT_INT_H
#define LUO_INSPECT_INT_H

#include "cmd/cmd.h"
#include "lib/inspect.h"

/* Nothing is shown deeper; what nests so deep leads back to itself. */
#define INSPECT_DEPTH	32

/* Elements of a list that are shown without -v. */
#define INSPECT_SHOWN	20

/**
 * struct tree - where the next line of the tree goes
 * @in:		the state
 * @glyphs:	branch, last branch, bar, nothing
 * @prefix:	bars of the nodes above
 * @len:	bytes of it
 * @depth:	nodes above
 * @fields:	fields in this line
 */
struct tree {
	struct luo_inspect *in;
	const char *const *glyphs;
	char prefix[INSPECT_DEPTH * 8];
	size_t len;
	unsigned int depth;
	unsigned int fields;
};

/* A structure in the state: the head or an element of a region. */
struct view {
	const struct luob_type *type;
	const void *base;
	struct luob_region *r;
	__u64 off;
};

/* Text from the file, printed so that it cannot write to the terminal. */
int inspect_text(FILE *f, const char *text, size_t size);
void inspect_sep(struct tree *t);
void inspect_fields(struct tree *t, const struct view *v, const struct luob_handle *count);
void inspect_fault(struct tree *t, const struct luob_fault *f);
void inspect_bytes(__u64 bytes);
void inspect_raw(struct tree *t, const struct view *v, bool below);
bool inspect_find(const struct luob_type *t, const struct luob_handle *h, struct luo_field *f);

/* A domain may have 48 bits here, whatever PCI has. */
#define INSPECT_PCI_NAME	32

bool inspect_is_pci(const struct luob_type *t);
bool inspect_pci_name(const struct view *v, char *name);
bool inspect_pci_says(const struct luo_field *f);
int inspect_pci_digits(const struct luob_type *t, const struct luo_field *f);

const char *inspect_frozen(const struct luo_inspect *in);

int inspect_live(void);
int inspect_tree(struct luo_inspect *in, bool utf8);
int inspect_json(struct luo_inspect *in, const char *path, int code);

#endif /* LUO_INSPECT_INT_H */
