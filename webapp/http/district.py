"""The district's pages: which address leads to which view."""

from __future__ import annotations

from flask import Blueprint

from webapp.http import district_board, district_lesson_hours, district_people, district_schools

bp = Blueprint("district", __name__, url_prefix="/d/<district>")

_GET, _POST, _FORM = ("GET",), ("POST",), ("GET", "POST")

for _rule, _endpoint, _view, _methods in (
    ("/", "board", district_board.board, _GET),
    ("/involvement", "board_involvement", district_board.involvement, _GET),
    ("/settings/", "settings", district_board.settings, _FORM),
    ("/settings/lesson-hours/", "settings_lesson_hours", district_lesson_hours.index, _FORM),
    (
        "/settings/lesson-hours/<int:weight_id>/withdraw",
        "settings_lesson_hours_withdraw",
        district_lesson_hours.withdraw,
        _POST,
    ),
    ("/schools/", "schools", district_schools.index, _GET),
    ("/schools/new", "schools_new", district_schools.new, _FORM),
    ("/schools/<int:school_id>/", "schools_change", district_schools.change, _FORM),
    ("/schools/<int:school_id>/close", "schools_close", district_schools.close, _POST),
    ("/schools/<int:school_id>/reopen", "schools_reopen", district_schools.reopen, _POST),
    ("/people/", "people", district_people.index, _GET),
    ("/people/new", "people_new", district_people.new, _FORM),
    ("/people/<int:user_id>/", "people_person", district_people.person, _GET),
    ("/people/<int:user_id>/invite-again", "people_again", district_people.again, _POST),
    ("/people/<int:user_id>/end", "people_end", district_people.end, _POST),
    ("/people/<int:user_id>/at/<int:school_id>/", "people_duties", district_people.duties, _FORM),
    (
        "/people/<int:user_id>/at/<int:school_id>/hand-over",
        "people_hand_over",
        district_people.hand_over,
        _POST,
    ),
    ("/people/<int:user_id>/at/<int:school_id>/end", "people_leave", district_people.leave, _POST),
):
    bp.add_url_rule(_rule, endpoint=_endpoint, view_func=_view, methods=_methods)
