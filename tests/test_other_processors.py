"""What the lessons say of networks trained here is so on other processors, too: other instructions round otherwise,
and a run of a training ends elsewhere. A claim that needs one rounding is none.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
#: {processor: what NumPy and OpenBLAS are told to do without, or to do instead}
PROCESSORS = {
    "with AVX2": {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"},
}


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="OpenBLAS has other kernels here")
@pytest.mark.parametrize("processor", PROCESSORS)
def test_the_lessons_claims_hold_on_a_processor(processor):
    tests = sorted(
        map(str, [*HERE.glob("test_lesson_0*.py"), HERE / "test_training.py", HERE / "test_digit_reading.py"])
    )
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not browser and not long", "-p", "no:cacheprovider", *tests]
    run = subprocess.run(
        command, env=os.environ | PROCESSORS[processor], cwd=HERE.parent, capture_output=True, text=True, timeout=1800
    )
    assert run.returncode == 0, run.stdout[-3000:]
