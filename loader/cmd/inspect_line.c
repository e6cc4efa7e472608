// SPDX-License-Identifier: GPL-2.0-only
/* luo-load inspect: one record in one line, and its raw fields below it. */
#define _GNU_SOURCE	/* wcwidth() */
#include <string.h>
#include <wchar.h>

#include "cmd/inspect_int.h"

enum format {
	FORMAT_AUTO,
	FORMAT_BYTES,
	FORMAT_NUMBER,	/* decimal, however large */
	FORMAT_HIDE,
};

/*
 * Nicer words for structures that are known, whatever their flavour: these fields come
 * first and in this order. All others are shown by their names.
 */
static const struct nice {
	const char *base;
	const char *field;
	const char *label;
	enum format format;
	const char *missing;	/* says that a flavour lacks it */
} nice[] = {
	{ "luo_root", "liveupdate_num", "update number", FORMAT_NUMBER, NULL },
	{ "luo_ser", "liveupdate_num", "update number", FORMAT_NUMBER, NULL },
	{ "luo_flb_ser", "count", "users", FORMAT_NUMBER, NULL },
	{ "luo_flb_header_ser", "pgcnt", "", FORMAT_HIDE, NULL },
	{ "memfd_luo_ser", "size", "", FORMAT_BYTES, NULL },
	{ "memfd_luo_ser", "pos", "position", FORMAT_NUMBER, NULL },
	{ "memfd_luo_ser", "seals", "seals", FORMAT_AUTO, "seals not recorded" },
	{ "memfd_luo_folio_ser", "index", "page", FORMAT_NUMBER, NULL },
	{ "memfd_luo_folio_ser", "pfn", "", FORMAT_AUTO, NULL },
	{ "memfd_luo_folio_ser", "flags", "", FORMAT_AUTO, NULL },
	{ "reserve_mem_ser", "size", "", FORMAT_BYTES, NULL },
	{ "reserve_mem_ser", "start", "at", FORMAT_AUTO, NULL },
	{ "luo_bpf_pci_dev", "driver", "driver", FORMAT_AUTO, NULL },
	{ "kho_kexec_metadata", "previous_release", "written by", FORMAT_AUTO, NULL },
	{ "kho_kexec_metadata", "kexec_count", "kexec count", FORMAT_NUMBER, NULL },
};

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

/* Raw structures of that size fit in a line. */
#define ONE_LINE	16

/* Values above that are addresses, magic numbers or masks. */
#define DECIMAL_MAX	0xffffffffULL

/*
 * Printable characters as the locale has them, the rest as \xNN; nothing without @f.
 * Return: columns.
 */
int inspect_text(FILE *f, const char *text, size_t size)
{
	size_t i = 0, n, k, len = strnlen(text, size);
	mbstate_t state = {};
	int columns = 0, width;
	wchar_t wc;

	for (; i < len; i += n) {
		n = mbrtowc(&wc, text + i, len - i, &state);
		width = n == 0 || n > len - i ? -1 : wcwidth(wc);
		if (n == 0 || n > len - i) {
			memset(&state, 0, sizeof(state));
			n = 1;
		}
		/* No width: control, or something that changes how its neighbours look. */
		for (k = 0; f && k < n; k++)
			fprintf(f, width > 0 ? "%c" : "\\x%02x", (unsigned char)text[i + k]);
		columns += width > 0 ? width : 4 * (int)n;
	}
	return columns;
}

/* Before each field of a line. */
void inspect_sep(struct tree *t)
{
	fputs(t->fields++ ? ", " : "  ", stdout);
}

/* How much it is, and exactly. */
void inspect_bytes(__u64 bytes)
{
	char text[32];

	fputs(cmd_bytes(bytes, text, sizeof(text)), stdout);
	if (strchr(text, '.'))
		printf(" (%llu B)", (unsigned long long)bytes);
}

void inspect_fault(struct tree *t, const struct luob_fault *f)
{
	inspect_sep(t);
	fputs(cmd_style(CMD_BAD), stdout);
	inspect_text(stdout, f->rule, sizeof(f->text));
	fputs(": ", stdout);
	inspect_text(stdout, f->text, sizeof(f->text));
	fputs(cmd_style(CMD_PLAIN), stdout);
}

static void put_number(const struct luo_field *f, __u64 v, enum format format)
{
	if (format == FORMAT_BYTES)
		inspect_bytes(v);
	else if (f->negative)
		printf("%lld", (long long)v);
	else if (f->kind == LUO_FIELD_ADDRESS || (v > DECIMAL_MAX && format != FORMAT_NUMBER))
		printf("0x%llx", (unsigned long long)v);
	else
		printf("%llu", (unsigned long long)v);
}

static void put_flags(const struct luo_field *f, __u64 v)
{
	const char *name, *sep = "";

	if (!v)
		fputs("none", stdout);
	while (v && (name = luo_field__bit(f, &v))) {
		fputs(sep, stdout);
		inspect_text(stdout, name, 64);
		sep = "|";
	}
	if (v)
		printf("%s0x%llx", sep, (unsigned long long)v);
}

static void put_numbers(const struct luo_field *f, const void *base)
{
	__u32 nr = f->size / f->each, i;

	putchar('[');
	for (i = 0; i < nr && i < 8; i++) {
		fputs(i ? ", " : "", stdout);
		put_number(f, luo_field__number(f, base, i), FORMAT_AUTO);
	}
	fputs(i < nr ? ", ...]" : "]", stdout);
}

/* Content: where, and how large its folio is. What leads to records has its own lines. */
static void put_content(struct tree *t, const struct luo_field *f, const void *base)
{
	__u64 pa = luob_handle__value(f->handle, base);
	int order = luo_inspect__order(t->in, pa);

	if (f->handle->kind == LUOB_H_FOLIO && !pa) {
		fputs("hole", stdout);
		return;
	}
	if (f->handle->kind == LUOB_H_FOLIO && order >= 0) {
		inspect_bytes(4096ULL << order);
		fputs(" at ", stdout);
	}
	printf("0x%llx", (unsigned long long)pa);
}

static void put_value(struct tree *t, const struct luo_field *f, const void *base,
		      enum format format)
{
	switch (f->kind) {
	case LUO_FIELD_FLAGS:
		put_flags(f, luo_field__number(f, base, 0));
		break;
	case LUO_FIELD_STRING:
		putchar('\'');
		inspect_text(stdout, (const char *)base + f->off, f->size);
		putchar('\'');
		break;
	case LUO_FIELD_NUMBERS:
		put_numbers(f, base);
		break;
	case LUO_FIELD_BYTES:
		printf("%u bytes", f->size);
		break;
	case LUO_FIELD_HANDLE:
		put_content(t, f, base);
		break;
	default:
		put_number(f, luo_field__number(f, base, 0), format);
	}
}

static void put_field(struct tree *t, const struct luo_field *f, const struct view *v,
		      const struct nice *n)
{
	const char *label = n ? n->label : f->name;
	int digits = inspect_pci_digits(v->type, f);

	if (n && n->format == FORMAT_HIDE)
		return;
	inspect_sep(t);
	inspect_text(stdout, label, 128);
	if (*label)
		putchar(' ');
	if (digits)
		printf("%0*llx", digits, (unsigned long long)luo_field__number(f, v->base, 0));
	else
		put_value(t, f, v->base, n ? n->format : FORMAT_AUTO);
	if (f->reserved)
		fputs(" (reserved)", stdout);
}

static bool is_base(const struct luob_type *t, const char *base)
{
	size_t n = luo_type__base(t);

	return strlen(base) == n && !strncmp(base, t->name, n);
}

static bool is_nice(const struct luob_type *t, const char *field)
{
	size_t i;

	for (i = 0; i < NR(nice); i++)
		if (!strcmp(nice[i].field, field) && is_base(t, nice[i].base))
			return true;
	return false;
}

/* Handles of records and all that titles and counts say already are left out. */
static bool is_shown(const struct luo_field *f, const struct view *v,
		     const struct luob_handle *count)
{
	char pci[INSPECT_PCI_NAME];

	if (f->unique || f->version || f->counted ||
	    (inspect_pci_says(f) && inspect_pci_name(v, pci)))
		return false;
	if (f->reserved && !luo_field__number(f, v->base, 0))
		return false;
	if (count && count->count_at == LUOB_COUNT_HEAD && count->count_off == f->off)
		return false;
	return !f->handle || f->handle->kind == LUOB_H_FOLIO || f->handle->kind == LUOB_H_RANGE;
}

/* The fields that have no row in the table; embedded structures are taken apart. */
static void put_others(struct tree *t, const struct view *v, __u32 id, __u32 base,
		       const struct luob_handle *count)
{
	struct luo_field f;
	int i;

	for (i = 0; luo_field__get(v->type, id, i, base, &f); i++) {
		if (f.kind == LUO_FIELD_STRUCT)
			put_others(t, v, f.id, f.off, count);
		else if (is_shown(&f, v, count) && !is_nice(v->type, f.name))
			put_field(t, &f, v, NULL);
	}
}

static void put_nice(struct tree *t, const struct view *v, const struct nice *n,
		     const struct luob_handle *count)
{
	struct luo_field f;
	int i;

	for (i = 0; luo_field__get(v->type, luo_type__id(v->type), i, 0, &f); i++) {
		if (strcmp(f.name, n->field))
			continue;
		if (is_shown(&f, v, count))
			put_field(t, &f, v, n);
		return;
	}
	if (n->missing) {
		inspect_sep(t);
		fputs(n->missing, stdout);
	}
}

/**
 * inspect_fields - the plain fields of a structure, in the line that was begun
 * @t: tree
 * @v: structure
 * @count: the handle that leads to it when the structure counts elements, or NULL
 */
void inspect_fields(struct tree *t, const struct view *v, const struct luob_handle *count)
{
	char pci[INSPECT_PCI_NAME];
	size_t i;

	/* Of an element, it is the title. */
	if ((!v->r || v->r->elem != v->type) && inspect_pci_name(v, pci)) {
		inspect_sep(t);
		printf("device %s", pci);
	}
	for (i = 0; i < NR(nice); i++)
		if (is_base(v->type, nice[i].base))
			put_nice(t, v, &nice[i], count);
	put_others(t, v, luo_type__id(v->type), 0, count);
}

static bool find_in(const struct luob_type *t, __u32 id, __u32 base,
		    const struct luob_handle *h, struct luo_field *f)
{
	int i;

	for (i = 0; luo_field__get(t, id, i, base, f); i++)
		if (f->kind == LUO_FIELD_STRUCT ? find_in(t, f->id, f->off, h, f) :
		    h ? f->handle == h : f->unique)
			return true;
	return false;
}

/* The field that is handle @h, or that tells elements apart; also in embedded structures. */
bool inspect_find(const struct luob_type *t, const struct luob_handle *h, struct luo_field *f)
{
	return find_in(t, luo_type__id(t), 0, h, f);
}

static void put_raw(void *file, const char *fmt, va_list args)
{
	vfprintf(file, fmt, args);
}

static void begin_raw(struct tree *t, bool below)
{
	printf("%s%s%s", t->prefix, below ? t->glyphs[2] : t->glyphs[3], cmd_style(CMD_DIM));
}

/*
 * libbpf gives each character of a string a line of its own, "'c'," or a number; behind the
 * first string that ends early it gives none any more (libbpf 1.4.6): then @value has it.
 * Return: the line behind the string.
 */
static char *put_chars(char *line, const char *value, size_t size)
{
	char *end, c;

	putchar('"');
	if (value)
		inspect_text(stdout, value, strnlen(value, size));
	for (; line && (end = strchr(line, '\n')); line = end + 1) {
		line += strspn(line, " \t");
		if (*line == ']')
			break;
		c = *line == '\'' ? line[1] : (char)strtol(line, NULL, 10);
		if (!value && (*line != '\'' || strncmp(line, "'\\0'", 4)))
			inspect_text(stdout, &c, 1);
	}
	fputs("\",", stdout);
	return line ? strchr(line, '\n') : NULL;
}

/* The bytes of "  .NAME = ...", a member of the structure itself; NULL for those of others. */
static const char *member_at(const struct view *v, const char *line, __u32 *size)
{
	char name[64] = "";
	__u32 off;

	if (strncmp(line, "  .", 3) || sscanf(line + 3, "%63[A-Za-z0-9_]", name) != 1 ||
	    luo_type__find(v->type, name, &off, size))
		return NULL;
	return (const char *)v->base + off;
}

static char *put_raw_line(struct tree *t, const struct view *v, char *line, bool below)
{
	char *end = strchr(line, '\n'), *p;
	const char *value;
	__u32 size = 0;

	if (end)
		*end = 0;
	begin_raw(t, below);
	p = strstr(line, "(luo_phys_t)");
	if (p) {
		inspect_text(stdout, line, p - line + 12);
		printf("0x%llx,", strtoull(p + 12, NULL, 10));
	} else if (end && end[-1] == '[' && (p = strstr(line, "(char["))) {
		value = member_at(v, line, &size);
		inspect_text(stdout, line, p - line);
		end = put_chars(end + 1, value, size);
	} else {
		inspect_text(stdout, line, strlen(line));
	}
	printf("%s\n", cmd_style(CMD_PLAIN));
	return end ? end + 1 : NULL;
}

/**
 * inspect_raw - all bytes of a structure, as BTF names them
 * @t: tree, in the line behind that of the structure
 * @v: structure
 * @below: there are nodes below it
 */
void inspect_raw(struct tree *t, const struct view *v, bool below)
{
	LIBBPF_OPTS(btf_dump_type_data_opts, opts, .emit_zeroes = true, .indent_str = "  ",
		    .compact = v->type->size <= ONE_LINE);
	const struct btf *btf = luo_types__btf(luo_type__types(v->type));
	char *text = NULL, *line;
	struct btf_dump *dump;
	size_t size;
	FILE *f;
	int err;

	f = open_memstream(&text, &size);
	if (!f)
		return;
	dump = btf_dump__new(btf, put_raw, f, NULL);
	err = dump ? btf_dump__dump_type_data(dump, luo_type__id(v->type), v->base, v->type->size,
					      &opts) : -1;
	btf_dump__free(dump);
	fclose(f);
	for (line = text; err >= 0 && line && *line; )
		line = put_raw_line(t, v, line, below);
	free(text);
}
