#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_readme.py FILE: runs every ```sh block of FILE that follows a `<!-- ci -->` line, as a reader would paste it."""
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^<!-- ci -->\n+```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main(file):
    readme = pathlib.Path(file).resolve()
    blocks = BLOCK.findall(readme.read_text())
    if not blocks:
        sys.exit(f"{file}: no example is marked with <!-- ci -->")
    for block in blocks:
        print(f"$ {block}", flush=True)
        if subprocess.run(["bash", "-eo", "pipefail", "-c", block], cwd=readme.parent).returncode != 0:
            sys.exit(f"{file}: this example failed:\n{block}")


if __name__ == "__main__":
    main(*sys.argv[1:])
