/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a state came to be what it is: kernels that it passed, the objects that translated it,
 * what they lost. Travels in the notes of snapshots, as lines
 *
 *	ORIGIN=RELEASE
 *	HOP=NUMBER FROM TO
 *	STEP=NUMBER OBJECT SHA256 RECORDS proved|unproved
 *	LOSS=NUMBER OBJECT FIELD REASON
 *
 * where NUMBER counts from 1 and says which hop it is.
 */
#ifndef LUO_LIB_PROVENANCE_H
#define LUO_LIB_PROVENANCE_H

#include <stdbool.h>
#include <stdio.h>
#include "lib/digest.h"
#include "lib/snapshot.h"

/* Hops that are kept; of longer ways the first ones are forgotten, their number is not. */
#define LUO_HOPS_MAX	32

struct luo_hop_loss {
	char field[64];
	char why[200];
};

/* One object, and how many records it worked on. */
struct luo_hop_step {
	char object[64];
	char digest[2 * LUO_DIGEST_SIZE + 1];
	__u64 records;
	bool verified;
	struct luo_hop_loss *losses;
	size_t nr_losses;
	size_t cap_losses;
};

/* From one kernel to the next; no steps when it read what it was given. */
struct luo_hop {
	unsigned int number;
	char from[80];
	char to[80];
	struct luo_hop_step *steps;
	size_t nr_steps;
	size_t cap_steps;
};

/**
 * struct luo_provenance - the way of a state
 * @origin:	release that wrote it first, or ""
 * @hops:	in order, @nr of them
 */
struct luo_provenance {
	char origin[80];
	struct luo_hop *hops;
	size_t nr;
	size_t cap;
};

int luo_provenance__read(struct luo_provenance *p, const struct luo_snapshot *snap);
void luo_provenance__free(struct luo_provenance *p);
int luo_provenance__write(const struct luo_provenance *p, const struct luo_hop *last, FILE *f);
struct luo_hop_step *luo_hop__step(struct luo_hop *hop, const char *object);
int luo_hop__add_loss(struct luo_hop_step *s, const char *field, const char *why);
void luo_hop__free(struct luo_hop *hop);

#endif /* LUO_LIB_PROVENANCE_H */
