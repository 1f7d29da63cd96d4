"""The benchmark runs and prints what it promises; how fast, no test says."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest


@pytest.mark.long
@pytest.mark.real_time
def test_it_prints_every_figure_as_a_ratio_to_the_baseline() -> None:
    command = [sys.executable, "-m", "tests.bench.watching", "--rounds", "1", "--servers", "1000"]
    done = subprocess.run(
        [*command, "--memory", "2000"], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    ratios = re.findall(r"^ +[0-9.]+ ms +([0-9.]+) × bare  (.+)$", done.stdout, re.MULTILINE)
    assert ratios[0] == ("1.00", "bare: GET and json.loads, a page")
    assert len(ratios) == 10
    assert re.search(r"^2,000 servers: [0-9]+ MB in all", done.stdout, re.MULTILINE)
