// SPDX-License-Identifier: GPL-2.0-only
/* luo-load inspect: PCI devices by the names that people know them by. */
#include <string.h>

#include "cmd/inspect_int.h"

/* Structures about one device, whatever their flavour. */
static const char *const devices[] = {
	"luo_bpf_driver_ser", "luo_bpf_pci_dev", "pci_dev_ser", "vfio_pci_ser",
};

/* What in them is read as hexadecimal numbers. */
static const struct {
	const char *field;
	int digits;
} ids[] = {
	{ "vendor", 4 }, { "device", 4 }, { "subvendor", 4 }, { "subdevice", 4 }, { "class", 6 },
	{ "command", 4 }, { "devfn", 2 },
};

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

/* Is it about a device? */
bool inspect_is_pci(const struct luob_type *t)
{
	size_t i, n = luo_type__base(t);

	for (i = 0; i < NR(devices); i++)
		if (strlen(devices[i]) == n && !strncmp(devices[i], t->name, n))
			return true;
	return false;
}

/* A number by its name, also of an embedded structure. */
static bool find(const struct view *v, __u32 id, __u32 base, const char *name, __u64 *value)
{
	struct luo_field f;
	int i;

	for (i = 0; luo_field__get(v->type, id, i, base, &f); i++) {
		if (f.kind == LUO_FIELD_STRUCT && find(v, f.id, f.off, name, value))
			return true;
		if (f.kind != LUO_FIELD_NUMBER || strcmp(f.name, name))
			continue;
		*value = luo_field__number(&f, v->base, 0);
		return true;
	}
	return false;
}

static bool number(const struct view *v, const char *name, __u64 *value)
{
	return find(v, luo_type__id(v->type), 0, name, value);
}

/**
 * inspect_pci_name - "0000:01:00.0"
 * @v: structure
 * @name: result, INSPECT_PCI_NAME bytes
 *
 * Return: false when it is not about a device, or is an entry that is free.
 */
bool inspect_pci_name(const struct view *v, char *name)
{
	__u64 path, domain, bdf, refcount;
	bool has_domain;

	if (!inspect_is_pci(v->type))
		return false;
	if (number(v, "path", &path) || number(v, "address", &path)) {
		domain = path >> 16;
		bdf = path & 0xffff;
		has_domain = true;
	} else {
		has_domain = number(v, "domain", &domain);
		if (!number(v, "bdf", &bdf))
			return false;
	}
	if (has_domain && !domain && !bdf && number(v, "refcount", &refcount) && !refcount)
		return false;
	if (has_domain)
		name += sprintf(name, "%04llx:", (unsigned long long)domain);
	sprintf(name, "%02llx:%02llx.%llx", (unsigned long long)(bdf >> 8 & 0xff),
		(unsigned long long)(bdf >> 3 & 0x1f), (unsigned long long)(bdf & 7));
	return true;
}

/* Does the name say what is in the field? */
bool inspect_pci_says(const struct luo_field *f)
{
	return f->kind == LUO_FIELD_NUMBER &&
	       (!strcmp(f->name, "domain") || !strcmp(f->name, "bdf") ||
		!strcmp(f->name, "path") || !strcmp(f->name, "address"));
}

/* How many hexadecimal digits the field of a device has, 0 for decimal. */
int inspect_pci_digits(const struct luob_type *t, const struct luo_field *f)
{
	size_t i;

	if (f->kind != LUO_FIELD_NUMBER || !inspect_is_pci(t))
		return 0;
	for (i = 0; i < NR(ids); i++)
		if (!strcmp(ids[i].field, f->name))
			return ids[i].digits;
	return 0;
}
