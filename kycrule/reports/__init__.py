"""The reports and records that the rule asks for, made from a finished run, each as a model that cites its paragraphs.

```python
from kycrule import reports

certification = reports.certification("run")
print(reports.markdown(certification))
```
"""

from kycrule.reports.account_record import AccountRecord, record
from kycrule.reports.account_story import story
from kycrule.reports.exemption import AnnualNotice, ExemptionRequest, annual_notice, exemption_request
from kycrule.reports.furnishing_list import Furnishing, furnishing
from kycrule.reports.markdown import markdown
from kycrule.reports.model import Report, to_complete
from kycrule.reports.provider_certification import Certification, certification
from kycrule.reports.referral import RedFlags, red_flags
from kycrule.reports.reseller_forms import ResellerCertification, reseller_certification
from kycrule.reports.run import Run, opened
from kycrule.reports.schemas import MODELS, json_text, schema
from kycrule.reports.training_report import TrainingReport, missing_items, reportable, training

__all__ = [
    "MODELS",
    "AccountRecord",
    "AnnualNotice",
    "Certification",
    "ExemptionRequest",
    "Furnishing",
    "RedFlags",
    "Report",
    "ResellerCertification",
    "Run",
    "TrainingReport",
    "annual_notice",
    "certification",
    "exemption_request",
    "furnishing",
    "json_text",
    "markdown",
    "missing_items",
    "opened",
    "record",
    "red_flags",
    "reportable",
    "reseller_certification",
    "schema",
    "story",
    "to_complete",
    "training",
]
