/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Values of the maps that luo-load pins for readers: defined here once, for C and, by
 * maps.bpf.c, as the BTF that bpftool prints them by. Strings are terminated.
 */
#ifndef LUO_LIB_MAPS_TYPES_H
#define LUO_LIB_MAPS_TYPES_H

#include <linux/types.h>

/**
 * struct luo_catalogue_entry - a format that a release reads or writes ("luo_catalogue")
 * @release:	"7.1"
 * @family:	"luo", "memfd", ...
 * @string:	version string in the state
 * @space:	where the string is looked up: "kho", "subtree", "file", "flb",
 *		"driver"
 * @subtree:	name in the KHO root, for space "subtree"
 * @type:	structure in luo-load's BTF, "" when there is none
 * @fingerprint: of its layout, hexadecimal as in luo-load profiles
 * @size:	bytes of the structure
 * @reads:	the release takes it over
 * @writes:	the release hands it over
 */
struct luo_catalogue_entry {
	char release[32];
	char family[16];
	char string[48];
	char space[8];
	char subtree[64];
	char type[64];
	char fingerprint[24];
	__u32 size;
	_Bool reads;
	_Bool writes;
};

/**
 * struct luo_status_entry - the machine, or one of its records ("luo_status")
 * @kind:	"summary" for entry 0, "record" for the others
 * @state:	of the summary: "armed", "not armed", ...
 * @record:	label, as luo-load inspect shows it
 * @family:	"luo", "memfd", ...
 * @from:	version string now
 * @to:		version string that the target reads
 * @steps:	translators, in order
 * @verdict:	"same", "translated", "blocked"
 * @rule:	of a blocker
 * @text:	for people
 * @ns:		time in its steps, nanoseconds
 */
struct luo_status_entry {
	char kind[16];
	char state[32];
	char record[160];
	char family[16];
	char from[48];
	char to[48];
	char steps[160];
	char verdict[16];
	char rule[48];
	char text[160];
	__u64 ns;
};

#endif /* LUO_LIB_MAPS_TYPES_H */
