// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The BTF catalogue, compiled by clang so that the tags survive. clang emits no BTF
 * for types that no variable holds by value.
 */
#include "catalogue.h"

struct luo_catalogue luo_catalogue;
