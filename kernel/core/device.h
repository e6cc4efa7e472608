/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How luo-load talks to luo_bpf.ko: one character device, root only. Reading it
 * gives what the module said as lines of text; these are its ioctls. Like the
 * blob, this is between a luo-load and a luo_bpf.ko that were installed together.
 *
 * Text can hold "{TYPE+OFFSET}" where a field is meant: the module has no names of
 * fields, whoever prints the text has them.
 */
#ifndef LUOB_DEVICE_H
#define LUOB_DEVICE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "../abi/report.h"
#include "hardware.h"

#define LUOB_DEVICE_NAME	"luo_bpf"

/* Blockers, and records of a rehearsal, that are kept for who asks. */
#define LUOB_RESULTS_MAX	1024

/* @blob: address of a struct luob_blob_head with all that follows it. */
struct luob_arm {
	__u64 blob;
	__u32 size;
	__u32 pad;
};

/*
 * Lists are copied to @buf, as many entries as fit into @size bytes; @nr is how
 * many there are.
 */
struct luob_list {
	__u64 buf;
	__u32 size;
	__u32 nr;
};

/* What is alive in LUO and in the KHO root; nothing of it is frozen. */
enum luob_live_kind {
	LUOB_LIVE_SUBTREE = 1,	/* @name, @data: address, @size; @string of our own ones */
	LUOB_LIVE_SESSION,	/* @name, @size: its files */
	LUOB_LIVE_FILE,		/* of the session before it */
	LUOB_LIVE_FLB,		/* @string, @data, @size: its users */
	LUOB_LIVE_DRIVER,	/* a blob: @name, @string, @family, @layout, @token: address of
				 * the device, @hw, @data, @size */
	LUOB_LIVE_DEVICE,	/* that has a record: @name of its driver or "", @string: its
				 * driver_override, @token: address, @hw */
};

struct luob_live_entry {
	__u32 kind;
	__u32 seals;		/* memfd: F_GET_SEALS */
	char name[64];		/* of the session, subtree or driver; of the open file */
	char string[48];	/* of the handler, or blob */
	char family[16];	/* of what the driver says its blob is, */
	char layout[64];	/* and the structure */
	struct luob_hw hw;	/* of the device */
	__u32 pad;
	__u64 token;
	__u64 data;
	__u64 size;
	__u64 pos;
};

enum luob_state {
	LUOB_IDLE,		/* not armed */
	LUOB_ARMED,
	LUOB_VOID,		/* armed once: what it was armed for has changed */
};

/**
 * struct luob_status - what the module is about to do
 * @state:	enum luob_state
 * @image:	the armed image is loaded
 * @nr_progs:	programs
 * @map_ids:	of their struct_ops maps, as many as there is room for
 * @nr_unverified: programs that luo-load has not proved right
 * @unverified:	their names, as many as there is room for, with blanks between them
 * @from:	releases
 * @to:		likewise
 * @reason:	of LUOB_VOID
 */
struct luob_status {
	__u32 state;
	__u32 image;
	__u32 nr_progs;
	__u32 map_ids[61];
	__u32 nr_unverified;
	__u32 pad;
	char unverified[192];
	char from[32];
	char to[32];
	char reason[192];
};

enum luob_result_kind {
	LUOB_RESULT_RECORD = 1,
	LUOB_RESULT_BLOCKER,
};

/* One entry of the last transaction, also of a rehearsal. */
struct luob_result {
	__u32 kind;
	__u32 verdict;		/* enum luob_verdict */
	__u64 value;
	__u64 has_value;
	__u64 ns;
	char family[16];
	char from[48];
	char to[48];
	char label[192];
	char field[64];
	char rule[48];
	char text[160];
};

#define LUOB_IOC_ARM		_IOW('U', 0x60, struct luob_arm)
#define LUOB_IOC_DISARM		_IO('U', 0x61)
/* Freezes, translates, accepts, and vetoes: everything but the jump. */
#define LUOB_IOC_REHEARSE	_IO('U', 0x62)
#define LUOB_IOC_STATUS		_IOR('U', 0x63, struct luob_status)
#define LUOB_IOC_LIVE		_IOWR('U', 0x64, struct luob_list)
#define LUOB_IOC_RESULTS	_IOWR('U', 0x65, struct luob_list)
/* What the old kernel handed over, and what this one did last. */
#define LUOB_IOC_REPORT		_IOR('U', 0x66, struct luo_bpf_report___v3)
#define LUOB_IOC_LAST		_IOR('U', 0x67, struct luo_bpf_report___v3)

/* Records of PCI devices that the old kernel handed over: @nr is bytes (abi/pci_records.h). */
#define LUOB_IOC_PCI		_IOWR('U', 0x68, struct luob_list)
/* The same of drivers' blobs (abi/driver_records.h), without what is in them. */
#define LUOB_IOC_DRIVERS	_IOWR('U', 0x69, struct luob_list)

#endif /* LUOB_DEVICE_H */
