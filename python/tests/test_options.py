"""Keyword arguments become options of the command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT

import eigenscope
from eigenscope import _command
from eigenscope._facts import COLUMNS, COMMANDS
from eigenscope._options import RESERVED, WEIGHTWATCHER_ARGUMENTS, arguments_of, option_names, options_in_help


def no_help() -> str:
    raise AssertionError("the command's help was read without need")


def words(command="analyze", **options):
    return arguments_of(command, options, no_help)


def test_each_kind_of_value():
    assert words(layers="*.mlp.*", min_eigenvalues=5, tails=True) == [
        "--layers=*.mlp.*",
        "--min-eigenvalues=5",
        "--tails",
    ]
    assert words(layers=["a*", "b*"]) == ["--layers=a*", "--layers=b*"]
    assert words(weightwatcher=True) == ["--weightwatcher"]
    assert words(weightwatcher=["mp_fit", "detX"]) == ["--weightwatcher=mp_fit,detX"]
    assert words("advise", ratios=(0.5, 1.5)) == ["--ratios=0.5,1.5"]
    assert words(html=Path("a b.html")) == ["--html=a b.html"]
    assert words(root="--x") == ["--root=--x"]


def test_none_and_false_leave_an_option_out():
    assert words(tails=False, bootstrap=None, weightwatcher=False, layers=[]) == []


def test_numbers_of_numpy_are_numbers():
    numpy = pytest.importorskip("numpy")
    assert words(bootstrap=numpy.int64(7)) == ["--bootstrap=7"]
    assert words("advise", sparsity=numpy.float64(0.5)) == ["--sparsity=0.5"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bootstrap": True}, "bootstrap needs a value, not True"),
        ({"tails": 3}, "tails is True or False, not 3"),
        ({"html": {}}, "html is a text, a number or a path, not dict"),
        ({"json": "x.json"}, r"does not take json: .*\.save"),
        ({"shard": "1/2"}, "does not take shard"),
    ],
)
def test_values_of_a_wrong_kind(options, message):
    with pytest.raises(TypeError, match=message):
        words(**options)


def test_an_unknown_option_is_looked_for_in_the_commands_own_help():
    text = "  --layers <globs>  x\n  --new-thing <n>  what a later version has\n  --bare  y\n"
    assert arguments_of("analyze", {"new_thing": 3, "bare": True}, lambda: text) == ["--new-thing=3", "--bare"]
    with pytest.raises(TypeError, match="no option 'new_thin'; did you mean 'new_thing'"):
        arguments_of("analyze", {"new_thin": 3}, lambda: text)


def test_a_slip_gets_the_nearest_name_and_nonsense_gets_them_all(example):
    with pytest.raises(TypeError, match=r"analyze\(\) has no option 'min_eigenvalue'; did you mean 'min_eigenvalues'"):
        eigenscope.analyze(example, min_eigenvalue=3)
    with pytest.raises(TypeError, match="'qqqq'; options are: .*, bootstrap, .*weightwatcher"):
        eigenscope.analyze(example, qqqq=3)


def test_weightwatchers_arguments_are_answered_with_ours(example):
    with pytest.raises(TypeError, match=r"'mp_fit', which is WeightWatcher's; here: weightwatcher=\"mp_fit\""):
        eigenscope.analyze(example, mp_fit=True)


def test_the_options_in_the_commands_help_are_those_of_facts_json():
    for command, known in COMMANDS.items():
        shown = options_in_help(_command.run(_command.find_command(), [command, "--help"]).stdout)
        expected = {name: fact for name, fact in known.items() if name not in RESERVED}
        # Which of them repeat, the help does not always say.
        assert {n: (f["flag"], f["takes"]) for n, f in shown.items()} == {
            n: (f["flag"], f["takes"]) for n, f in expected.items()
        }, command


def test_help_of_a_function_lists_its_options():
    assert "min_eigenvalues" in (eigenscope.analyze.__doc__ or "")
    assert "max_rank" in (eigenscope.advise.__doc__ or "")
    assert "json" not in option_names("analyze")


def arguments_in(document: str, heading: str) -> "list[str]":
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(\w+)`", section, re.MULTILINE)


@pytest.mark.parametrize(
    ("document", "heading"),
    [("weightwatcher.md", "Arguments of analyze()"), ("python.md", "WeightWatcher's arguments of analyze()")],
)
def test_the_documents_answer_the_same_arguments_of_weightwatcher(document, heading):
    assert arguments_in(document, heading) == list(WEIGHTWATCHER_ARGUMENTS)


def test_each_answer_names_options_that_there_are():
    for name, answer in WEIGHTWATCHER_ARGUMENTS.items():
        named = re.findall(r"\b(\w+)=", answer)
        assert set(named) <= set(option_names("analyze")), name


def test_the_document_has_each_column_of_weightwatcher_once():
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    table = text.split("## WeightWatcher's columns\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row[1])]
    ours = [name for name, column in COLUMNS.items() if column["weightwatcher"]]
    others = ["Lambda", "num_fingers", "raw_alpha", "slice_id", "peft", "Xflag", "has_esd"]
    assert sorted(listed) == sorted([*ours, *others])
    for row in rows:
        named = re.findall(r"`(\w+)`", row[2])
        assert set(named) <= set(COLUMNS), row


def test_the_python_of_the_documents_can_be_parsed_and_names_what_there_is():
    for document in ("python.md", "notebooks.md"):
        text = (ROOT / "docs" / document).read_text(encoding="utf-8")
        blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        assert blocks
        for block in blocks:
            code = "\n".join(line for line in block.splitlines() if not line.startswith("!"))
            compile(code, document, "exec")
            for name in re.findall(r"\beigenscope\.(\w+)\(", code):
                assert hasattr(eigenscope, name), name
