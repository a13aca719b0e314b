"""Finding the command, running it, ending it, and its errors."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import BUNDLE, executable

import eigenscope
from eigenscope import _command
from eigenscope._progress import Progress


def nowhere(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.delenv("EIGENSCOPE_COMMAND")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.chdir(folder)
    _command._npx_has_it.clear()


class TestFinding:
    def test_the_variable_may_name_a_script_a_program_or_words(self, monkeypatch, tmp_path):
        assert _command.find_command() == [str(BUNDLE)]
        script = tmp_path / "script.cjs"
        script.write_text("")
        monkeypatch.setenv("EIGENSCOPE_COMMAND", str(script))
        assert _command.find_command() == [shutil.which("node"), str(script)]
        spaced = executable(tmp_path / "my eigenscope", "")
        monkeypatch.setenv("EIGENSCOPE_COMMAND", str(spaced))
        assert _command.find_command() == [str(spaced)]
        monkeypatch.setenv("EIGENSCOPE_COMMAND", f"{sys.executable} -X 'a b'")
        assert _command.find_command() == [sys.executable, "-X", "a b"]

    def test_the_variable_wins_over_path(self, monkeypatch, tmp_path):
        executable(tmp_path / "eigenscope", "")
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        assert _command.find_command() == [str(BUNDLE)]

    def test_a_variable_that_names_nothing_is_an_error_that_says_so(self, monkeypatch):
        monkeypatch.setenv("EIGENSCOPE_COMMAND", "/nowhere/eigenscope")
        with pytest.raises(eigenscope.CommandNotFound, match='EIGENSCOPE_COMMAND names "/nowhere/eigenscope"'):
            eigenscope.analyze("x")

    def test_path_comes_before_npx(self, monkeypatch, tmp_path):
        nowhere(monkeypatch, tmp_path)
        executable(tmp_path / "npx", "")
        found = executable(tmp_path / "eigenscope", "")
        assert _command.find_command() == [str(found)]

    def test_npx_is_asked_only_once_in_a_folder_where_it_has_the_command(self, monkeypatch, tmp_path):
        nowhere(monkeypatch, tmp_path)
        log = tmp_path / "log"
        body = f"import sys\nopen({str(log)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')"
        npx = executable(tmp_path / "npx", body)
        for _ in range(2):
            assert _command.find_command() == [str(npx), "--no-install", "eigenscope"]
        assert log.read_text() == "--no-install eigenscope --version\n"

    def test_without_any_of_them_the_error_says_in_one_sentence_how_to_install_it(self, monkeypatch, tmp_path):
        nowhere(monkeypatch, tmp_path)
        executable(tmp_path / "npx", "raise SystemExit(1)")
        with pytest.raises(eigenscope.CommandNotFound) as caught:
            eigenscope.analyze("x")
        assert "npm ci && npm link" in str(caught.value)
        assert str(caught.value).count(". ") == 0


    def test_a_file_that_is_no_program_is_told(self, monkeypatch, tmp_path):
        program = tmp_path / "eigenscope"
        program.write_bytes(b"\x7fELF")
        program.chmod(0o755)
        monkeypatch.setenv("EIGENSCOPE_COMMAND", str(program))
        with pytest.raises(eigenscope.CommandNotFound, match=f"{program} cannot be run: "):
            eigenscope.analyze("x")


class TestWaiting:
    def test_the_caller_is_asked_now_and_then_and_output_is_kept(self, tmp_path, monkeypatch):
        # It prints, and ends when it may: after two looks.
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        command = executable(tmp_path / "eigenscope", f"print('first', flush=True)\nprint(open({str(fifo)!r}).read())")
        monkeypatch.setattr(_command, "SECONDS_BETWEEN_LOOKS", 0.01)
        looks = []

        def look():
            looks.append(1)
            if len(looks) == 2:
                fifo.write_text("second")

        assert _command.run([str(command)], [], look) == (0, "first\nsecond\n", "")

    def test_progress_is_a_line_that_is_cleared(self, tmp_path):
        stream = io.StringIO()
        bar = Progress(str(tmp_path / "spectra"), stream)
        bar.look()
        bar.look()
        (tmp_path / "spectra").mkdir()
        (tmp_path / "spectra" / "0000_x.npy").touch()
        (tmp_path / "spectra" / "unfinished").touch()
        bar.look()
        bar.close()
        clear = f"\r{' ' * len('eigenscope: 1 layer done')}\r"
        assert stream.getvalue() == f"\reigenscope: 0 layers done\reigenscope: 1 layer done{clear}"

    def test_progress_that_was_never_shown_leaves_no_trace(self, tmp_path):
        stream = io.StringIO()
        Progress(str(tmp_path), stream).close()
        assert stream.getvalue() == ""


class TestErrors:
    def test_a_broken_file_has_its_parts_as_attributes(self, tmp_path, example):
        broken = tmp_path / "cut, short: it.safetensors"
        broken.write_bytes(Path(example).read_bytes()[:-1])
        with pytest.raises(eigenscope.InputError) as caught:
            eigenscope.analyze(broken)
        error = caught.value
        assert (error.exit_code, error.kind, error.format) == (3, "malformed", "safetensors")
        assert error.file == broken.name
        assert error.tensor is not None and error.tensor in str(error)
        assert error.reason in str(error) and error.remedy in str(error)
        assert "truncated" in error.remedy

    def test_a_file_that_is_not_there(self):
        with pytest.raises(eigenscope.InputError, match="no such file") as caught:
            eigenscope.analyze("/nowhere/model.safetensors")
        assert caught.value.kind == "missing"

    def test_a_value_that_the_command_refuses(self, example):
        with pytest.raises(eigenscope.UsageError, match="Allowed choices are auto") as caught:
            eigenscope.analyze(example, engine="abacus")
        assert caught.value.exit_code == 2
        assert isinstance(caught.value, ValueError)

    def test_a_pattern_without_a_match_names_the_option(self, example):
        with pytest.raises(eigenscope.UsageError, match="matches no layer") as caught:
            eigenscope.analyze(example, layers="transformer.*")
        assert caught.value.option == "layers"

    def test_nothing_to_analyse_is_an_error_although_the_command_prints_a_report(self, example):
        with pytest.raises(eigenscope.InputError, match="no layer was analysed") as caught:
            eigenscope.analyze(example, min_eigenvalues=100_000)
        assert caught.value.exit_code == 3

    def test_an_option_of_the_library_is_spelled_as_in_python(self):
        line = '{"error":{"exitCode":2,"message":"m","kind":"usage","option":"minEigenvalues"}}'
        assert _command.error_of(_command.Ended(2, "", line)).option == "min_eigenvalues"

    def test_a_command_that_knows_no_json_errors_gives_its_sentence(self):
        error = _command.error_of(_command.Ended(3, "", "eigenscope: a.npy: it is empty.\n"))
        assert isinstance(error, eigenscope.InputError)
        assert (str(error), error.reason, error.file) == ("a.npy: it is empty.", "a.npy: it is empty.", None)
        assert str(_command.error_of(_command.Ended(-9, "", ""))) == "the command eigenscope ended with exit code -9"

    def test_what_is_not_eigenscope_is_told(self, monkeypatch, tmp_path):
        monkeypatch.setenv("EIGENSCOPE_COMMAND", str(executable(tmp_path / "other", "print('hello')")))
        with pytest.raises(eigenscope.EigenscopeError, match="no JSON: is it eigenscope"):
            eigenscope.analyze("x")


WAITING = """
import os, signal, sys
{before}
with open({fifo!r}, "w") as fifo:
    fifo.write(f"{{os.getpid()}}")
signal.pause()
"""

CALLER = """
import eigenscope, signal, subprocess, sys

# In the background of a shell, SIGINT is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
communicate = subprocess.Popen.communicate

def tell_then_wait(process, *arguments, **options):
    with open(sys.argv[1], "w") as fifo:
        fifo.write("waiting")
    return communicate(process, *arguments, **options)

subprocess.Popen.communicate = tell_then_wait
try:
    eigenscope.analyze("model.safetensors")
except KeyboardInterrupt:
    print("interrupted")
"""


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def interrupted(command: str, fifo: Path) -> "tuple[str, int]":
    """Ctrl-C to a Python that waits for the command. What it printed, and the command's number."""
    os.mkfifo(fifo)
    waits = fifo.parent / "waits"
    os.mkfifo(waits)
    source = str(Path(eigenscope.__file__).parents[1])
    environment = {**os.environ, "EIGENSCOPE_COMMAND": command, "PYTHONPATH": source}
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(waits)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        cwd=fifo.parent,
    )
    # Each blocks until the other side has opened it: the caller waits, and the command runs.
    assert waits.read_text() == "waiting"
    pid = int(fifo.read_text())
    caller.send_signal(signal.SIGINT)
    printed, _ = caller.communicate()
    return printed, pid


class TestInterruption:
    @pytest.fixture(autouse=True)
    def _ctrl_c(self):
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    def test_ctrl_c_ends_the_command_and_is_a_keyboard_interrupt(self, tmp_path):
        fifo = tmp_path / "fifo"
        command = executable(tmp_path / "waiting", WAITING.format(fifo=str(fifo), before=""))
        printed, pid = interrupted(str(command), fifo)
        assert printed == "interrupted\n"
        assert gone(pid)

    def test_it_ends_what_npx_started_too(self, tmp_path):
        fifo = tmp_path / "fifo"
        child = executable(tmp_path / "waiting", WAITING.format(fifo=str(fifo), before=""))
        # A shell between: a signal to it alone leaves its child running.
        npx = executable(tmp_path / "npx", f"import subprocess\nsubprocess.call([{str(child)!r}])")
        printed, pid = interrupted(str(npx), fifo)
        assert printed == "interrupted\n"
        assert gone(pid)

    def test_a_command_that_ignores_ctrl_c_is_killed(self, tmp_path, monkeypatch):
        fifo = tmp_path / "fifo"
        ignoring = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
        command = executable(tmp_path / "waiting", WAITING.format(fifo=str(fifo), before=ignoring))
        printed, pid = interrupted(str(command), fifo)
        assert printed == "interrupted\n"
        assert gone(pid)

    def test_ctrl_c_while_the_command_starts_ends_it_too(self, monkeypatch, tmp_path):
        started = []

        class Popen(subprocess.Popen):
            def __init__(self, *arguments, **options):
                super().__init__(*arguments, **options)
                started.append(self)
                signal.raise_signal(signal.SIGINT)

            def communicate(self, *arguments, **options):
                raise AssertionError("the interrupt is lost")

        monkeypatch.setattr(_command.subprocess, "Popen", Popen)
        command = executable(tmp_path / "waiting", "import signal\nsignal.pause()")
        with pytest.raises(KeyboardInterrupt):
            _command.run([str(command)], [])
        assert started[0].poll() is not None
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_other_threads_run_commands_too(self, example):
        made = []
        thread = threading.Thread(target=lambda: made.append(eigenscope.analyze(example)))
        thread.start()
        thread.join()
        assert len(made) == 1

    def test_the_temporary_files_are_gone_too(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setattr("tempfile.tempdir", None)
        numpy = pytest.importorskip("numpy")

        def interrupt(*_arguments):
            assert len(list(tmp_path.iterdir())) > 0
            raise KeyboardInterrupt

        monkeypatch.setattr(_command, "run", interrupt)
        with pytest.raises(KeyboardInterrupt):
            eigenscope.analyze(numpy.ones((20, 20)))
        assert list(tmp_path.iterdir()) == []
