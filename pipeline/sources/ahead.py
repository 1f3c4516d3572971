# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading ahead in a thread, so that decoding and computation overlap."""

import threading
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

POLL: Final = 0.1
"""Seconds between checks of a waiting reader: an unlimited wait could not be interrupted on Windows."""


def read_ahead(items: Iterable[T], depth: int, *, newest: bool = False) -> Generator[T, None, None]:
    """Yield the items in order, while a thread reads up to `depth` of them in advance.

    With `newest`, a full buffer drops its oldest item instead of making the thread wait, so that a camera's frames are
    never more than `depth` frames old. An exception in the thread is raised here, after the items before it. Closing
    the iterator (or leaving its loop) stops the thread and waits for it.
    """
    store: deque[T] = deque()
    changed = threading.Condition()
    stop = threading.Event()

    def fill() -> None:
        for item in items:
            with changed:
                if newest and len(store) >= depth:
                    store.popleft()
                changed.wait_for(lambda: len(store) < depth or stop.is_set())
                if stop.is_set():
                    return
                store.append(item)
                changed.notify_all()

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="mimic-read-ahead") as pool:
        filling = pool.submit(fill)
        try:
            while True:
                with changed:
                    changed.wait_for(lambda: bool(store) or filling.done(), timeout=POLL)
                    item = store.popleft() if store else None
                    finished = item is None and filling.done() and not store
                    changed.notify_all()
                if item is not None:
                    yield item
                elif finished:
                    break
            filling.result()
        finally:
            stop.set()
            with changed:
                changed.notify_all()
