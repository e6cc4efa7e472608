// SPDX-License-Identifier: GPL-2.0-only
/* The records as native code; SIDE says whose compiler it was. */
#include "records.h"
#include "native.h"

#define NAME_(name, side) name##_##side
#define NAME(name, side) NAME_(name, side)

void NAME(bench_folios, SIDE)(const void *in, void *out, __u64 nr)
{
	const struct bench_folio_old *o = in;
	struct bench_folio_new *n = out;
	__u64 i;

	for (i = 0; i < nr; i++)
		bench_folio(&o[i], &n[i]);
}

void NAME(bench_pcis, SIDE)(const void *in, void *out, __u64 nr)
{
	const struct bench_pci_old *o = in;
	struct bench_pci_new *n = out;
	__u64 i;

	for (i = 0; i < nr; i++)
		bench_pci(&o[i], &n[i]);
}

void NAME(bench_blobs, SIDE)(const void *in, void *out, __u64 nr)
{
	const struct bench_blob_old *o = in;
	struct bench_blob_new *n = out;
	__u64 i;

	for (i = 0; i < nr; i++)
		bench_blob(&o[i], &n[i]);
}
