"""Plain Flask-Admin over the same tables: its stock list with count, pager, search and a status filter."""

from __future__ import annotations

import os
from datetime import date

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from sqlalchemy import BigInteger, ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, scoped_session, sessionmaker


class Base(DeclarativeBase):
    type_annotation_map = {int: BigInteger}


class Person(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Student(Base):
    __tablename__ = "students"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    class_name: Mapped[str | None]


class Case(Base):
    __tablename__ = "cases"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    field: Mapped[str]
    status: Mapped[str]
    severity: Mapped[str]
    opened_on: Mapped[date]
    student: Mapped[Student] = relationship()
    owner: Mapped[Person] = relationship()


class CaseList(ModelView):
    page_size = 25
    can_create = can_edit = can_delete = False
    column_list = (
        "number",
        "student.name",
        "student.class_name",
        "field",
        "status",
        "severity",
        "owner.name",
        "opened_on",
    )
    column_select_related_list = (Case.student, Case.owner)
    column_default_sort = ("id", True)
    column_searchable_list = ("number", "student.name")
    column_filters = ("status",)


def make() -> Flask:
    app = Flask(__name__)
    app.secret_key = "for-measuring"
    Babel(app)
    engine = create_engine(os.environ["PEER_DATABASE_URL"])
    session = scoped_session(sessionmaker(engine))
    app.teardown_appcontext(lambda _: session.remove())
    admin = Admin(app)
    admin.add_view(CaseList(Case, session, endpoint="cases", url="/cases"))
    return app


application = make()
