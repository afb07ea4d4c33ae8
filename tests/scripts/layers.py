#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants each violation that scripts/check_layers.py is for in a small tree and looks for its message."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_layers.py"
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"


def check(files):
    """The exit code and lines of the check on a tree of these files."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {"CMakeLists.txt": "# " + LICENCE[3:], **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        done = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines()


class Layers(unittest.TestCase):
    def refuses(self, name, include, message):
        code, lines = check({name: f"{LICENCE}#include {include}\n"})
        self.assertEqual((code, lines), (1, [f"{name}:2: {message}"]))

    def accepts(self, name, include):
        self.assertEqual(check({name: f"{LICENCE}#include {include}\n"}), (0, ["check_layers: all in order"]))

    def test_rooms(self):
        self.refuses("core/a.hpp", '"hw_space/b.hpp"', 'core must not include hw_space ("hw_space/b.hpp")')
        self.refuses("models/a.cpp", '"sim/b.hpp"', 'models must not include sim ("sim/b.hpp")')
        self.refuses("sim/part/a.cpp", '"arch_space/b.hpp"', 'sim must not include arch_space ("arch_space/b.hpp")')
        self.refuses("arch_space/a.cpp", '"sim/b.hpp"', 'arch_space must not include sim ("sim/b.hpp")')
        self.refuses("tests/sim/a.cpp", '"codesign/b.hpp"', 'sim must not include codesign ("codesign/b.hpp")')
        self.refuses("core/a.cpp", '"a.hpp"', '"a.hpp" is not of the form "room/file.hpp"')
        self.refuses("core/a.cpp", '"tests/core/b.hpp"', '"tests/core/b.hpp" is not of the form "room/file.hpp"')
        self.refuses("tests/sim/a.cpp", '"tests/core/b.hpp"', '"tests/core/b.hpp" is not of the form "room/file.hpp"')
        self.accepts("tests/sim/a.cpp", '"tests/sim/b.hpp"')
        self.accepts("tests/sim/a.cpp", '"tests/scratch.hpp"')
        self.refuses("core/a.cpp", '"tests/scratch.hpp"', '"tests/scratch.hpp" is not of the form "room/file.hpp"')
        self.accepts("sim/a.cpp", '"models/b.hpp"')
        self.accepts("codesign/a.cpp", '"sim/b.hpp"')

    def test_libraries(self):
        self.refuses("models/a.cpp", "<systemc>", "models must not include <systemc>, only sim")
        self.refuses("codesign/a.cpp", "<tlm_utils/simple_target_socket.h>",
                     "codesign must not include <tlm_utils/simple_target_socket.h>, only sim")
        self.refuses("hw_space/a.cpp", "<yaml-cpp/yaml.h>", "hw_space must not include <yaml-cpp/yaml.h>, only core")
        self.refuses("sim/a.cpp", "<sqlite3.h>", "sim must not include <sqlite3.h>, only codesign")
        self.refuses("arch_space/a.cpp", "<boost/graph/adjacency_list.hpp>",
                     "arch_space must not include <boost/graph/adjacency_list.hpp>, only models")
        self.accepts("tests/sim/a.cpp", "<systemc>")
        self.accepts("tests/core/a.cpp", "<Eigen/Core>")
        self.accepts("codesign/a.cpp", "<CLI/CLI.hpp>")

    def test_lengths(self):
        for name, most in (("core/a.cpp", 400), ("core/a.hpp", 150)):
            self.assertEqual(check({name: LICENCE + "\n" * (most - 1)})[0], 0)
            self.assertEqual(check({name: LICENCE + "\n" * most}),
                             (1, [f"{name}:{most + 1}: {most + 1} lines, at most {most} are allowed"]))

    def test_licence(self):
        self.assertEqual(check({"core/a.cpp": "\n"}), (1, [f"core/a.cpp:1: the line '{LICENCE[3:-1]}' is missing"]))


if __name__ == "__main__":
    unittest.main()
