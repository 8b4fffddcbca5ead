"""Every message of the broker a second time: what is sent to a queue is sent there again at once."""

from __future__ import annotations

import json
import threading
import uuid

import redis

from webapp.services.status import QUEUES


class Twice:
    """Watches what the broker is told, and repeats each message under another delivery tag."""

    def __init__(self, broker: redis.Redis) -> None:
        self._client = broker
        self._monitor = broker.monitor()
        self._own: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.repeated = 0

    def start(self) -> None:
        self._monitor.__enter__()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._client.ping()  # something to see, or the watcher would wait on
        self._thread.join(10)
        self._client.close()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            verb, _, rest = self._monitor.next_command()["command"].partition(" ")
            queue, _, message = rest.partition(" ")
            if verb.upper() == "LPUSH" and queue in QUEUES:
                self._repeat(queue, message)
        self._monitor.__exit__()

    def _repeat(self, queue: str, said: str) -> None:
        message = json.loads(said)
        properties = message["properties"]
        if properties["delivery_tag"] in self._own:
            return
        properties["delivery_tag"] = str(uuid.uuid4())
        self._own.add(properties["delivery_tag"])
        self._client.lpush(queue, json.dumps(message))
        self.repeated += 1
