"""What lies in deploy/ for those who watch with Prometheus and Grafana: it parses, and asks for what there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from cast import DIA, make_cast, pay
from prometheus_client.parser import text_string_to_metric_families

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction
from estudio.services.metricas_service import INSTANTES, format_metricas
from estudio.web.tempos import format_tempos

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
OF_PROMETHEUS = {"up"}
"""What Prometheus itself tells of each target."""


def list_rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "alertas.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def list_panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))["panels"]
    return panels


def list_questions() -> list[str]:
    asked = [target["expr"] for panel in list_panels() for target in panel["targets"]]
    return [rule["expr"] for rule in list_rules()] + asked


def find_metrics(question: str) -> Iterator[str]:
    """The names that a question asks for; a pattern of names comes as it is written."""
    # Strings apart: a label may be called like a metric.
    yield from re.findall(r'__name__=~"([^"]+)"', question)
    bare = re.sub(r'\{[^}]*\}|"[^"]*"|\b(by|without) *\([^)]*\)', "", question)
    yield from re.findall(r"\b(estudio_[a-z_]+|up)\b", bare)


@pytest.fixture
def said(request: pytest.FixtureRequest) -> set[str]:
    """The names of all that `/metrics` says once everything has happened at least once."""
    request.getfixturevalue("banco")
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "100.00", data=DIA)
    month = Competencia.of(DIA)
    generate_extrato_with_atomic_transaction(month.mes, month.ano, quem=cast.quem_ana)
    with db.transaction(read_only=True) as session:
        families = list(text_string_to_metric_families((format_metricas(session) + format_tempos()).decode()))
    # A full backup and a drill are slow, and their families are there, empty, without them.
    assert {f"{name}_timestamp_seconds" for name, _ in INSTANTES.values()} <= {family.name for family in families}
    return {family.name + ("_total" if family.type == "counter" else "") for family in families}


def list_names(question: str) -> set[str]:
    """The families that a question asks for; of a histogram it asks for the parts."""
    return {re.sub(r"_seconds_(bucket|count|sum)$", "_seconds", name) for name in find_metrics(question)}


@pytest.mark.parametrize("question", list_questions())
def test_each_question_is_one_that_prometheus_understands(question: str) -> None:
    promql_parser.parse(question)


def test_a_question_that_is_not_promql_would_be_found() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        promql_parser.parse("time( - estudio_closing_late >")


def test_what_is_asked_for_is_said_and_what_is_said_is_asked_for(said: set[str]) -> None:
    asked = {name for question in list_questions() for name in list_names(question)} - OF_PROMETHEUS
    for name in asked:
        assert any(re.fullmatch(name, each) for each in said), f"{name} is asked for, and nobody says it"
    unasked = {each for each in said if not any(re.fullmatch(name, each) for name in asked)}
    # Told for who wants to look at them by themselves.
    assert unasked == {
        "estudio_chain_links",
        "estudio_disk_size_bytes",
        "estudio_months",
        "estudio_months_since_last_closed",
    }


def test_each_alert_says_what_is_wrong_and_what_to_do() -> None:
    rules = list_rules()
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert rule["labels"]["severity"] in ("warning", "critical"), rule["alert"]
        for words in ("summary", "description"):
            assert rule["annotations"][words].endswith("."), rule["alert"]
        if "for" in rule:
            promql_parser.parse_duration(rule["for"])


def test_the_panels_of_the_dashboard_do_not_lie_upon_each_other() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in list_panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} upon {taken[x, y]}"
                taken[x, y] = panel["title"]


def test_prometheus_is_told_where_to_ask_and_by_which_secret() -> None:
    settings = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = settings["scrape_configs"]
    assert (job["metrics_path"], job["scheme"], job["authorization"]["type"]) == ("/metrics", "https", "Bearer")
    assert settings["rule_files"] == ["alertas.yml"]
