#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the verifier refuses is shown on the input that it gives:
# selftests/oracle/counterexample.py.
exec python3 "$(dirname "$0")/oracle/counterexample.py" "$@"
