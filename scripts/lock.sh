#!/usr/bin/env bash
# Rewrites constraints.txt: installs the newest versions that pyproject.toml allows into a fresh environment and
# writes down what came. Usage: scripts/lock.sh [python]
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3.11}
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
"$python" -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --editable '.[dev]'
{
    echo "# Locked versions of everything the product, its tests, its checks, its peers and its engines install. Rewritten by make lock."
    # A local label such as +cpu names a build, not a version: leave it to the index in use.
    "$environment/bin/python" -m pip freeze --exclude-editable | sed -E 's/^([^ ]+==[^+ ]+)\+[^ ]+$/\1/'
} >constraints.txt
