"""The kernel as Jupyter's own conformance suite sees it: every message is checked against the protocol's schema."""

from __future__ import annotations

import time
import unittest

import jupyter_kernel_test
from jupyter_client.manager import start_new_kernel

# JupyterLab takes no later answers. The first question starts a compiler, as every later one does, and nothing else.
ANSWER_MAX_S = 1.0


class Kernel(jupyter_kernel_test.KernelTests):
    kernel_name = "tunebook"
    language_name = "rust"
    file_extension = ".rs"

    code_hello_world = 'println!("hello, world")'
    code_stderr = 'eprintln!("a warning")'
    code_generate_error = "this_does_not_exist()"
    code_clear_output = "clear_output()"
    code_page_something = 'page(&Markdown("a long text".into()))'

    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": '"text".len()', "result": "4"},
        {"code": "vec![1.5, 2.5]", "result": "[1.5, 2.5]"},
    ]
    code_display_data = [
        {"code": 'display(&Html("<b>hi</b>".into()))', "mime": "text/html"},
        {"code": 'display(&Markdown("*hi*".into()));', "mime": "text/markdown"},
        {"code": 'display(&Svg("<svg xmlns=\'http://www.w3.org/2000/svg\'/>".into()));', "mime": "image/svg+xml"},
    ]

    complete_code_samples = [
        "1 + 2",
        "let x = 1;",
        "fn f() -> i32 {\n    2\n}",
        "struct Point { x: f64, y: f64 }",
        'println!("{}", "{");',
        ":timing",
        ":release\nlet x = 1;",
        "",
    ]
    incomplete_code_samples = [
        "fn f() {",
        "let total = (1 +",
        "vec![1, 2,",
        'let s = "no end',
        "/* no end",
        "for i in 0..3 {\n    let x = i;",
    ]
    invalid_code_samples = ["fn f() }", "let x = (1];", "let 1x = 2;)"]

    completion_samples = [
        {"text": "let observation_total = 1; observation_t", "matches": {"observation_total"}},
        {"text": "let v = vec![1]; v.le"},
        {"text": "StandardSc"},
    ]
    code_inspect_sample = "println"

    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "1 + 2*"

    def test_first_answers_come_in_time(self) -> None:
        for code, wanted in [("let v = vec![1]; v.le", "len"), ("penguins()?.lazy().fil", "filter"), ("StandardSc", "StandardScaler")]:
            started = time.monotonic()
            names = names_after(self.kc, code)
            self.assertLess(time.monotonic() - started, ANSWER_MAX_S, code)
            self.assertIn(wanted, names)

    def test_completion_tells_kinds_and_signatures(self) -> None:
        self.run_cell("let observation_total = 1.5;")
        reply = self.kc.complete("observation_t", reply=True, timeout=15)["content"]
        [item] = reply["metadata"]["_jupyter_types_experimental"]
        self.assertEqual(item, {"text": "observation_total", "type": "instance", "signature": "f64", "start": 0, "end": 13})
        [item] = self.kc.complete('col("a").alia', reply=True, timeout=15)["content"]["metadata"]["_jupyter_types_experimental"]
        self.assertEqual((item["text"], item["type"]), ("alias", "function"))

    def test_completion_while_a_cell_runs(self) -> None:
        self.run_cell("let kept = vec![1];")
        self.flush_channels()
        sent = self.kc.execute("std::thread::sleep(std::time::Duration::from_secs(3));")
        time.sleep(0.5)
        started = time.monotonic()
        asked = self.kc.complete("kept.pus")
        reply = self.kc.get_shell_msg(timeout=15)
        self.assertEqual(reply["parent_header"]["msg_id"], asked)
        self.assertLess(time.monotonic() - started, ANSWER_MAX_S)
        self.assertEqual(reply["content"]["matches"], ["push", "push_mut"])
        self.assertEqual(self.kc.get_shell_msg(timeout=15)["parent_header"]["msg_id"], sent)

    def test_completion_counts_code_points(self) -> None:
        code = 'let naïve = "日本"; let length_of_it = naïve.len(); length_of'
        reply = self.kc.complete(code, reply=True, timeout=15)["content"]
        self.assertIn("length_of_it", reply["matches"])
        self.assertEqual(code[reply["cursor_start"] : reply["cursor_end"]], "length_of")

    def test_inspect_shows_signature_and_documentation(self) -> None:
        for code, parts in [
            ("penguins()?.height()", ["fn height(&self) -> usize"]),
            ("StandardScaler::new()", ["fn new() -> "]),
            ("StandardScaler", ["struct StandardScaler", "mean 0 and standard deviation 1"]),
        ]:
            data = self.kc.inspect(code, len(code), reply=True, timeout=15)["content"]["data"]
            for part in parts:
                self.assertIn(part, data["text/plain"])
                self.assertIn(part, data["text/markdown"])
            self.assertTrue(data["text/markdown"].startswith("```rust"))

    def test_inspect_of_nothing(self) -> None:
        reply = self.kc.inspect("    ", 2, reply=True, timeout=15)["content"]
        self.assertEqual((reply["status"], reply["found"]), ("ok", False))

    def test_several_of_one_mime_type_arrive_in_order(self) -> None:
        code = 'println!("a"); display(&Html("<b>b</b>".into())); println!("c"); display(&Html("<b>d</b>".into())); 5'
        self.flush_channels()
        _, outputs = self.execute_helper(code)
        seen = [(message["msg_type"], first_line(message["content"])) for message in outputs]
        self.assertEqual(
            seen,
            [
                ("stream", "a"),
                ("display_data", "<b>b</b>"),
                ("stream", "c"),
                ("display_data", "<b>d</b>"),
                ("execute_result", "5"),
            ],
        )

    def test_error_is_in_the_reply_too(self) -> None:
        self.flush_channels()
        reply, outputs = self.execute_helper("this_does_not_exist()")
        [error] = outputs
        for field in ("ename", "evalue", "traceback"):
            self.assertEqual(reply["content"][field], error["content"][field])
        self.assertIn("this_does_not_exist", "\n".join(error["content"]["traceback"]))

    def test_interrupted_loop_keeps_the_variables(self) -> None:
        self.run_cell("let kept = 41;")
        error = self.interrupt_while("loop { std::thread::sleep(std::time::Duration::from_millis(10)); }")
        self.assertEqual(error["ename"], "Interrupted")
        self.assertEqual(self.run_cell("kept + 1"), "42")

    def test_interrupted_training_keeps_what_it_has(self) -> None:
        self.run_cell('let known = drop_missing(&penguins()?, &["sex"])?.select(["body_mass_g", "bill_depth_mm", "sex"])?;')
        self.run_cell('let data = Dataset::from_frame(&known, "sex")?; let kept = 41;')
        self.interrupt_while(
            "let model = SgdClassifier::new().eta0(1e-9).max_iter(1_000_000_000).n_iter_no_change(1_000_000_000).fit(&data)?;", "ok"
        )
        self.assertEqual(self.run_cell("(kept + 1, model.interrupted(), model.n_iter() > 0)"), "(42, true, true)")

    def test_interrupt_ends_a_cell_that_does_not_listen(self) -> None:
        self.run_cell("let lost = 41;")
        error = self.interrupt_while("std::thread::sleep(std::time::Duration::from_secs(600));")
        self.assertEqual(error["ename"], "Interrupted")
        self.assertIn("`lost`", error["evalue"] + "".join(error["traceback"]))
        self.assertEqual(self.run_cell("1 + 2"), "3")

    def run_cell(self, code: str) -> str:
        """Runs a cell that succeeds, and returns its result's text."""
        self.flush_channels()
        reply, outputs = self.execute_helper(code)
        self.assertEqual(reply["content"]["status"], "ok", reply["content"])
        return "".join(message["content"]["data"]["text/plain"] for message in outputs if message["msg_type"] == "execute_result")

    def interrupt_while(self, code: str, status: str = "error") -> dict:
        """Runs a cell that does not end, interrupts it, and returns the reply's content, which has this status."""
        self.flush_channels()
        sent = self.kc.execute(code)
        time.sleep(3)
        self.km.interrupt_kernel()
        reply = self.get_non_kernel_info_reply(timeout=15)
        self.assertEqual(reply["parent_header"]["msg_id"], sent)
        self.assertEqual(reply["content"]["status"], status)
        return reply["content"]


class IopubWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "tunebook"
    support_iopub_welcome = True


class Start(unittest.TestCase):
    def test_kernel_info_within_a_second(self) -> None:
        manager, client = start_new_kernel(kernel_name="tunebook")
        try:
            started = time.monotonic()
            client.kernel_info(reply=True, timeout=15)
            self.assertLess(time.monotonic() - started, 1.0)
        finally:
            client.stop_channels()
            manager.shutdown_kernel()


def names_after(client, code: str) -> set[str]:
    """What completion offers at the end of the code, as the bare last names: `v.len()` counts as `len`."""
    matches = client.complete(code, reply=True, timeout=15)["content"]["matches"]
    return {match.rsplit(".", 1)[-1].rsplit("::", 1)[-1].split("(", 1)[0] for match in matches}


def first_line(content: dict) -> str:
    data = content.get("data", {})
    return (content.get("text") or data.get("text/html") or data.get("text/plain", "")).splitlines()[0]
