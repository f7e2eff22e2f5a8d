"""The one link of a sweep in a real browser, on a real MLflow server: all its trials, best first, and its charts."""

import json
from collections.abc import Callable
from typing import Any

from steelyard.tasks.tracking import links, server
from steelyard.tasks.tracking.sweeps import SweepRun

TRIALS, CHARTS = 24, 9

LISTED = """[...document.querySelectorAll('a')].map((link) => link.textContent.trim())
    .filter((name) => / · seed /.test(name))"""

DRAWN = "document.querySelectorAll('.js-plotly-plot .main-svg').length"


def of(found: dict[str, Any]) -> SweepRun:
    return SweepRun(found["sweep_run_id"], found["experiment_id"])


def is_of_mlflow(error: str, base: str) -> bool:
    """MLflow asks for users that a server without accounts does not have, and draws marks before axes are laid out."""
    told = json.loads(error)
    rendered = told.get("source") == "rendering" and told.get("url", "").startswith(f"{base}/static-files/")
    return rendered or ("404" in told.get("text", "") and "/users/" in told.get("url", ""))


def test_the_link_lists_each_trial_best_first_and_draws_all_charts(
    swept: Callable[[int], Any], browser: Callable[..., Any]
) -> None:
    sweep, page = swept(TRIALS), browser()
    page.seen_as(1900, 3000)
    ranks = {
        f"{of['recipe']} · {of['cell']} · seed {of['seed']}": of["operating"]["rank"] for of in sweep.found["trials"]
    }
    with server.serve(sweep.uri, server._any_free()) as (base, _):
        link = links.page(base, of(sweep.found), sweep.uri)
        assert "viewStateShareKey" in link
        page.open(link)
        page.until(f"{LISTED}.length >= {TRIALS} && {DRAWN} >= {CHARTS}")
        listed = list(dict.fromkeys(page.js(LISTED)))
        assert sorted(listed) == sorted(ranks)
        assert [ranks[name] for name in listed] == sorted(ranks.values(), reverse=True)
        text = page.js("document.body.innerText")
        errors = [error for error in page.errors() if not is_of_mlflow(error, base)]
    assert "weight_positive" in text and "val/recall" in text
    assert errors == []


def test_the_view_of_cells_groups_the_seeds(swept: Callable[[int], Any], browser: Callable[..., Any]) -> None:
    sweep, page = swept(3), browser()
    page.seen_as(1900, 3000)
    with server.serve(sweep.uri, server._any_free()) as (base, _):
        page.open(links.view_link(base, sweep.found["experiment_id"], f"{sweep.found['sweep_run_id']}-cells"))
        page.until(f"/sound · none/.test(document.body.textContent) && {DRAWN} >= {CHARTS}")


def test_the_report_can_be_read_in_mlflows_own_page(swept: Callable[[int], Any], browser: Callable[..., Any]) -> None:
    sweep, page = swept(3), browser()
    with server.serve(sweep.uri, server._any_free()) as (base, _):
        place = sweep.found["experiment_id"], sweep.found["sweep_run_id"]
        page.open(links.artifact_link(base, *place, links.REPORT))
        page.until("document.querySelector('iframe.mlflow-html-iframe')")
