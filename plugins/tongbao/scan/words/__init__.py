"""What a page's text gives cause to suspect: words of the office's lists, leaked personal data, hidden links.

Nothing here is a breach: a hit is told as ``not_measured`` with a description that begins with 疑似, and only a person's
row may turn it into a veto or clear it.
"""

from tongbao.scan.words.hidden import HiddenLinkRules, hidden_links
from tongbao.scan.words.hit import Severity, WordHit, as_finding, as_findings
from tongbao.scan.words.masking import mask_numbers
from tongbao.scan.words.matching import WordLists
from tongbao.scan.words.personal import PersonalDataRules, personal_data

__all__ = [
    "HiddenLinkRules",
    "PersonalDataRules",
    "Severity",
    "WordHit",
    "WordLists",
    "as_finding",
    "as_findings",
    "hidden_links",
    "mask_numbers",
    "personal_data",
]
