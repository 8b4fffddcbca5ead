"""Tasks are nudges: any of them run twice leaves the same database; the timetable names real tasks."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import redis
from sqlalchemy import text

from tasks import base, nudge
from tasks import outbox as outbox_tasks
from tasks import reports as report_tasks
from tasks.schedule import TICKS
from tests.factories import MONDAY
from tests.mail.servers import scripted
from tests.services.test_outbox import code
from webapp import tenancy
from webapp.config import load_settings
from webapp.dapodik.generator import write_invented
from webapp.services import import_requests, outbox, status


@pytest.fixture(scope="module")
def worker(settings):
    """The worker's own module, made from the environment as `celery --app` does."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (
            ("PAMONG_ENV", "test"),
            ("DATABASE_URL", settings.database_url),
            ("REDIS_URL", settings.redis_url),
            ("SMTP_URL", settings.smtp_url),
            ("PAMONG_SECRET_KEY", settings.secret_key),
            ("PAMONG_KEYS", settings.keys),
        ):
            environment.setenv(name, value)
        from tasks.worker import app

        return app


def test_every_entry_of_the_timetable_names_a_task_with_time_limits_and_a_queue(worker):
    worker.finalize()
    for tick in TICKS.values():
        task = worker.tasks[tick["task"]]
        assert task.soft_time_limit < task.time_limit
        # Longer, and the broker would hand the task to a second worker meanwhile.
        assert task.time_limit < worker.conf.broker_transport_options["visibility_timeout"]
        assert tick["options"]["queue"] in base.QUEUES
        assert tick["options"]["expires"] >= tick["schedule"].seconds


def test_a_tick_noted_in_the_future_is_due_at_once_and_one_just_noted_is_not(worker):
    for tick in TICKS.values():
        every = tick["schedule"]
        now = every.now()
        for later in (timedelta(seconds=5), timedelta(days=1)):
            assert every.is_due(now + later).is_due, "the clock was set back"
        assert not every.is_due(now - timedelta(seconds=1)).is_due
        assert every.is_due(now - timedelta(seconds=every.seconds + 1)).is_due


def test_every_task_of_ours_has_the_same_promises(worker):
    worker.finalize()
    ours = [task for name, task in worker.tasks.items() if name.startswith("tasks.")]
    assert len(ours) >= 6
    for task in ours:
        assert isinstance(task, base.Work), task.name
        assert task.acks_late
        assert task.reject_on_worker_lost
        assert task.ignore_result
        assert task.retry_backoff_max <= 60


def test_every_nudge_names_a_task_and_a_queue_that_exist(worker):
    worker.finalize()
    for task, queue in nudge.NUDGES.values():
        assert task in worker.tasks
        assert queue in base.QUEUES


def test_the_sweeps_that_health_asks_for_are_in_the_timetable():
    assert set(status.SWEEPS) <= set(TICKS)


def test_celery_is_set_as_the_faults_of_the_broker_ask_for(worker):
    conf = worker.conf
    assert conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"]
    assert conf.result_backend is None
    assert not conf.task_create_missing_queues
    assert conf.broker_transport_options == {
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
    }


def waiting_in(settings, queue: str) -> list[dict]:
    with redis.Redis.from_url(settings.redis_client_url) as client:
        return [json.loads(message) for message in client.lrange(queue, 0, -1)]


def test_a_commit_sends_one_nudge_to_the_right_queue(app, world, settings):
    school = world.school()
    actor = world.person(school, "counsellor").at(school)
    with redis.Redis.from_url(settings.redis_client_url) as client:
        client.delete("mail")
    nudge.connect(app)
    try:
        with tenancy.work(actor):
            for key in ("a", "b"):
                outbox.queue(
                    actor, "one_time_code", code(), to_address="a@contoh.example", to_name="", locale="id",
                    dedupe_key=key,
                )  # fmt: skip
    finally:
        tenancy.on_commit_wake(tenancy._wake_nobody)
    messages = waiting_in(settings, "mail")
    assert [message["headers"]["task"] for message in messages] == ["tasks.outbox.deliver"]
    with redis.Redis.from_url(settings.redis_client_url) as client:
        client.delete("mail")


def test_an_uploaded_list_wakes_the_task_that_reads_lists(app, world, settings, tmp_path):
    school = world.school()
    actor = world.person(school, "school_admin").at(school)
    write_invented(tmp_path / "list.xlsx", school.name, ["X-1"], 2, seed=1)
    with redis.Redis.from_url(settings.redis_client_url) as client:
        client.delete("reports")
        nudge.connect(app)
        try:
            with tenancy.work(actor):
                import_requests.start(actor, "list.xlsx", (tmp_path / "list.xlsx").read_bytes())
            messages = waiting_in(settings, "reports")
        finally:
            tenancy.on_commit_wake(tenancy._wake_nobody)
            client.delete("reports")
    assert [message["headers"]["task"] for message in messages] == ["tasks.imports.run"]


def test_a_broker_that_is_away_stops_no_act(app, world, settings, tmp_path, caplog):
    away = load_settings(
        **{**settings.model_dump(), "redis_url": f"redis+socket://{tmp_path}/nobody.sock?virtual_host=0"}
    )
    school = world.school()
    actor = world.person(school, "counsellor").at(school)
    tenancy.on_commit_wake(nudge.waker(away))
    try:
        with tenancy.work(actor):
            assert outbox.queue(
                actor, "one_time_code", code(), to_address="a@contoh.example", to_name="", locale="id",
                dedupe_key="k",
            )  # fmt: skip
    finally:
        tenancy.on_commit_wake(tenancy._wake_nobody)
    assert "nothing could be told to the queue mail" in caplog.text


def test_the_mail_sweep_run_twice_sends_once_and_records_its_run(app, world, as_superuser, monkeypatch):
    as_superuser.execute(text("UPDATE outbox SET state = 'cancelled', due_at = NULL"))
    as_superuser.commit()
    school = world.school()
    actor = tenancy.system(school.id, MONDAY)
    with tenancy.work(actor):
        outbox.queue(
            actor, "one_time_code", code(), to_address="a@contoh.example", to_name="", locale="id",
            dedupe_key="k",
        )  # fmt: skip
    with scripted({}) as server:
        changed = app.config["PAMONG"].model_copy(update={"smtp_url": server.url})
        monkeypatch.setitem(app.config, "PAMONG", changed)
        outbox_tasks.sweep()
        first = snapshot(as_superuser)
        outbox_tasks.sweep()
        outbox_tasks.deliver()
        assert snapshot(as_superuser) == first
        assert len(server.seen.texts) == 1
    with tenancy.work(actor):
        assert base.utc_now() - status.last_sweep("outbox") < timedelta(minutes=1)


def snapshot(connection) -> list:
    rows = connection.execute(
        text("SELECT id, state, attempts, sent_at, content_enc FROM outbox ORDER BY id")
    ).all()
    connection.commit()
    return rows


def test_the_report_task_run_twice_leaves_the_same_rows(app, as_superuser):
    report_tasks.make()
    question = text("SELECT id, state, attempts FROM reports ORDER BY id")
    first = as_superuser.execute(question).all()
    report_tasks.make()
    assert as_superuser.execute(question).all() == first


@pytest.mark.parametrize(("run_for", "next_runs"), [(timedelta(), 1), (timedelta(seconds=40), 0)])
def test_documents_that_a_run_had_no_time_for_are_made_by_another_at_once(
    app, worker, settings, monkeypatch, run_for, next_runs
):
    worker.set_current()  # not one of those that other tests made, with a broker that is away
    monkeypatch.setattr(report_tasks, "RUN_FOR", run_for)
    with redis.Redis.from_url(settings.redis_client_url) as client:
        client.delete("reports")
        try:
            report_tasks.make()
            told = [message["headers"]["task"] for message in waiting_in(settings, "reports")]
        finally:
            client.delete("reports")
    assert told == ["tasks.reports.make"] * next_runs
