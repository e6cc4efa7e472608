// SPDX-License-Identifier: GPL-2.0-only
/* What a page shows of an object is text, whatever it looks like. */
#define PAIR_LOSSES	LUO_LOSS("two", "<script>alert(1)</script> & \"quoted\" ]]>")
#define PAIR_SECOND	0
#include "pair.h"
#undef LUO_AUTHOR
#define LUO_AUTHOR(who)	__luo_tag("author </dd><img src=x onerror='alert(1)'>")
#include "back.h"

LUO_TRANSLATOR(hostile_names);
