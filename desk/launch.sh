#!/bin/sh
# Starts desk/setup.py with the first Python that runs; setup.py finds or makes the right one and goes on from there.
# bin/run, bin/test, bin/check, bin/messages and bin/madoguchi are one line each: they call this.
set -eu
command=$1
home=$2
shift 2
PYTHONPATH=$home${PYTHONPATH:+:$PYTHONPATH}
PYTHONSAFEPATH=1
export PYTHONPATH PYTHONSAFEPATH
for python in "$home/.venv/bin/python" python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11 python; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1; then
    exec "$python" -m desk.setup "$command" "$@"
  fi
done
echo "Python 3.11 以降が必要です。 / Madoguchi needs Python 3.11 or newer (Debian: apt install python3 python3-venv)." >&2
exit 1
