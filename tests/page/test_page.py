"""The page of a run: what stands in it, that its texts are nothing but texts, its size, and that it stays the same."""

import base64
import copy
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import html5lib
import pytest
from payloads import HOSTILE, NAUGHTY
from summaries import SHOWN, emptiest, fullest

import kycrule
from kycrule import page
from kycrule.cli import run as command
from kycrule.errors import InputError
from kycrule.page import charts, words
from kycrule.page.charts import Bar, drawn
from kycrule.page.model import LONGEST
from kycrule.terminal import safe_text

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = {name: EXAMPLES / f"{name}.csv" for name in ("owners", "accesses", "stakes", "training")}
AS_OF = "2024-06-01"
MOST_BYTES = 300_000


def parsed(text):
    """The document as a browser would make it; it must be flawless."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(text)


def elements(document):
    """Every element with the names of its attributes, in order."""
    return [(node.tag, tuple(node.attrib)) for node in document.iter() if isinstance(node.tag, str)]


def text_of(node):
    return "".join(node.itertext())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of the examples, with other readings."""
    out = tmp_path_factory.mktemp("page") / "run"
    kycrule.check(
        EXAMPLES / "customers.csv",
        **FILES,
        providers=EXAMPLES / "providers.toml",
        as_of=words.date.fromisoformat(AS_OF),
        compare=["located"],
        out=out,
    )
    return out


@pytest.fixture(scope="module")
def document(run):
    return parsed((run / page.NAME).read_text("utf-8"))


class TestThePage:
    """It says in plain words what a run came to, and on what that rests."""

    def test_begins_with_a_plain_sentence(self, run, document):
        summary = json.loads((run / "summary.json").read_text("utf-8"))
        first, second = [text_of(node) for node in document.iter("p") if node.get("class") == "lead"]

        assert first == (
            f"Of {summary['rows']} rows, the rule covers {summary['dispositions']['covered']}, 13 are exempt, 1 is out "
            f"of its scope, {summary['dispositions']['undetermined']} cannot be told yet, and none is in quarantine."
        )
        assert "as of 1 June 2024" in second
        assert "29 January 2024 (89 FR 5698)" in second
        assert "the default answer to each of its open questions" in second

    def test_says_that_the_rule_was_never_in_force_and_that_it_is_no_advice(self, document):
        told = text_of(document)

        assert "A proposed rule, never in force; not legal advice." in told
        assert kycrule.status().summary in told

    def test_names_the_readings_that_were_chosen(self):
        told = text_of(parsed(page.html(emptiest() | {"readings": {"located": "asserted"}})))

        assert "with located = asserted, and else the default readings" in told

    def test_says_if_nothing_is_known_of_who_serves(self):
        assert "No provider was named" in page.html(emptiest() | {"providers_known": False})
        assert "No provider was named" not in page.html(emptiest())

    def test_has_a_section_for_each_thing_that_there_is_to_tell(self):
        titles = [text_of(node) for node in parsed(page.html(fullest())).iter("h2")]
        few = [text_of(node) for node in parsed(page.html(emptiest())).iter("h2")]

        assert titles == [
            "What became of the accounts",
            "Findings by rule",
            "What cannot be told, and what it turns on",
            "Foreign customers and owners",
            "Countries of access",
            "Reports due",
            "Quarantine",
            "Under other readings",
            "To be looked at",
            "What this rests on",
        ]
        assert [title for title in titles if title not in few] == [
            "Countries of access",
            "Under other readings",
            "To be looked at",
        ]

    def test_links_to_each_section(self, document):
        targets = [node.get("href").removeprefix("#") for node in document.iter("a")]

        assert targets == [node.get("id") for node in document.iter("h2")]

    def test_has_a_table_with_the_figures_of_each_chart(self, document):
        pairs = [node for node in document.iter("div") if node.get("class") == "pair"]
        assert len(pairs) == 5
        for pair in pairs:
            [chart] = [node for node in pair.iter() if node.get("role") == "img"]
            shown = [text_of(node) for node in chart.iter() if str(node.tag).endswith("text")]
            bars = len(shown) // 2
            totals, labels = shown[:bars], shown[bars:]
            rows = list(pair.iter("tr"))[1:]
            cells = [[text_of(cell) for cell in row] for row in rows]
            figures = [sum(int(cell.replace(",", "")) for cell in row[1:] if cell.isdecimal()) for row in cells]

            assert [int(total.replace(",", "")) for total in totals] == figures
            assert all(cell[0].startswith(label) for cell, label in zip(cells, labels, strict=True))

    def test_gives_each_rule_with_its_paragraph_and_what_mends_it(self, document, run):
        summary = json.loads((run / "summary.json").read_text("utf-8"))
        entries = {text_of(node[0]).split()[0]: text_of(node) for node in document.iter("article")}

        assert list(entries) == [found["code"] for found in summary["findings"]]
        address = entries["K302-04"].replace("\N{NO-BREAK SPACE}", " ")
        assert "§ 7.302(d)(1)(iii)(B)(1)" in address
        assert "4 violated" in address
        assert "5 cannot be told" in address
        assert "the street address of the customer or owner (8)" in address

    def test_names_no_account(self, run):
        told = (run / page.NAME).read_text("utf-8")
        accounts = [row.partition(",")[0] for row in (run / "determinations.csv").read_text("utf-8").splitlines()[1:]]

        assert len(accounts) > 40
        assert not [account for account in accounts if account in told]

    def test_is_without_a_script_and_asks_for_nothing(self):
        text = page.html(fullest())
        document = parsed(text)

        assert {node.tag for node in document.iter()} & {"script", "link", "img", "iframe", "object", "form"} == set()
        assert not re.findall(r"(?:src|srcset|action|poster|background)=|url\((?!#)|@import", text)
        assert all(node.get("href").startswith("#") for node in document.iter("a"))
        assert not [
            name for node in document.iter() for name in node.attrib if name.startswith("on") or name == "style"
        ]

    def test_t4_forbids_all_but_its_own_style(self, run):
        text = (run / page.NAME).read_text("utf-8")
        style = re.search("<style>(.*?)</style>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = next(node.get("content") for node in parsed(text).iter("meta") if node.get("http-equiv"))

        assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        assert text.index(policy.replace("'", "'")[:20]) < text.index("<style>")

    def test_refuses_what_is_no_summary(self):
        for wrong in ({}, {"as_of": 1}, emptiest() | {"dispositions": None}, emptiest() | {"readings": {"x": "y"}}):
            with pytest.raises((InputError, kycrule.DefinitionError)):
                page.html(wrong)


class TestTexts:
    """Whatever a user's text is, it is shown, and is nothing but text."""

    @pytest.mark.parametrize("start", range(0, len(HOSTILE) + len(NAUGHTY), 120))
    def test_t4_make_no_element(self, start):
        texts = (*HOSTILE, *NAUGHTY)[start : start + 120]
        document = parsed(page.html(fullest(texts)))

        assert elements(document) == elements(parsed(page.html(fullest())))

    def test_t4_of_files_and_columns_make_no_element(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        pages = []
        for names in (["plain"] * len(HOSTILE), HOSTILE):
            # All in one header, and the names of two files of a run.
            columns = "|".join(
                re.sub(r'[\x00-\x1f\x7f"|\ud800-\udfff]', "", name) + str(n) for n, name in enumerate(names)
            )
            files = [f"{start}{''.join(names[start::2])}"[:60].replace("/", "-").replace("\0", "") for start in (0, 1)]
            for file, header in zip(files, ("account_id", "account_id|ip"), strict=True):
                Path(f"{file}.csv").write_text(
                    f"{header}|{columns}\nA1{'|' * (len(names) + header.count('|'))}\n", "utf-8"
                )
            customers, accesses = (f"./{file}.csv" for file in files)
            result = kycrule.check(
                customers,
                accesses=accesses,
                as_of=words.date.fromisoformat(AS_OF),
                out="run",
                delimiter="|",
                force=True,
            )
            assert [len(file["ignored_columns"]) for file in result.summary["files"][:2]] == [len(HOSTILE)] * 2
            pages.append(parsed(Path("run", page.NAME).read_text("utf-8")))

        assert elements(pages[1]) == elements(pages[0])

    def test_are_shown_as_they_are(self):
        for text in HOSTILE:
            summary = emptiest()
            summary["files"][0]["name"] = text
            told = text_of(parsed(page.html(summary)))

            assert safe_text(text[:LONGEST]).strip() in told

    def test_t6_control_no_direction(self):
        told = page.html(fullest((*HOSTILE, *NAUGHTY[:200])))

        assert not re.search(
            "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", told
        )
        told.encode("utf-8")

    def test_are_cut_and_counted(self):
        summary = emptiest()
        summary["files"][0] |= {"name": "n" * 5_000, "ignored_columns": ["c" * 5_000] * (SHOWN + 2)}
        told = text_of(parsed(page.html(summary)))

        assert f"{'n' * LONGEST}…" in told
        assert "n" * (LONGEST + 1) not in told
        assert told.count(f"{'c' * LONGEST}…") == SHOWN
        assert "and 2 more." in told

    @pytest.mark.parametrize("text", [*HOSTILE, *NAUGHTY[::20]])
    def test_t5_are_texts_in_a_chart_too(self, text):
        label = safe_text(text)[:60]
        chart = drawn([Bar("plain", ((1, charts.NEUTRAL),)), Bar(label, ((2, charts.OPEN),))])
        plain = drawn([Bar("plain", ((1, charts.NEUTRAL),)), Bar("other", ((2, charts.OPEN),))])
        found, usual = (html5lib.parseFragment(one, namespaceHTMLElements=False) for one in (chart, plain))

        assert elements(found) == elements(usual)
        assert label.strip() in text_of(found)

    def test_t4_of_a_summary_that_others_made_are_texts(self):
        usual = parsed(page.html(fullest()))

        def spoilt(value):
            match value:
                case dict():
                    return {key: spoilt(inner) for key, inner in value.items()}
                case list():
                    return [spoilt(inner) for inner in value]
                case str() if value not in known:
                    return HOSTILE[0]
            return value

        known = {str(value) for value in ("2024-06-01",)}
        for name, value in fullest().items():
            try:
                told = page.html(fullest() | {name: spoilt(copy.deepcopy(value))})
            except (InputError, kycrule.DefinitionError):
                continue
            assert elements(parsed(told)) == elements(usual), name


class TestSize:
    def test_stays_below_the_bound_whatever_the_input(self):
        told = page.html(fullest(("\U0001f600" * 10_000,)))

        assert len(told.encode()) < MOST_BYTES

    def test_of_an_ordinary_run_is_a_third_of_that(self, run):
        assert (run / page.NAME).stat().st_size < MOST_BYTES / 3


class TestSameness:
    """The same run gives the same bytes, whoever makes the page and wherever."""

    def test_a_saved_run_gives_the_page_again(self, run, tmp_path, capfd):
        assert command(["report", "html", "--run", str(run), "-o", str(tmp_path / "again.html")]) == 0
        assert (tmp_path / "again.html").read_bytes() == (run / page.NAME).read_bytes()
        assert (tmp_path / "again.html").stat().st_mode & 0o777 == 0o600
        capfd.readouterr()

        assert command(["report", "html", "--run", str(run)]) == 0
        assert capfd.readouterr().out.encode() == (run / page.NAME).read_bytes()

    def test_the_manifest_lists_it(self, run):
        outputs = {one["name"]: one for one in json.loads((run / "manifest.json").read_text("utf-8"))["outputs"]}

        assert outputs[page.NAME]["sha256"] == hashlib.sha256((run / page.NAME).read_bytes()).hexdigest()

    def test_no_place_or_order_of_the_machine_changes_it(self, run):
        code = "import json, sys\nfrom kycrule import page\nsys.stdout.write(page.html(json.load(open(sys.argv[1]))))"
        for seed, locale, zone in ((1, "C", "Asia/Kathmandu"), (2, "tr_TR.UTF-8", "Pacific/Apia")):
            environment = os.environ | {"PYTHONHASHSEED": str(seed), "LC_ALL": locale, "TZ": zone, "PYTHONUTF8": "1"}
            done = subprocess.run(
                [sys.executable, "-c", code, str(run / "summary.json")],
                env=environment,
                capture_output=True,
                check=True,
            )

            assert done.stdout == (run / page.NAME).read_bytes()

    def test_charts_that_were_drawn_before_change_nothing(self):
        bars = [Bar("a", ((1, charts.OPEN), (2, charts.NEUTRAL))), Bar("b", ((0, charts.OPEN),))]

        assert len({drawn(bars) for _ in range(3)}) == 1

    @pytest.mark.parametrize("wrong", [["--format", "json"], ["--account", "A"], ["--draft"]])
    def test_options_of_other_reports_are_refused(self, run, wrong, capfd):
        assert command(["report", "html", "--run", str(run), *wrong]) == 2
        assert wrong[0] in capfd.readouterr().err


class TestWithoutTheExtra:
    """A run is whole without its page; one line says why there is none."""

    CHECK = "import runpy, sys\nsys.argv[0] = 'kycrule'\nrunpy.run_module('kycrule', run_name='__main__')\n"
    ABSENT = "import sys\nsys.modules[{name!r}] = None\n"

    def checked(self, before, folder):
        (folder / "c.csv").write_text("account_id\nA1\n", "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", before + self.CHECK, "check", "c.csv", "--as-of", AS_OF, "-o", "run"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(Path(kycrule.__file__).parents[1])},
            capture_output=True,
            text=True,
            check=False,
        )
        return done, [line for line in done.stderr.splitlines() if page.NAME in line]

    @pytest.mark.parametrize("name", ["jinja2", "vl_convert"])
    def test_a_run_has_no_page(self, tmp_path, name):
        done, lines = self.checked(self.ABSENT.format(name=name), tmp_path)

        assert (done.returncode, done.stdout) == (0, "")
        assert lines == ['No report.html: the page needs its extra: pip install "kycrule[report]".']
        assert (tmp_path / "run/manifest.json").exists()
        assert not (tmp_path / "run" / page.NAME).exists()

    def test_a_limit_of_addresses_ends_no_run(self, tmp_path):
        limit = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))\n"
        done, lines = self.checked(limit, tmp_path)

        assert (done.returncode, done.stdout) == (0, "")
        assert len(lines) == 1
        assert "ulimit -v" in lines[0]
        assert (tmp_path / "run/manifest.json").exists()

    def test_the_command_says_so(self, run, monkeypatch, capfd):
        monkeypatch.setattr(page, "unavailable", lambda: "There is none.")

        assert command(["report", "html", "--run", str(run)]) == 2
        assert capfd.readouterr().err == "kycrule: There is none.\n"
