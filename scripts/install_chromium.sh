#!/usr/bin/env bash
# The browser tests drive the system's Chromium; this installs it, and fonts for Chinese, where they are missing.
set -euo pipefail

find_chromium() {
    command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable
}

if find_chromium >/dev/null; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "Chromium is missing: install it with your system's package manager, then run make again." >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi
echo "Installing Chromium for the browser tests …"
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null
find_chromium >/dev/null || { echo "Chromium could not be installed; the browser tests need it." >&2; exit 1; }
