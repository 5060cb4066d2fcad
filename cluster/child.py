"""The program of a warm child process: runs one call after the other until told to end.

It belongs to one keeper (`cluster.keeper`), from which it reads batches of calls over a
socket and to which it writes a reply each. An empty block asks it to leave out what is
left of its batch. It never imports mpi4py and dies with its parent.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

from cluster.executor import Failure, FailureKind
from cluster.signals import die_with_parent
from cluster.wire import LENGTH, decode, dump, load

#: starts each reply: what it is, seconds the call took; padded to keep arrays aligned
REPLY_HEAD = struct.Struct("<Bd7x")

#: makes the child write the Python stack of every thread into its trace file
TRACE_SIGNAL = signal.SIGUSR2


#: replies up to this size leave in one piece
_SMALL_BYTES = 1 << 16


class Reply(IntEnum):
    """What a reply says."""

    #: the warm-up is done; the child takes calls
    READY = 0
    #: the warm-up raised: the body is its traceback
    UNUSABLE = 1
    #: the body is the value as a frame
    VALUE = 2
    #: the call raised: the body is the traceback
    RAISED = 3
    #: the call raised MemoryError: the body is the traceback
    NO_MEMORY = 4
    #: the answer to an empty block: nothing of the batch is left
    LEFT_OUT = 5


def _send(connection: socket.socket, kind: Reply, seconds: float, body: bytes) -> None:
    head = REPLY_HEAD.pack(kind, seconds)
    head = LENGTH.pack(len(head) + len(body)) + head
    if len(body) <= _SMALL_BYTES:
        connection.sendall(head + body)
    else:
        connection.sendall(head)
        connection.sendall(body)


def _receive_exactly(connection: socket.socket, length: int) -> bytearray:
    block = bytearray(length)
    view = memoryview(block)
    while view:
        received = connection.recv_into(view)
        if received == 0:
            raise EOFError
        view = view[received:]
    return block


def _run(call: memoryview) -> tuple[Reply, bytes]:
    try:
        function, payload = load(call)
        return Reply.VALUE, dump(function(payload))
    except BaseException as error:
        # SystemExit and KeyboardInterrupt too: a user's `sys.exit()` ends one call only
        failure = Failure.of(error)
        memory = failure.kind is FailureKind.OUT_OF_MEMORY
        kind = Reply.NO_MEMORY if memory else Reply.RAISED
        return kind, failure.detail.encode(errors="replace")


def _warm_up(path: str) -> None:
    module, _, name = path.partition(":")
    getattr(importlib.import_module(module), name)()


def _serve(connection: socket.socket, warm_up: str) -> None:
    try:
        if warm_up:
            _warm_up(warm_up)
    except BaseException:
        body = traceback.format_exc().encode(errors="replace")
        _send(connection, Reply.UNUSABLE, 0.0, body)
        return
    _send(connection, Reply.READY, 0.0, b"")
    while True:
        (length,) = LENGTH.unpack(_receive_exactly(connection, LENGTH.size))
        if length == 0:
            _send(connection, Reply.LEFT_OUT, 0.0, b"")
            continue
        calls = decode(_receive_exactly(connection, length))
        while calls:
            _run_timed(connection, calls.pop(0))
            if calls and select.select([connection], [], [], 0)[0]:
                # during a batch nothing but an empty block comes, which is answered
                # above
                break


def _run_timed(connection: socket.socket, call: memoryview) -> None:
    start = time.perf_counter()
    kind, body = _run(call)
    seconds = time.perf_counter() - start
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    _send(connection, kind, seconds, body)


def main(connection_fd: int, trace_fd: int, parent: int, warm_up: str) -> NoReturn:
    """Serve calls until the parent closes the connection or dies.

    Args:
        connection_fd: of the socket to the parent.
        trace_fd: of the file that takes the stacks of crashes, read by the parent.
        parent: its process id.
        warm_up: `package.module:function`, called first without arguments; or empty.
    """
    die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        # the parent died before the kernel was told to watch it
        os._exit(0)
    with contextlib.suppress(OSError):
        # where memory runs out, the kernel takes the replaceable process
        Path("/proc/self/oom_score_adj").write_text("1000")
    faulthandler.enable(trace_fd)
    faulthandler.register(TRACE_SIGNAL, trace_fd, all_threads=True)
    with (
        contextlib.suppress(EOFError, ConnectionError),
        socket.socket(fileno=connection_fd) as connection,
    ):
        _serve(connection, warm_up)
    # no interpreter shutdown: threads and native libraries of a user may hang in it
    os._exit(0)
