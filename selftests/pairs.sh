#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Real and generated states through `luo-load run`, in all directions: selftests/oracle/pairs.py.
exec python3 "$(dirname "$0")/oracle/pairs.py" "$@"
