"""T33: how much memory a run takes, whatever the number of its rows."""

import pytest
from test_sizes import MIB, measured

from kycrule.sample import sample
