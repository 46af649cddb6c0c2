"""What turns bytes into rows that are judged, and rows in quarantine."""

from kycrule.intake.tables import Accounting, Inputs, load

__all__ = ["Accounting", "Inputs", "load"]
