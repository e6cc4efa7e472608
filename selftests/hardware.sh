#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Objects for some hardware only: which one a record gets, and what is refused.
exec python3 "$(dirname "$0")/oracle/hardware.py" "$@"
