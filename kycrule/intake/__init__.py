"""What turns bytes into rows that are judged, and rows in quarantine."""

from kycrule.intake.jsonl import cells as cells_of
from kycrule.intake.jsonl import fields_of
from kycrule.intake.tables import Accounting, Inputs, load

__all__ = ["Accounting", "Inputs", "cells_of", "fields_of", "load"]
