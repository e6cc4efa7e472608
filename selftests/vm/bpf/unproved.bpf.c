// SPDX-License-Identifier: GPL-2.0-only
/* A shipped acceptor with a waiver that covers nothing: it works, and is not proved. */
#include "luo_bpf.h"

#undef LUO_AUTHOR
#define LUO_AUTHOR(who) LUO_WAIVE("shared", "a test")
#include "../../../bpf-progs/kexec_metadata_v1_accept.bpf.c"
