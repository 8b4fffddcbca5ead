"""All staff pages by noun. A new noun is one line here."""

from __future__ import annotations

from flask_admin import AdminIndexView, BaseView

from admin import activity_kinds
from admin.calendar import CalendarPages
from admin.cases import CasePages
from admin.conference_changes import ChangePages
from admin.conference_conduct import MeetingPages
from admin.conference_monitoring import PromisePages
from admin.conference_reach import ReachPages
from admin.conference_report import ConclusionPages
from admin.conferences import ConferencePages
from admin.documents import DocumentPages
from admin.holidays import HolidayPages
from admin.homerooms import HomeroomPages
from admin.imports import ImportPages
from admin.incoming import IncomingPages
from admin.involvement import InvolvementPages
from admin.monitoring import MonitoringPages
from admin.outbox import OutboxPages
from admin.people import PeoplePages
from admin.recap import RecapPages
from admin.referrals import ReferralPages
from admin.settings import SettingsPages
from admin.students import StudentPages
from admin.today import TodayPages
from admin.transfers import TransferPages


def index_view() -> AdminIndexView:
    """The school's home."""
    return TodayPages()


def views() -> list[BaseView]:
    """Every other noun, in no particular order: the navigation is the frame's."""
    return [
        CalendarPages(),
        CasePages(),
        ConferencePages(),
        ChangePages(),
        MeetingPages(),
        ConclusionPages(),
        PromisePages(),
        ReachPages(),
        DocumentPages(),
        HolidayPages(),
        HomeroomPages(),
        ImportPages(),
        IncomingPages(),
        InvolvementPages(),
        MonitoringPages(),
        OutboxPages(),
        PeoplePages(),
        RecapPages(),
        ReferralPages(),
        SettingsPages(),
        StudentPages(),
        TransferPages(),
        *activity_kinds.views(),
    ]
