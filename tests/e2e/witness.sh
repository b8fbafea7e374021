#!/bin/bash
# SPDX-License-Identifier: MIT
# The fake tenant against Microsoft's own Graph client and types, and against itself: what the
# other scripts are told is only as good as the fake.
# Not sanitized: it tries the fake tenant, not our programs.
set -eu
: "${SAE_SRC:?where the sources are}"

if ! python3 -c 'import cryptography' 2>/dev/null; then
    echo "SKIPPED, NOT tried: Python's cryptography is not installed"
    exit 77
fi
python3 -B "$SAE_SRC/tests/fakes/selftest.py"
exec "$SAE_SRC/tests/fakes/witness.sh"
