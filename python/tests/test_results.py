"""What the functions return, on the command of this checkout."""

from __future__ import annotations

import copy
import html.parser
import io
import json
import pickle
import sys
import warnings
from pathlib import Path

import pytest
from conftest import BUNDLE, EXAMPLE, executable

import eigenscope
from eigenscope import _command
from eigenscope._facts import COLUMNS, NO_PHASE, PHASES
from eigenscope._html import MAX_ROWS, MAX_SPECTRA, cell_text, report_html, spectrum_svg, table_html
from eigenscope.results import frame_of

numpy = pytest.importorskip("numpy")


def printed(*arguments: str) -> str:
    return _command.run(_command.find_command(), list(arguments)).stdout


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """A network, and one that was trained a little further in one layer."""
    folder = tmp_path_factory.mktemp("networks")
    draw = numpy.random.default_rng(3).standard_normal
    first = {"fc1.weight": draw((80, 50)), "fc2.weight": draw((60, 80)), "fc2.bias": draw(60)}
    second = {**first, "fc2.weight": first["fc2.weight"] + 0.5 * numpy.outer(draw(60), draw(80))}
    from eigenscope._weights import write_safetensors

    write_safetensors(str(folder / "before.safetensors"), first)
    write_safetensors(str(folder / "after.safetensors"), second)
    return folder, first, second


@pytest.fixture(scope="module")
def report():
    """The report of the example, made once for all tests that only read it."""
    patch = pytest.MonkeyPatch()
    patch.setenv("EIGENSCOPE_COMMAND", str(BUNDLE))
    patch.setenv("EIGENSCOPE_NATIVE", "off")
    made = eigenscope.analyze(EXAMPLE)
    patch.undo()
    return made


class TestReport:
    def test_it_holds_the_commands_json(self, report, example):
        assert report.data == json.loads(printed("analyze", example, "--json", "--quiet"))
        assert report.headline == report.summary["headline"]
        assert report.tool["name"] == "eigenscope"
        assert [layer.name for layer in report.layers] == ["0", "2", "4"]
        assert len(report.skipped) == 3
        assert repr(report) == f"<Report: {report.headline}>"

    def test_a_layer_is_a_mapping_with_attributes(self, report):
        layer = report.layers[0]
        assert layer.alpha == layer["alpha"]
        assert dict(layer)["stable_rank"] == layer.stable_rank
        assert "phase" in dir(layer) and "phase" in layer and len(layer) > 90
        assert report.layer("2") is report.layers[1]
        with pytest.raises(KeyError):
            report.layer("nowhere")
        with pytest.raises(AttributeError, match="no column 'mp_softrank': it comes with an option"):
            layer.mp_softrank
        with pytest.raises(AttributeError, match="a layer has no column 'nonsense'"):
            layer.nonsense

    def test_it_can_be_copied_and_pickled(self, report):
        again = pickle.loads(pickle.dumps(copy.deepcopy(report)))
        assert again.data == report.data
        assert again.layers[1].eigenvalues == report.layers[1].eigenvalues

    def test_its_eigenvalues_are_those_of_the_matrix(self):
        weight = numpy.random.default_rng(1).standard_normal((70, 40))
        (layer,) = eigenscope.analyze({"a/b c": weight}).layers
        expected = numpy.linalg.svd(weight, compute_uv=False)[::-1] ** 2
        # A Gram matrix costs M eps lambda_max.
        assert numpy.abs(numpy.asarray(layer.eigenvalues) - expected).max() < 40 * 2**-52 * expected.max()
        assert layer.num_evals == len(layer.eigenvalues) == 40

    def test_a_folder_for_eigenvalues_is_kept(self, example, tmp_path):
        folder = tmp_path / "spectra"
        found = eigenscope.analyze(example, save_eigenvalues=folder)
        assert [path.name for path in sorted(folder.iterdir())] == ["0000_0.npy", "0001_2.npy", "0002_4.npy"]
        assert list(numpy.load(folder / "0001_2.npy")) == list(found.layers[1].eigenvalues)

    def test_a_model_in_memory_has_a_name_and_its_tied_tensors(self):
        weight = numpy.random.default_rng(1).standard_normal((30, 20))
        found = eigenscope.analyze({"embed": weight, "head": weight})
        assert found.data["input"]["label"] == "dict (in memory)"
        assert (found.tied, len(found.layers)) == ({"head": "embed"}, 1)
        assert "1 tied tensors were analysed once" in found._repr_html_()

    def test_options_reach_the_command(self, example, tmp_path):
        found = eigenscope.analyze(example, layers="2", weightwatcher="mp_fit", html=tmp_path / "page.html")
        assert [layer.name for layer in found.layers] == ["2"]
        assert found.layers[0].num_spikes >= 0
        assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")

    def test_save_and_load(self, report, tmp_path):
        path = tmp_path / "report.json"
        report.save(path)
        again = eigenscope.load(path)
        assert isinstance(again, eigenscope.Report)
        assert again.data == report.data
        assert again.layers[0].eigenvalues is None
        assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]
        with pytest.raises(ValueError, match='ends with ".json", not ".*layers.csv"'):
            report.save(tmp_path / "layers.csv")
        (tmp_path / "other.json").write_text('{"tool": {"name": "x"}}')
        with pytest.raises(ValueError, match="no JSON that eigenscope wrote"):
            eigenscope.load(tmp_path / "other.json")

    def test_a_rule_that_holds_is_an_exception_with_the_report(self, example):
        with pytest.raises(eigenscope.RuleHolds, match="M < 100") as caught:
            eigenscope.analyze(example, fail_on=["M < 100", "N < 0"])
        assert caught.value.exit_code == 1
        assert len(caught.value.result.layers) == 3
        assert eigenscope.analyze(example, fail_on="N < 0").layers

    def test_a_layer_that_failed_is_a_row_and_a_warning_at_the_callers_line(self):
        good = numpy.random.default_rng(1).standard_normal((30, 20))
        bad = good.copy()
        bad[3, 4] = numpy.nan
        with pytest.warns(eigenscope.EigenscopeWarning, match="1 of 2 layers failed; bad: .*NaN") as caught:
            found = eigenscope.analyze({"bad": bad, "good": good})
        assert caught[0].filename == __file__
        assert [layer.status for layer in found.layers] == ["failed", "success"]
        assert found.layers[0].eigenvalues is None
        assert "failed" in found._repr_html_()

    def test_a_warning_of_the_command_is_one_of_python(self, monkeypatch, tmp_path, example):
        # The command of this checkout, which also says something.
        command = _command.find_command()[0]
        body = f"import subprocess, sys\nsys.stderr.write('eigenscope: look here\\n  and there\\n')\n"
        body += f"sys.exit(subprocess.call([{command!r}, *sys.argv[1:]]))"
        monkeypatch.setenv("EIGENSCOPE_COMMAND", str(executable(tmp_path / "eigenscope", body)))
        with pytest.warns(eigenscope.EigenscopeWarning, match="^look here\n  and there$"):
            eigenscope.analyze(example)


class TestRun:
    def test_a_run_is_opened_with_its_spectra(self, example, tmp_path):
        made = eigenscope.analyze(example, run=tmp_path / "run")
        opened = eigenscope.open_run(tmp_path / "run")
        assert opened.data["layers"] == made.data["layers"]
        assert opened.layers[1].eigenvalues == made.layers[1].eigenvalues

    def test_what_a_run_lacks_is_a_warning(self, example, tmp_path):
        folder = str(tmp_path / "run")
        printed("analyze", example, "--run", folder, "--shard", "1/2")
        with pytest.warns(eigenscope.EigenscopeWarning, match="layers are not done yet"):
            opened = eigenscope.open_run([folder])
        assert len(opened.layers) == 3

    def test_a_folder_that_is_no_run(self, tmp_path):
        with pytest.raises(eigenscope.EigenscopeError):
            eigenscope.open_run(tmp_path)


class TestPandas:
    @pytest.fixture(autouse=True)
    def _pandas(self):
        self.pandas = pytest.importorskip("pandas")

    def csv_of(self, *arguments):
        text = printed(*arguments, "--csv", "--quiet")
        return self.pandas.read_csv(io.StringIO(text), float_precision="round_trip")

    def test_the_table_is_that_of_the_csv(self, report, example):
        frame = report.to_pandas()
        csv = self.csv_of("analyze", example)
        assert list(frame.columns) == list(csv.columns)
        for name in frame.columns:
            if COLUMNS[name]["type"] == "number":
                assert frame[name].astype(float).equals(csv[name].astype(float)), name

    def test_a_row_that_lacks_columns_does_not_decide_their_order(self):
        frame = frame_of([{"a": 1, "c": 3}, {"a": 1, "b": 2, "c": 3}])
        assert list(frame.columns) == ["a", "b", "c"]
        assert frame["b"].isna().tolist() == [True, False]
        assert list(frame_of([{"x": 1, "D": 2}], order=["D", "alpha"]).columns) == ["D", "x"]

    def test_missing_numbers_are_nan_and_whole_numbers_stay_whole(self, report):
        frame = report.to_pandas()
        assert frame["N"].dtype == "int64" and frame["alpha"].dtype == "float64"
        assert frame["tail_index"].isna().tolist() == [False, False, True]
        assert frame["alpha_valid"].dtype == "bool"
        assert frame["phase"].tolist()[2] is None

    def test_only_weightwatchers_columns(self, example):
        frame = eigenscope.analyze(example, weightwatcher=True).to_pandas(weightwatcher_only=True)
        assert {"layer_id", "D", "Q", "alpha", "sigma_mp", "detX_num", "rand_distance"} <= set(frame.columns)
        assert not {"phase", "mp_soft_rank", "alpha_valid"} & set(frame.columns)

    def test_without_pandas_the_error_says_what_to_install(self, report, monkeypatch):
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(ImportError, match="to_pandas.. needs pandas: install it with: pip install pandas"):
            report.to_pandas()

    def test_a_ranking_has_the_columns_of_its_csv(self, networks):
        folder, _, _ = networks
        frame = eigenscope.rank(folder).to_pandas()
        csv = self.csv_of("rank", str(folder))
        assert list(frame.columns) == list(csv.columns)
        assert frame["mean_stable_rank"].tolist() == csv["mean_stable_rank"].tolist()

    def test_a_comparison_has_the_columns_of_both_models(self, networks):
        folder, first, second = networks
        frame = eigenscope.compare(first, second).to_pandas()
        assert frame["status"].tolist() == ["unchanged", "changed"]
        assert not {"columns", "difference"} & set(frame.columns)
        assert (frame["stable_rank_a"] == frame["stable_rank_b"]).tolist() == [True, False]
        assert frame["relative_change"].iloc[0] == 0 < frame["relative_change"].iloc[1]


class TestOthers:
    def test_compare_takes_models_in_memory_and_files(self, networks):
        folder, first, second = networks
        found = eigenscope.compare(folder / "before.safetensors", second)
        files = [str(folder / f"{name}.safetensors") for name in ("before", "after")]
        expected = json.loads(printed("compare", *files, "--json"))
        assert found.headline == expected["summary"]["headline"]
        assert found.data["b"]["label"] == "dict (in memory)"
        assert [layer["relative_change"] for layer in found.layers] == [
            layer["relative_change"] for layer in expected["layers"]
        ]
        assert found.kind == expected["summary"]["kind"]
        assert "fc2" in found._repr_html_()

    @pytest.mark.parametrize("how", ["file", "list", "dict"])
    def test_scores_are_a_file_a_list_or_a_dict(self, networks, how, tmp_path):
        folder, _, _ = networks
        paths = [folder / "before.safetensors", folder / "after.safetensors"]
        (tmp_path / "scores.csv").write_text("name,score\nafter,0.75\nbefore,0.5\n")
        scores = {"file": tmp_path / "scores.csv", "list": [0.5, 0.75], "dict": {"after": 0.75, "before": 0.5}}[how]
        found = eigenscope.rank(paths, scores)
        assert {model["name"]: model["score"] for model in found.models} == {"before": 0.5, "after": 0.75}
        assert len(found.to_pandas()) == 2
        assert "before" in found._repr_html_()

    def test_scores_must_fit_and_models_in_memory_are_not_ranked(self, networks):
        folder, first, _ = networks
        with pytest.raises(ValueError, match="1 scores for 2 paths"):
            eigenscope.rank([folder / "a", folder / "b"], [1])
        with pytest.raises(TypeError, match="takes paths, not dict"):
            eigenscope.rank([first])

    def test_a_model_that_cannot_be_read_is_a_row_and_a_warning(self, networks, tmp_path):
        folder, _, _ = networks
        (tmp_path / "broken.safetensors").write_bytes(b"x")
        with pytest.warns(eigenscope.EigenscopeWarning, match="broken.* failed: "):
            found = eigenscope.rank([folder / "before.safetensors", tmp_path / "broken.safetensors"])
        assert found.headline == "2 models, 1 of them failed"

    def test_advice_has_rows_and_the_files_it_wrote(self, example, tmp_path):
        found = eigenscope.advise(example, for_="finetuning", out=tmp_path / "advice", top=50)
        assert [row["name"] for row in found.rows()] == ["0", "2", "4"]
        assert found.method["name"] == "Spectrum"
        assert found.files and all(Path(file["name"]).exists() for file in found.files)
        assert len(found.to_pandas()) == 3
        assert "Spectrum" in found._repr_html_()

    def test_advice_for_nothing_is_an_error(self, example):
        with pytest.raises(eigenscope.InputError, match="none of its 3 layers is one for lora"):
            eigenscope.advise(example, for_="lora")
        with pytest.raises(eigenscope.UsageError, match="Allowed choices are finetuning"):
            eigenscope.advise(example, for_="cooking")

    def test_each_result_is_known_again(self, networks, example, tmp_path):
        folder, first, second = networks
        advice = eigenscope.advise(example, for_="finetuning")
        for result in (eigenscope.compare(first, second), eigenscope.rank(folder), advice):
            result.save(tmp_path / "x.json")
            assert type(eigenscope.load(tmp_path / "x.json")) is type(result)


class Balanced(html.parser.HTMLParser):
    """Every element that is opened is closed, in order; and the elements are counted."""

    EMPTY = {"br", "rect", "line"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list = []
        self.count: dict = {}

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.EMPTY:
            assert self.open.pop() == tag


def elements(text: str) -> "dict[str, int]":
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    return parser.count


class TestHtml:
    def test_a_report_shows_answer_phases_spectra_and_table(self, report):
        text = report._repr_html_()
        count = elements(text)
        assert report.headline in text
        assert (count["svg"], count["table"]) == (3, 2)
        assert text.count("bulk-decay") == 3
        # alpha is not valid in any layer.
        assert "2.44" not in text and "77%" in text and "384x64" in text
        assert "script" not in count

    @pytest.mark.parametrize(
        ("kind", "data"),
        [
            (eigenscope.Comparison, {"summary": {"headline": "2 < 3"}, "layers": []}),
            (eigenscope.Ranking, {"models": [{"name": "a", "status": "success"}]}),
            (eigenscope.Advice, {"answer": "2 < 3", "rows": [], "method": {"name": "m", "claim": "c"}}),
        ],
    )
    def test_other_results_show_the_answer_first_and_their_warnings_last(self, kind, data):
        result = kind({**data, "warnings": ["first & last", "second"]})
        text = result._repr_html_()
        assert result.headline == ("1 model" if kind is eigenscope.Ranking else "2 < 3")
        assert repr(result) == f"<{kind.__name__}: {result.headline}>"
        assert result.warnings == ["first & last", "second"]
        shown = [f"<strong>{html.escape(result.headline)}</strong>", "<table", "<p>first &amp; last</p><p>second</p>"]
        places = [text.index(part) for part in shown]
        assert places == sorted(places) and elements(text)["table"] == 1

    def test_a_valid_alpha_is_shown(self):
        rows = [{"name": "w", "alpha": 2.44, "alpha_valid": valid, "shape": [3, 4]} for valid in (True, False)]
        assert report_html("", {}, rows, [None, None]).count("2.44") == 1

    def test_names_are_escaped_everywhere(self, tmp_path):
        evil = '"><script>alert(1)</script>&<b'
        weight = numpy.random.default_rng(1).standard_normal((40, 20))
        found = eigenscope.analyze({evil: weight})
        compared = eigenscope.compare({evil: weight}, {evil: weight * 2})
        for text in (found._repr_html_(), found.layers[0]._repr_html_(), compared._repr_html_()):
            assert "script" not in elements(text) and "b" not in elements(text)
            assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&lt;b" in text
        assert "<x" not in report_html("<x>", {"findings": ["<x>"], "phases": {"<x>": 1}}, [], [], ["<x>"])

    def test_long_tables_and_many_spectra_say_what_is_left_out(self):
        rows = [[i] for i in range(MAX_ROWS + 1)]
        assert "more rows" not in table_html(["n"], rows[:-1])
        assert "1 more rows" in table_html(["n"], rows)
        assert elements(table_html(["n"], rows))["td"] == MAX_ROWS
        layers = [{"name": str(i)} for i in range(MAX_SPECTRA + 1)]
        spectra = [[1.0, 2.0]] * len(layers)
        assert "more spectra" not in report_html("", {}, layers[:-1], spectra[:-1])
        text = report_html("", {}, layers, spectra)
        assert elements(text)["svg"] == MAX_SPECTRA and "1 more spectra" in text

    def test_a_spectrum_has_each_eigenvalue_in_a_bin_and_its_edge(self):
        svg = spectrum_svg([1.0, 10.0, 100.0], "#123456", edge=10.0)
        assert elements(svg) == {"svg": 1, "title": 1, "g": 1, "rect": 3, "line": 1}
        assert 'x1="75.0"' in svg and "#123456" in svg
        assert "line" not in elements(spectrum_svg([1.0, 10.0], "#123456", edge=11.0))
        assert spectrum_svg([0.0, -1e-20], "#123456") == ""
        assert elements(spectrum_svg([2.0, 2.0], "#123456"))["rect"] == 1
        # What is zero but for rounding is left out of the picture.
        assert elements(spectrum_svg([1e-20, 1.0], "#123456"))["rect"] == 1

    def test_every_phase_has_its_colour(self):
        for phase, colour in PHASES.items():
            assert colour in report_html("", {"phases": {phase: 1}}, [], [])
        assert NO_PHASE in report_html("", {"undecided": 1}, [], [])

    def test_failed_layers_are_not_counted_as_undecided(self):
        text = report_html("", {"undecided": 3, "failed": 3}, [], [])
        assert "failed" in text and "undecided" not in text

    @pytest.mark.parametrize(
        ("value", "text"),
        [(None, "n/a"), (True, "yes"), (False, "no"), (1234.5, "1.23e+03"), (0.12345, "0.123"), (7, "7"), ("x", "x")],
    )
    def test_cells(self, value, text):
        assert cell_text(value) == text


def test_no_warning_without_a_reason(example):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        eigenscope.analyze(example)
