#!/bin/sh
# Sets the checkout up and runs `nerdx` with the given words: `sandbox/setup.sh dev`.
# This part only finds a Python; sandbox/setup.py does the rest.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")

usable() {
    "$1" -c 'import ctypes, ssl, sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

candidates() {
    for name in "${PYTHON:-}" "$root/.venv/bin/python" \
        python3.13 python3.12 python3.14 python3 python; do
        if [ -n "$name" ]; then command -v "$name" || true; fi
    done
    for versions in "${PYENV_ROOT:-$HOME/.pyenv}/versions" "$HOME/.local/share/uv/python" \
        "$HOME/.asdf/installs/python" "$HOME/.local/share/mise/installs/python"; do
        for release in 3.13 3.12 3.14; do
            ls -d "$versions/$release"*/bin/python3 "$versions/cpython-$release"*/bin/python3 \
                2>/dev/null || true
        done
    done
    ls -d /opt/homebrew/bin/python3.1[2-9] /usr/local/bin/python3.1[2-9] 2>/dev/null || true
}

python=$(candidates | while IFS= read -r path; do
    if usable "$path"; then
        printf '%s\n' "$path"
        break
    fi
done)

if [ -z "$python" ]; then
    echo "NERDX needs Python 3.12 or newer: install it (python.org, 'pyenv install 3.13', 'uv python install 3.13') or name one: make dev PYTHON=/path/to/python3" >&2
    exit 1
fi
exec "$python" -I "$here/setup.py" "$@"
