"""The services that an activity can be a run of: one declaration each, in webapp/domain/declared."""

from __future__ import annotations

from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.conference import CASE_CONFERENCE
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.declared.referral import REFERRAL

PROCEDURES = {procedure.key: procedure for procedure in (HOME_VISIT, ADVOCACY, REFERRAL, CASE_CONFERENCE)}

FRAMED = {procedure.noun: procedure for procedure in PROCEDURES.values() if procedure.noun}
"""Services whose pages are drawn by the frame, by the noun of their pages."""

NOUNS = {procedure.key: noun for noun, procedure in FRAMED.items()}
"""Key of such a service -> the noun of its pages."""
