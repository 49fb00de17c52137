"""Subshells as ipykernel's clients use them (JEP 91): cells that run beside those of the notebook, with the same variables."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel


@pytest.fixture(scope="module")
def client() -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(kernel_name="tunebook")
    run(client, "use std::sync::{Arc, Barrier};\nuse std::time::Duration;\nlet kept = 41;")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def control(client: BlockingKernelClient, msg_type: str, **content: object) -> dict:
    message = client.session.msg(msg_type, content)
    client.control_channel.send(message)
    while True:
        reply = client.get_control_msg(timeout=10)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            return reply["content"]


def create(client: BlockingKernelClient) -> str:
    reply = control(client, "create_subshell_request")
    assert reply["status"] == "ok", reply
    return reply["subshell_id"]


def listed(client: BlockingKernelClient) -> list[str]:
    return control(client, "list_subshell_request")["subshell_id"]


def send(client: BlockingKernelClient, code: str, subshell: str | None = None, **content: object) -> str:
    message = client.session.msg("execute_request", {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True, **content})
    if subshell is not None:
        message["header"]["subshell_id"] = subshell
    client.shell_channel.send(message)
    return message["header"]["msg_id"]


def replies(client: BlockingKernelClient, *requests: str) -> dict[str, dict]:
    """The replies to these, as they come."""
    found: dict[str, dict] = {}
    while len(found) < len(requests):
        reply = client.get_shell_msg(timeout=30)
        if reply["parent_header"].get("msg_id") in requests:
            found[reply["parent_header"]["msg_id"]] = reply
    return found


def heard(client: BlockingKernelClient, *requests: str) -> list[dict]:
    """What is published for these until all are idle."""
    messages, idle, deadline = [], set(), time.monotonic() + 30
    while idle != set(requests):
        assert time.monotonic() < deadline, messages
        try:
            message = client.get_iopub_msg(timeout=1)
        except queue.Empty:
            continue
        if message["parent_header"].get("msg_id") in requests:
            messages.append(message)
            if message["content"].get("execution_state") == "idle":
                idle.add(message["parent_header"]["msg_id"])
    return messages


def run(client: BlockingKernelClient, code: str, subshell: str | None = None) -> dict:
    request = send(client, code, subshell)
    reply = replies(client, request)[request]
    heard(client, request)
    return reply["content"]


@pytest.fixture
def subshells(client: BlockingKernelClient) -> Iterator[list[str]]:
    ids = [create(client) for _ in range(2)]
    yield ids
    for subshell in listed(client):
        control(client, "delete_subshell_request", subshell_id=subshell)
    assert listed(client) == []


def test_supported(client: BlockingKernelClient) -> None:
    assert "kernel subshells" in client.kernel_info(reply=True, timeout=10)["content"]["supported_features"]


def test_created_listed_and_deleted(client: BlockingKernelClient, subshells: list[str]) -> None:
    assert sorted(listed(client)) == sorted(subshells)
    assert control(client, "delete_subshell_request", subshell_id=subshells[0]) == {"status": "ok"}
    assert listed(client) == subshells[1:]
    assert control(client, "delete_subshell_request", subshell_id="none")["status"] == "error"


def test_three_at_the_same_time(client: BlockingKernelClient, subshells: list[str]) -> None:
    assert run(client, "let (first, second, third) = { let barrier = Arc::new(Barrier::new(3)); (barrier.clone(), barrier.clone(), barrier) };")["status"] == "ok"
    requests = [send(client, f"{name}.wait();", subshell) for name, subshell in zip(("first", "second", "third"), [None, *subshells])]
    assert [reply["content"]["status"] for reply in replies(client, *requests).values()] == ["ok"] * 3
    heard(client, *requests)


def test_created_while_a_cell_runs(client: BlockingKernelClient) -> None:
    slow = send(client, "std::thread::sleep(Duration::from_millis(1500));")
    started = time.monotonic()
    subshell = create(client)
    quick = send(client, "kept + 1", subshell)
    assert replies(client, quick)[quick]["content"]["status"] == "ok"
    assert time.monotonic() - started < 1.4
    control(client, "delete_subshell_request", subshell_id=subshell)
    assert replies(client, slow)[slow]["content"]["status"] == "ok"
    heard(client, slow, quick)


def test_messages_name_their_subshell_and_counts_are_unique(client: BlockingKernelClient, subshells: list[str]) -> None:
    requests = {send(client, 'println!("out"); 1 + 1', subshell): subshell for subshell in [*subshells]}
    answers = replies(client, *requests)
    published = heard(client, *requests)
    assert len({reply["content"]["execution_count"] for reply in answers.values()}) == 2
    for message in [*answers.values(), *published]:
        assert message["parent_header"]["subshell_id"] == requests[message["parent_header"]["msg_id"]]
    for request in requests:
        own = [message for message in published if message["parent_header"]["msg_id"] == request]
        kinds = [message["content"].get("execution_state", message["msg_type"]) for message in own]
        # While the other one still runs, that is said again.
        assert [kind for index, kind in enumerate(kinds) if kind != "busy" or index == 0] == ["busy", "execute_input", "stream", "execute_result", "idle"]


def test_silent_cells_stay_silent(client: BlockingKernelClient, subshells: list[str]) -> None:
    request = send(client, 'println!("hidden"); 1', subshells[0], silent=True)
    assert replies(client, request)[request]["content"]["status"] == "ok"
    assert {message["msg_type"] for message in heard(client, request)} == {"status"}


def test_a_variable_in_use_is_named(client: BlockingKernelClient, subshells: list[str]) -> None:
    slow = send(client, "kept; std::thread::sleep(Duration::from_millis(1000));")
    while client.get_iopub_msg(timeout=10)["msg_type"] != "execute_input":
        pass
    time.sleep(0.3)
    reply = run(client, "kept + 1", subshells[0])
    assert (reply["ename"], "`kept` is in use by In[" in reply["evalue"]) == ("VariableInUse", True), reply
    assert replies(client, slow)[slow]["content"]["status"] == "ok"
    heard(client, slow)
    assert run(client, "kept + 1", subshells[0])["status"] == "ok"


def test_the_kernel_ends_while_a_subshell_runs() -> None:
    manager, client = start_new_kernel(kernel_name="tunebook")
    try:
        send(client, "loop {}", create(client))
        time.sleep(0.5)
        client.shutdown(reply=True, timeout=10)
        deadline = time.monotonic() + 10
        while manager.is_alive():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
