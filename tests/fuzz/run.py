"""Coverage-guided fuzzing of one target: ``python tests/fuzz/run.py TARGET [-max_total_time=600]``.

Needs ``pip install atheris``. New inputs that reach new code are kept in ``tests/fuzz/corpus/TARGET``; what fails is
written to ``crash-...`` in the working directory. Options are libFuzzer's.
"""

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

with atheris.instrument_imports(include=["kycrule"]):
    import targets

if __name__ == "__main__":
    name, *options = sys.argv[1:]
    corpus = HERE / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    atheris.Setup([sys.argv[0], str(corpus), "-max_len=4096", "-timeout=10", *options], targets.TARGETS[name])
    atheris.Fuzz()
