#!/usr/bin/env bash
# What Binder does with environment.yml and postBuild, without conda: the committed files in a folder of their own, a
# fresh Python 3.11, the pip part installed from that folder, postBuild, JupyterLab, which has to answer and to run
# a notebook. Takes a few minutes. The folder is removed unless it is named: .ci/binder.sh FOLDER
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d)}
server=
end() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ "$keep" ] || rm -rf "$folder"
}
keep=${1:-}
trap end EXIT
step() { echo "== $SECONDS s: $*"; }

step "committed files to $folder"
mkdir -p "$folder/home"
git -C "$project" archive HEAD | tar -x -C "$folder/home"
cd "$folder/home"
unset PYTHONPATH SNNLIB_DATA SNNLIB_STORE VIRTUAL_ENV

step "Python"
"${PYTHON:-python3.11}" -m venv "$folder/python"
export PATH="$folder/python/bin:$PATH"

step "the pip part of environment.yml"
pip install --quiet "$(grep '^torch==' constraints.txt)" # first: see the Makefile
sed -n '/- pip:/,$ s/^      - //p' environment.yml > pip-part.txt # in the project's folder, as micromamba does
cat pip-part.txt
pip install --quiet --no-input -r pip-part.txt
rm pip-part.txt

step "postBuild"
./postBuild

step "JupyterLab"
port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
root=$([ "$(id -u)" = 0 ] && echo --allow-root || true)
jupyter lab --no-browser $root --ip=127.0.0.1 --port="$port" --IdentityProvider.token=check > "$folder/lab.log" 2>&1 &
server=$!
python - "http://127.0.0.1:$port" <<'PYTHON' || { cat "$folder/lab.log"; exit 1; }
import json, sys, time, urllib.request

def ask(path):
    request = urllib.request.Request(sys.argv[1] + path, headers={"Authorization": "token check"})
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).read()

for _ in range(60):
    try:
        print("status:", json.loads(ask("/api/status")))
        break
    except OSError:
        time.sleep(1)
names = sorted(entry["name"] for entry in json.loads(ask("/api/contents/notebooks"))["content"])
assert {"01_train.ipynb", "04_compare.ipynb"} <= set(names), names
assert b"jupyter-config-data" in ask("/lab")
print("notebooks:", *names)
PYTHON

step "a notebook"
snnlib reproduce --profile smoke --only B-F1 B-T1 --workers 1 --out "$folder/results"
step "done"
