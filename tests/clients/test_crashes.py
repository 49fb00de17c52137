"""Everything that can go wrong in the process that runs cells, and with messages: each ends in an answer, and nothing hangs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

ANSI = re.compile(r"\x1b\[[0-9;]*m")

SETUP = """\
use std::collections::BTreeMap as Tree;
unsafe extern "C" { fn raise(signal: i32) -> i32; fn close(descriptor: i32) -> i32; fn getpid() -> i32; fn kill(process: i32, signal: i32) -> i32; }
#[derive(Debug)] struct Point { x: i32 }
fn twice(x: i32) -> i32 { 2 * x }
fn deep(n: u64) -> u64 { let here = [n; 100]; std::hint::black_box(&here); deep(n + 1) + here[7] }
struct Loud; impl Drop for Loud { fn drop(&mut self) { panic!("in drop") } }
let kept = vec![1, 2, 3];
"""

# What each cell ends with: the name of its error, and what it says of the reason.
CRASHES = {
    "a write to address 8": ("unsafe { (8 as *mut i32).write_volatile(1) }", "ProcessDied", ["SIGSEGV", "In["]),
    "a write through a value of an own type": ("let p = Point { x: 8 }; unsafe { (p.x as usize as *mut i32).write_volatile(1) }", "ProcessDied", ["SIGSEGV"]),
    "a segfault in a thread": ("std::thread::spawn(|| unsafe { (8 as *mut i32).write_volatile(1) }).join().unwrap()", "ProcessDied", ["SIGSEGV"]),
    "a segfault in rayon's pool": ("use rayon::prelude::*; (0..8).into_par_iter().for_each(|_| unsafe { (8 as *mut i32).write_volatile(1) })", "ProcessDied", ["SIGSEGV"]),
    "a bus error": ("unsafe { raise(7) }", "ProcessDied", ["SIGBUS"]),
    "an illegal instruction": ("unsafe { raise(4) }", "ProcessDied", ["SIGILL"]),
    "a floating point trap": ("unsafe { raise(8) }", "ProcessDied", ["SIGFPE"]),
    "endless recursion": ("deep(0)", "ProcessDied", ["stack overflowed"]),
    "endless recursion in a thread": ("std::thread::spawn(|| deep(0)).join().unwrap()", "ProcessDied", ["stack overflowed of a thread"]),
    "an abort": ("std::process::abort()", "ProcessDied", ["SIGABRT"]),
    "an exit with a code": ("std::process::exit(3)", "ProcessDied", ["code 3"]),
    "an exit without an error": ("std::process::exit(0)", "ProcessDied", ["code 0"]),
    "a kill, as for want of memory": ("unsafe { kill(getpid(), 9) }", "ProcessDied", ["SIGKILL", "memory"]),
    "a kill of the whole group": ("unsafe { kill(0, 9) }", "ProcessDied", ["SIGKILL"]),
    "a termination": ("unsafe { raise(15) }", "ProcessDied", ["signal 15"]),
    "an allocation that fails": ("let size = std::hint::black_box(1usize << 60); let v: Vec<u8> = Vec::with_capacity(size); v.len()", "ProcessDied", ["SIGABRT"]),
    "a panic while another unwinds": ('let _loud = Loud; panic!("first")', "ProcessDied", ["SIGABRT"]),
    "a panic where none may pass": ('extern "C" fn outward() { panic!("through C") } outward()', "ProcessDied", ["SIGABRT"]),
    "a panic in a drop": ("drop(Loud)", "Panic", ["in drop"]),
    "a panic with a value": ("std::panic::panic_any(42)", "Panic", ["not text"]),
    "an exit from a thread": ("std::thread::spawn(|| -> () { std::process::exit(4) }).join().unwrap()", "ProcessDied", ["code 4"]),
    "a capacity that no memory has": ("Vec::<u64>::with_capacity(std::hint::black_box(usize::MAX))", "Panic", ["capacity overflow"]),
}

Message = Callable[[BlockingKernelClient], None]


def frames(client: BlockingKernelClient, header: object, content: object, key: bytes | None = None) -> list[bytes]:
    """A message as it is sent, signed as it should be or with another key."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, {}, {}, content)]
    session = client.session
    if key is not None:
        session = session.clone()
        session.key = key
    return [b"<IDS|MSG>", session.sign(parts), *parts]


def header(client: BlockingKernelClient, msg_type: str) -> dict:
    return json.loads(json.dumps(client.session.msg_header(msg_type), default=str))


def raw(*parts: bytes) -> Message:
    return lambda client: client.shell_channel.socket.send_multipart(list(parts))


def signed(msg_type: str, content: object) -> Message:
    return lambda client: client.shell_channel.socket.send_multipart(frames(client, header(client, msg_type), content))


def forged(client: BlockingKernelClient) -> None:
    client.shell_channel.socket.send_multipart(frames(client, header(client, "execute_request"), {"code": "std::process::abort()"}, key=b"another"))


def replayed(client: BlockingKernelClient) -> None:
    parts = frames(client, header(client, "kernel_info_request"), {})
    for _ in range(3):
        client.shell_channel.socket.send_multipart(parts)


def unasked_input(client: BlockingKernelClient) -> None:
    client.input("to nobody")


def on_control(client: BlockingKernelClient) -> None:
    client.control_channel.socket.send_multipart(frames(client, header(client, "shutdown_request"), {"restart": "perhaps"}))


# Messages that no client should send.
MESSAGES: dict[str, Message] = {
    "nothing": raw(b""),
    "no delimiter": raw(b"hello", b"world"),
    "too few frames": raw(b"<IDS|MSG>", b"", b"{}"),
    "no JSON": lambda client: client.shell_channel.socket.send_multipart(frames(client, b"{", {})),
    "no UTF-8": lambda client: client.shell_channel.socket.send_multipart(frames(client, header(client, "execute_request"), b'{"code": "\xff\xfe"}')),
    "a header that is a list": lambda client: client.shell_channel.socket.send_multipart(frames(client, [1, 2], {})),
    "a header without a type": lambda client: client.shell_channel.socket.send_multipart(frames(client, {"msg_id": "1"}, {})),
    "a signature of another key": forged,
    "a message three times": replayed,
    "an unknown type": signed("frobnicate_request", {}),
    "no code": signed("execute_request", {"silent": False}),
    "code that is a number": signed("execute_request", {"code": 42}),
    "content that is a list": signed("complete_request", [1]),
    "a cursor before the beginning": signed("complete_request", {"code": "kep", "cursor_pos": -3}),
    "a cursor far behind the end": signed("inspect_request", {"code": "kep", "cursor_pos": 10**9, "detail_level": 0}),
    "a history of another kind": signed("history_request", {"hist_access_type": "all of it", "output": "yes"}),
    "a comm that is not open": signed("comm_msg", {"comm_id": "none", "data": {}}),
    "a comm without an id": signed("comm_open", {"target_name": "tunebook.variables"}),
    "an answer that nobody asked for": unasked_input,
    "a shutdown that cannot be read": on_control,
    "eight megabytes of a comment": signed("is_complete_request", {"code": "//" + "x" * (8 << 20)}),
    "brackets a hundred thousand deep": signed("is_complete_request", {"code": "(" * 100_000}),
    "a completion as deep": signed("complete_request", {"code": "[" * 100_000 + "kep", "cursor_pos": 100_003}),
    "an inspection as deep": signed("inspect_request", {"code": "!" * 100_000 + "kept", "cursor_pos": 100_002, "detail_level": 0}),
    "a completion as deep as can be": signed("complete_request", {"code": "[(" * 249 + "kep", "cursor_pos": 501}),
    "a cell as deep as can be": signed("execute_request", {"code": "(" * 498 + "1" + ")" * 498}),
    # Its error would abort what is asked before its end.
    "a cell as deep": signed("execute_request", {"code": "{" * 100_000, "stop_on_error": False}),
    "JSON a hundred thousand deep": lambda client: client.shell_channel.socket.send_multipart(
        frames(client, header(client, "comm_msg"), b'{"comm_id": "none", "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    ),
}


@pytest.fixture(scope="module")
def client() -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(kernel_name="tunebook")
    assert run(client, SETUP)[0]["status"] == "ok"
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, code: str) -> tuple[dict, str]:
    """The content of the reply, and the text of the value."""
    heard: list[dict] = []
    reply = client.execute_interactive(code, timeout=30, output_hook=heard.append)["content"]
    return reply, "".join(message["content"]["data"]["text/plain"] for message in heard if message["msg_type"] == "execute_result")


def goes_on(client: BlockingKernelClient) -> None:
    reply, text = run(client, 'let tree: Tree<i32, Point> = [(twice(4), Point { x: 1 })].into(); format!("{tree:?}")')
    assert (reply["status"], text) == ("ok", '"{8: Point { x: 1 }}"'), reply


@pytest.mark.parametrize("name", CRASHES)
def test_a_crash_is_an_error_and_the_kernel_goes_on(client: BlockingKernelClient, name: str) -> None:
    code, ename, said = CRASHES[name]
    assert run(client, "let kept = vec![1, 2, 3];")[0]["status"] == "ok"
    started = time.monotonic()
    reply, _ = run(client, code)
    assert time.monotonic() - started < 20
    assert reply["status"] == "error", reply
    text = ANSI.sub("", "\n".join([reply["evalue"], *reply["traceback"]]))
    assert reply["ename"] == ename, text
    assert [part for part in said if part not in text] == [], text
    if ename == "ProcessDied":
        assert "`kept`" in text, "the lost variables are named"
    else:
        assert run(client, "kept.len()")[1] == "3"
    goes_on(client)


def test_a_crash_between_cells_is_told_by_the_next(client: BlockingKernelClient) -> None:
    code = "std::thread::spawn(|| { std::thread::sleep(std::time::Duration::from_millis(300)); std::process::abort() });"
    assert run(client, code)[0]["status"] == "ok"
    time.sleep(1)
    reply, _ = run(client, "1 + 1")
    assert reply["ename"] == "ProcessDied" and "SIGABRT" in reply["evalue"]
    goes_on(client)


def test_closed_streams_lose_no_cell(client: BlockingKernelClient) -> None:
    reply, _ = run(client, "unsafe { close(1); close(2); }")
    assert reply["status"] == "ok"
    assert run(client, "twice(21)")[1] == "42"
    assert run(client, "std::process::exit(0)")[0]["ename"] == "ProcessDied"
    goes_on(client)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_bad_message_is_answered_or_ignored(client: BlockingKernelClient, name: str) -> None:
    MESSAGES[name](client)
    asked = time.monotonic()
    client.kernel_info(reply=True, timeout=10)
    assert time.monotonic() - asked < 5
    goes_on(client)
