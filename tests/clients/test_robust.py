"""What a kernel has to live through: slow and vanished clients, the death of what started it, a second kernel, and cells that ask."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest
import zmq
from conftest import tunebook
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

N_LINES = 200_000
FLUSHED_LINES = f"use std::io::Write; let mut out = std::io::stdout(); for n in 0..{N_LINES} {{ writeln!(out, \"{{n}}\")?; out.flush()?; }}"


@pytest.fixture
def kernel():
    manager, client = start_new_kernel(kernel_name="tunebook")
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def value(client: BlockingKernelClient, code: str, **hooks) -> str:
    """Runs a cell that must succeed, and returns its value's text."""
    heard: list[dict] = []
    reply = client.execute_interactive(code, timeout=60, output_hook=heard.append, **hooks)["content"]
    assert reply["status"] == "ok", reply
    return "".join(message["content"]["data"]["text/plain"] for message in heard if message["msg_type"] == "execute_result")


def subscriber(client: BlockingKernelClient, context: zmq.Context) -> zmq.Socket:
    """A client of the output alone, for which the operating system keeps little."""
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.RCVHWM, 1)
    socket.setsockopt(zmq.RCVBUF, 4096)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(f"tcp://{client.ip}:{client.iopub_port}")
    return socket


def test_every_flushed_line_arrives_beside_a_slow_and_a_vanished_client(kernel) -> None:
    manager, client = kernel
    process = psutil.Process(manager.provisioner.pid)
    value(client, "1 + 1")
    before = process.memory_info().rss
    vanishing = subprocess.Popen(
        [sys.executable, "-c", f"import zmq; s = zmq.Context().socket(zmq.SUB); s.setsockopt(zmq.SUBSCRIBE, b''); s.connect('tcp://{client.ip}:{client.iopub_port}'); s.recv(); print('in', flush=True); s.recv(); import time; time.sleep(600)"],
        stdout=subprocess.PIPE,
    )
    vanishing.stdout.readline()
    context = zmq.Context()
    slow = subscriber(client, context)
    slow.recv_multipart()
    ended = threading.Event()

    def read_slowly() -> None:
        while not ended.is_set():
            if slow.poll(100):
                slow.recv_multipart()
                time.sleep(0.05)

    reader = threading.Thread(target=read_slowly)
    reader.start()
    try:
        while client.iopub_channel.msg_ready():
            client.get_iopub_msg()
        sent = client.execute(FLUSHED_LINES)
        lines, statuses, peak, started = [], [], before, time.monotonic()
        while statuses[-1:] != ["idle"]:
            message = client.get_iopub_msg(timeout=30)
            # The welcomes of the other two have no parent.
            if message["parent_header"].get("msg_id") != sent:
                continue
            if message["msg_type"] == "stream":
                lines.append(message["content"]["text"])
            elif message["msg_type"] == "status":
                statuses.append(message["content"]["execution_state"])
            if len(lines) == 3:
                vanishing.kill()
            peak = max(peak, process.memory_info().rss)
        print(f"{N_LINES} lines in {time.monotonic() - started:.1f} s, {(peak - before) / 1e6:.1f} MB more in the kernel")
        assert "".join(lines) == "".join(f"{n}\n" for n in range(N_LINES))
        assert statuses == ["busy", "idle"]
        assert peak - before < 100e6
    finally:
        ended.set()
        reader.join()
        context.destroy(linger=0)
        vanishing.kill()
        vanishing.wait()


def test_the_kernel_and_its_cells_end_with_what_started_them(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import time\nfrom jupyter_client.manager import start_new_kernel\n"
        "manager, client = start_new_kernel(kernel_name='tunebook')\n"
        "client.execute_interactive('std::process::id()', timeout=60, output_hook=lambda message: None)\n"
        "client.execute('loop { std::thread::sleep(std::time::Duration::from_millis(10)); }')\n"
        "print(manager.provisioner.pid, flush=True)\ntime.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    kernel = psutil.Process(int(parent.stdout.readline()))
    family = [kernel, *kernel.children(recursive=True)]
    assert len(family) >= 2, "the kernel and the process that runs cells"
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []


def test_two_kernels_at_once() -> None:
    kernels = [start_new_kernel(kernel_name="tunebook") for _ in range(2)]
    values: list[list[str]] = [[], []]

    def work(at: int) -> None:
        client = kernels[at][1]
        value(client, f"let mut sum = {at};")
        for n in range(8):
            client.complete("su", reply=True, timeout=30)
            values[at].append(value(client, f"sum += {n}; sum"))

    try:
        workers = [threading.Thread(target=work, args=[at]) for at in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        for manager, client in kernels:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    assert values == [[str(at + n * (n + 1) // 2) for n in range(8)] for at in range(2)]


def test_a_cell_asks_through_a_client(kernel) -> None:
    _, client = kernel
    asked: list[dict] = []

    def answer(message: dict) -> None:
        asked.append(message["content"])
        client.input("Ada")

    code = 'let mut line = String::new(); std::io::stdin().read_line(&mut line)?; (line, input("name: ")?, password("token: ")?)'
    assert value(client, code, stdin_hook=answer) == '("Ada\\n", "Ada", "Ada")'
    assert asked == [{"prompt": prompt, "password": prompt == "token: "} for prompt in ("", "name: ", "token: ")]
    reply = client.execute_interactive("std::io::stdin().lines().next().unwrap()?", timeout=60, allow_stdin=False, output_hook=lambda message: None)
    assert "nobody answers" in reply["content"]["evalue"]


def test_nobody_answers_where_a_notebook_runs_without_a_frontend(tmp_path: Path) -> None:
    for code in ('input("name: ")?', "let mut line = String::new(); std::io::stdin().read_line(&mut line)?;"):
        path = tmp_path / "asks.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
        result = tunebook("run", path, timeout=60)
        assert result.returncode != 0
        assert "nobody can answer" in result.stderr + (tmp_path / "asks.out.ipynb").read_text()
