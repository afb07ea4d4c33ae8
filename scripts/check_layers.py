#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom, the length of files and the licence line. Prints every violation; exit 1 when there is one."""
import pathlib
import re
import sys

# Each room may include itself and these.
ROOMS = {
    "core": [],
    "hw_space": ["core"],
    "models": ["core", "hw_space"],
    "arch_space": ["core", "hw_space", "models"],
    "sim": ["core", "hw_space", "models"],
    "codesign": ["core", "hw_space", "models", "arch_space", "sim"],
}
# Libraries, by the start of the include, and the rooms (or folders of one) that may know them.
LIBRARIES = {
    "systemc": ["sim"], "sysc/": ["sim"], "tlm": ["sim"],
    "yaml-cpp/": ["core"], "openssl/": ["core"],
    "boost/": ["models"], "xgboost/": ["models"], "tbb/": ["models"], "oneapi/": ["models"],
    "Eigen/": ["models", "arch_space", "sim"], "onnx/": ["arch_space"], "google/protobuf": ["arch_space"],
    "ATen/": ["arch_space/torch"], "c10/": ["arch_space/torch"], "torch/": ["arch_space/torch"],
    "png.h": ["arch_space/torch"], "zlib.h": ["arch_space/torch"],
    "sqlite3": ["codesign"], "CLI/": ["codesign"], "mpi.h": ["codesign"],
}
# What tests may use beyond their room.
TEST_LIBRARIES = ["Eigen/"]
TEST_HEADERS = ["tests/scratch.hpp"]
LONGEST = {".cpp": 400, ".hpp": 150, ".py": 400, ".js": 400, ".css": 400}
LICENCE = "SPDX-License-Identifier: Apache-2.0"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources(root):
    folders = [root / name for name in [*ROOMS, "tests", "scripts", "cmake", ".ci"]]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    wanted = {".cpp", ".hpp", ".py", ".js", ".css", ".cmake", ""}
    return [file for file in sorted(files) + [root / "CMakeLists.txt"]
            if (file.suffix in wanted or file.name == "CMakeLists.txt") and "__pycache__" not in file.parts]


def check_room_include(room, name, in_tests):
    if in_tests and (name.startswith(f"tests/{room}/") or name in TEST_HEADERS):
        return None
    target = name.split("/")[0]
    if target not in ROOMS or "/" not in name:
        return f'"{name}" is not of the form "room/file.hpp"'
    if target != room and target not in ROOMS[room]:
        return f'{room} must not include {target} ("{name}")'
    return None


def check_library_include(room, folder, name, in_tests):
    for library, rooms in LIBRARIES.items():
        if name.startswith(library) and not {room, folder} & set(rooms) and not (in_tests and library in TEST_LIBRARIES):
            return f"{room} must not include <{name}>, only {' and '.join(rooms)}"
    return None


def check_includes(parts, text):
    in_tests = parts[0] == "tests"
    inside = parts[1:] if in_tests and len(parts) > 2 else parts
    room, folder = inside[0], "/".join(inside[:2])
    if room not in ROOMS:
        return
    for match in INCLUDE.finditer(text):
        quoted, name = match[1] == '"', match[2]
        problem = check_room_include(room, name, in_tests) if quoted else check_library_include(room, folder, name, in_tests)
        if problem:
            yield text.count("\n", 0, match.start(2)) + 1, problem


def check_file(root, file):
    path = file.relative_to(root)
    text = file.read_text()
    lines = text.splitlines()
    if not any(LICENCE in line for line in lines[:2]):
        yield f"{path}:1: the line '{LICENCE}' is missing"
    longest = LONGEST.get(file.suffix, 400)
    if len(lines) > longest:
        yield f"{path}:{longest + 1}: {len(lines)} lines, at most {longest} are allowed"
    for line, problem in check_includes(path.parts, text):
        yield f"{path}:{line}: {problem}"


def main(root):
    problems = [problem for file in sources(root) for problem in check_file(root, file)]
    print("\n".join(problems) or "check_layers: all in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()))
