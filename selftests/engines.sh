#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All engines of luo-load run give the same bytes and the same refusals:
# selftests/oracle/engines.py.
exec python3 "$(dirname "$0")/oracle/engines.py" "$@"
