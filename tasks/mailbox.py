"""The mailbox: take up the answers and bounces that came back."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from flask import current_app

from tasks.base import Work, utc_now
from webapp.mail.imap import IMAP_FAILS_WITH, Box
from webapp.services import mailbox, sending, status

log = logging.getLogger(__name__)

RUN_FOR = timedelta(seconds=40)


@shared_task(base=Work, name="tasks.mailbox.read", soft_time_limit=120, time_limit=150)
def read() -> None:
    """Read the mailbox, where one is set; a server that is away is asked again by the next tick.

    A restored copy leaves it alone until its release: the mailbox is still the old system's.
    """
    settings = current_app.config["PAMONG"]
    if settings.imap is None or sending.is_held(utc_now()):
        return
    try:
        with mailbox.only_reader() as alone:
            if not alone:
                return
            with Box(settings.imap) as box:
                counts = mailbox.empty(
                    utc_now, box, reply_address=settings.reply_address, stop_at=utc_now() + RUN_FOR
                )
    except IMAP_FAILS_WITH as error:
        # What a server says may repeat what it was told: the class alone is logged.
        log.warning("the mailbox cannot be read: %s", type(error).__name__)
        return
    more = counts.pop("more", 0)
    status.record_sweep("mailbox", utc_now(), touched=counts.total())
    if more:
        read.apply_async(queue="sweeps")
