#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_readme.py FILE: runs every ```sh block of FILE that follows a `<!-- ci -->` line, as a reader would paste it.

The blocks run in a folder of links to what stands beside FILE, without its runs/, so that they find nothing of an earlier try.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^<!-- ci -->\n+```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(blocks, source, folder):
    for entry in source.iterdir():
        if entry.name not in (".git", "runs"):
            (folder / entry.name).symlink_to(entry)
    for block in blocks:
        print(f"$ {block}", flush=True)
        if subprocess.run(["bash", "-eo", "pipefail", "-c", block], cwd=folder).returncode != 0:
            sys.exit(f"this example failed:\n{block}")


def main(file):
    readme = pathlib.Path(file).resolve()
    blocks = BLOCK.findall(readme.read_text())
    if not blocks:
        sys.exit(f"{file}: no example is marked with <!-- ci -->")
    with tempfile.TemporaryDirectory() as folder:
        run(blocks, readme.parent, pathlib.Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
