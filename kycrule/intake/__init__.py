"""What turns bytes into rows that are judged, and rows in quarantine."""

from kycrule.intake.accounting import Accounting, add_up
from kycrule.intake.jsonl import cells as cells_of
from kycrule.intake.jsonl import fields_of
from kycrule.intake.rows import LONGEST
from kycrule.intake.tables import Inputs, Intake, load

__all__ = ["LONGEST", "Accounting", "Inputs", "Intake", "add_up", "cells_of", "fields_of", "load"]
