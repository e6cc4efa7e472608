// SPDX-License-Identifier: GPL-2.0-only
/*
 * What luo-load abi looks for in a kernel of 7.1, and nothing else: structures, strings and
 * registered objects as kernel/liveupdate/ and mm/memfd_luo.c have them. Macros make it a
 * vendor's kernel, one with another layout, or a module. Compiled by abi.sh; never run.
 */
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned short u16;
typedef u64 phys_addr_t;
#define __packed __attribute__((packed))
#define __used __attribute__((used))

#ifndef RELEASE
#define RELEASE "7.1.13"
#endif

struct list_head {
	struct list_head *next, *prev;
};

struct liveupdate_file_ops {
	int (*fn[9])(void);
	void *owner;
};

struct liveupdate_file_handler {
	const struct liveupdate_file_ops *ops;
	const char compatible[48];
	struct list_head list;
	struct list_head flb_list;
};

__used static int nothing(void)
{
	return 0;
}

static const struct liveupdate_file_ops ops = {
	{ nothing, nothing, nothing, nothing, 0, nothing, 0, nothing, 0 }, 0,
};

#ifdef MODULE

#ifdef DRIVER
/* What a driver says of its blobs: one, one without a name, one whose name does not end. */
__used __attribute__((section(".luo_bpf_drivers"))) static const struct {
	char version[48], family[16], layout[64];
} blobs[] = {
	{ "sample-edu-1", "sample-edu", "sample_edu_ser___v1" },
	{ "", "sample-edu", "sample_edu_ser___v1" },
	{ "strange-1", "0123456789abcdef", "sample_edu_ser___v1" },
};
#endif

static struct liveupdate_file_handler acme = { &ops, "acme-dev-v1", { 0, 0 }, { 0, 0 } };
#ifdef NO_IMPORT
void *init_module(void)
{
	return &acme;
}
#else
int liveupdate_register_file_handler(struct liveupdate_file_handler *h);

int init_module(void)
{
	return liveupdate_register_file_handler(&acme);
}
#endif

#else

struct khoser_mem_chunk {
	u64 next;
};

struct kho_radix_node {
	u64 table[512];
};

struct kho_radix_leaf {
	unsigned long bitmap[512];
};

struct kho_vmalloc {
	u64 first;
	u32 total_pages;
	u16 flags;
	u16 order;
};

struct kho_vmalloc_chunk {
	struct {
		u64 next;
	} hdr;
	u64 phys[511];
};

struct luo_file_ser {
	char compatible[48];
	u64 data;
	u64 token;
} __packed;

struct luo_file_set_ser {
	u64 files;
	u64 count;
} __packed;

struct luo_session_header_ser {
	u64 count;
} __packed;

struct luo_session_ser {
	char name[64];
	struct luo_file_set_ser file_set_ser;
} __packed;

struct luo_flb_header_ser {
	u64 pgcnt;
	u64 count;
} __packed;

struct luo_flb_ser {
	char name[48];
	u64 data;
	u64 count;
} __packed;

struct memfd_luo_folio_ser {
	u64 pfn : 52;
	u64 flags : 12;
	u64 index;
} __packed;

struct memfd_luo_ser {
	u64 pos;
	u64 size;
	u32 seals;
	u32 flags;
	u64 nr_folios;
#ifdef OTHER_LAYOUT
	u64 acme_numa;
#endif
	struct kho_vmalloc folios;
} __packed;

struct kho_kexec_metadata {
	u32 version;
	char previous_release[65];
	u32 kexec_count;
} __packed;

/* pahole keeps what is used. */
struct everything {
	struct kho_radix_node a;
	struct kho_radix_leaf b;
	struct kho_vmalloc_chunk c;
	struct luo_file_ser d;
	struct luo_session_header_ser e;
	struct luo_session_ser f;
	struct luo_flb_header_ser g;
	struct luo_flb_ser h;
	struct memfd_luo_folio_ser i;
	struct memfd_luo_ser j;
	struct kho_kexec_metadata k;
} everything;

__used static const char banner[] = "Linux version " RELEASE " (builder@host) #1 SMP";
/* As linkers leave them: one after the other, each with its end. */
__used static const char strings[] =
	"\0kho-v3\0luo-v1\0luo-session-v2\0luo-flb-v1\0memblock-v1\0reserve-mem-v1\0"
	"compatible\0liveupdate-number\0luo-session-header\0luo-flb-header\0start\0blob-size\0"
	"kexec-metadata\0preserved-data\0preserved-memory-map"
#ifdef VENDOR
	"\0pci-v1\0not-a-version\0nfs-v4"
#endif
	;

__used static struct liveupdate_file_handler memfd = { &ops, "memfd-v2", { 0, 0 }, { 0, 0 } };
#ifdef VENDOR
__used static struct liveupdate_file_handler acme = { &ops, "acme-widget-v9", { 0, 0 }, { 0, 0 } };
#endif
#ifdef DECLARED
__used __attribute__((section(".liveupdate_versions"))) static const struct {
	u32 magic;
	u32 version;
	char compatible[2][48];
} versions = { 0x4c565550, 1, { "memfd-v2", "huge-memfd-v1" } };
#endif

void *_start(void)
{
	return &everything;
}

#endif
