"""What a person sees whose workbench is not built yet. Its crates are compiled already, so the build itself is short here."""

from __future__ import annotations

import os
import time

from jupyter_client.manager import KernelManager


def test_the_kernel_answers_at_once_and_the_first_cell_shows_the_build(tmp_path) -> None:
    manager = KernelManager(kernel_name="tunebook")
    started = time.monotonic()
    manager.start_kernel(env={**os.environ, "TUNEBOOK_CACHE": str(tmp_path / "cache")})
    client = manager.client()
    client.start_channels()
    try:
        client.kernel_info(reply=True, timeout=10)
        assert time.monotonic() - started < 1, "kernel_info waits for the workbench"

        outputs: list[dict] = []
        reply = client.execute_interactive("1 + 1", timeout=55, output_hook=outputs.append)
        assert reply["content"]["status"] == "ok"
        told = [(message["msg_type"], message["content"]["data"]["text/plain"]) for message in outputs if "data" in message["content"]]
        assert told[0][0] == "display_data" and told[0][1].startswith("Preparing the workbench")
        assert ("update_display_data", "The workbench is ready.") in told
        assert told[-1] == ("execute_result", "2")
        assert len({message["content"]["transient"]["display_id"] for message in outputs if "transient" in message["content"]}) == 1

        # Built once: the second cell has nothing to wait for.
        outputs.clear()
        client.execute_interactive("2 + 2", timeout=55, output_hook=outputs.append)
        assert [message["msg_type"] for message in outputs if message["msg_type"] != "status"] == ["execute_input", "execute_result"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
