"""The examples that are programs: a sign-up over HTTP, and tables in memory."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

ROOT = Path(__file__).parents[1]
CANARY = "Zebra"
AMERICAN = {
    "account_id": "a-1",
    "kind": "individual",
    "name": f"{CANARY} Smith",
    "citizenships": ["US"],
    "country": "US",
    "us_person_verified": True,
    "opened_for": "customer",
}


@pytest.fixture(scope="module")
def client():
    spec = importlib.util.spec_from_file_location("sign_up", ROOT / "examples" / "sign_up.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with TestClient(module.app) as client:
        yield client


class TestSignUp:
    def test_opens_the_account_of_a_verified_us_person(self, client):
        answer = client.post("/accounts", json=AMERICAN)
        assert answer.status_code == 200
        assert answer.json() == {
            "open": True,
            "disposition": "exempt-us-persons",
            "basis": "7.302(d)(1)(i)",
            "findings": [],
            "ask": [],
        }

    def test_asks_for_what_is_missing_of_a_foreign_person(self, client):
        answer = client.post("/accounts", json={**AMERICAN, "citizenships": ["FR"], "country": "FR"}).json()
        assert (answer["open"], answer["disposition"]) == (False, "covered")
        assert {"email", "phone", "payment_type"} <= set(answer["ask"])

    def test_asks_for_what_an_open_answer_turns_on(self, client):
        answer = client.post("/accounts", json={**AMERICAN, "us_person_verified": None}).json()
        assert (answer["open"], answer["disposition"]) == (False, "undetermined")
        assert answer["ask"] == ["us_person_verified"]

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({**AMERICAN, "country": CANARY}, {"field": "country", "code": "K912"}),
            ({**AMERICAN, "birthday": CANARY}, {"field": "birthday"}),
            ([CANARY], {"field": "body", "code": "dict_type"}),
        ],
    )
    def test_names_what_is_wrong_and_repeats_no_value(self, client, body, fault):
        answer = client.post("/accounts", json=body)
        assert answer.status_code == 422
        assert fault.items() <= answer.json()["faults"][0].items()
        assert CANARY not in answer.text


def test_frames_of_pandas_and_polars_are_checked(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "frames.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[:2] for line in done.stdout.splitlines()[-3:]] == [
        ["A-1", "undetermined"],
        ["A-2", "covered"],
        ["A-3", "covered"],
    ]
