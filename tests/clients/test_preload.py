"""What a person sees whose workbench is not built yet. Its crates are compiled already; what cells link to beside them is not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager


@dataclass
class Unprepared:
    """A kernel that found no workbench, after its first cell."""

    client: BlockingKernelClient
    seconds_to_kernel_info: float
    reply: dict
    outputs: list[dict]


# The build is long on a slow machine: it is the fixture's, and no test's.
@pytest.fixture(scope="module")
def unprepared(tmp_path_factory) -> Iterator[Unprepared]:
    manager = KernelManager(kernel_name="tunebook")
    started = time.monotonic()
    manager.start_kernel(env={**os.environ, "TUNEBOOK_CACHE": str(tmp_path_factory.mktemp("cache"))})
    client = manager.client()
    client.start_channels()
    try:
        client.kernel_info(reply=True, timeout=10)
        seconds = time.monotonic() - started
        outputs: list[dict] = []
        reply = client.execute_interactive("1 + 1", timeout=600, output_hook=outputs.append)
        yield Unprepared(client, seconds, reply, outputs)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_the_kernel_answers_at_once(unprepared) -> None:
    assert unprepared.seconds_to_kernel_info < 1, "kernel_info waits for the workbench"


def test_the_first_cell_shows_the_build_in_one_place_and_then_its_value(unprepared) -> None:
    assert unprepared.reply["content"]["status"] == "ok"
    contents = [(message["msg_type"], message["content"]) for message in unprepared.outputs]
    told = [(kind, content["data"]["text/plain"]) for kind, content in contents if "data" in content]
    assert told[0][0] == "display_data" and told[0][1].startswith("Preparing the workbench")
    assert ("update_display_data", "The workbench is ready.") in told
    assert told[-1] == ("execute_result", "2")
    assert len({content["transient"]["display_id"] for _, content in contents if "transient" in content}) == 1


def test_the_second_cell_has_nothing_to_wait_for(unprepared) -> None:
    outputs: list[dict] = []
    unprepared.client.execute_interactive("2 + 2", timeout=55, output_hook=outputs.append)
    assert [message["msg_type"] for message in outputs if message["msg_type"] != "status"] == ["execute_input", "execute_result"]
