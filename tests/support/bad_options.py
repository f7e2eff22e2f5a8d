"""Options, and files of options, of which one at least is surely wrong."""

import json
from collections.abc import Mapping
from typing import Any

from bad_case import Case, odd
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

letters = st.text(st.characters(exclude_categories=["Nd", "Nl", "No", "Cs"], exclude_characters="\0"), min_size=1)
digits = st.integers(1, 6000).map("9".__mul__)
"""A number of as many digits."""

no_number = odd.filter(lambda text: text.strip().lower() not in ("", "nan", "inf", "infinity", "a", "b"))
not_in_range = st.sampled_from(["-1", "nan", "inf", "-inf", "1e999", "--", "0x10", "1_0_", "1,5", "1e-9999999"])


def _not_a_whole(least: int, most: int) -> SearchStrategy[str]:
    outside = st.integers(max_value=least - 1) | st.integers(min_value=most + 1)
    return (
        outside.map(str)
        | no_number
        | st.sampled_from(["nan", "inf", "1.5", "", " ", "0x10", "1e3"])
        | digits.filter(lambda text: len(text) > len(str(most)))
    )


def _not_a_number(least: float, most: float) -> SearchStrategy[str]:
    outside = st.floats(max_value=least, exclude_max=True) | st.floats(min_value=most, exclude_min=True)
    return outside.map(str) | no_number | st.sampled_from(["nan", "", "1,5", "--1"])


def _not_one_of(*known: str) -> SearchStrategy[str]:
    return (odd | letters | digits).filter(lambda text: text.strip().lower() not in known)


weights = (
    no_number.map("weights".__add__)
    | not_in_range.filter(lambda text: text not in ("1,5", "1e-9999999", "1_0_"))
    | st.sampled_from(["0", "1.0000001", "0.9:0.1:5", "0.1:0.9:1", "0.1:0.9:99999", "cat=0", "cat=1,cat=2", "power:"])
    | st.sampled_from(["power:9", "power:nan", "power:0:1:", "=", "cat=1e99", "0.5:0.9", ":::"])
    | digits.filter(lambda text: len(text) > 1)
    | digits.map("power:{}".format)
    | digits.map("0.1:0.9:{}".format).filter(lambda text: len(text) > 13)
)
objective = (
    no_number.map("objective ".__add__)
    | st.sampled_from(["recall @ precision >= 2", "recall @ precision >= 0", "fbeta -1", "cost fn=0 fp=1", "f1 at 2"])
    | st.sampled_from(["recall @ recall >= 0.5", "recall @ precision <= 0.5", "fbeta nan", "cost fn=1", "recall @"])
    | not_in_range.map("f1 at prevalence {}".format)
    | digits.map("recall @ precision >= 1{}".format)
    | digits.map("f1 at prevalence {}".format)
    | no_number.map("recall @ precision >= {}".format)
)
uris = (
    st.sampled_from(
        ["ftp://host", "file:///tmp", "postgresql://me:hunter2@127.0.0.1/x", "mlruns", "http://", "https://"]
    )
    | st.sampled_from(
        ["http://me:hunter2@127.0.0.1:9", "http://127.0.0.1:99999", "http://[", "http://[::1", "http://a b"]
    )
    | st.sampled_from(
        ["sqlite://", "sqlite:///nowhere/x.db", "sqlite:///.", "databricks", "http://\x00", "http://xn--"]
    )
    | st.sampled_from(["http://127.0.0.1:9/" + "a" * 5000, "sqlite:///" + "a" * 5000, "HTTP://127.0.0.1:9", "uc:x"])
    | odd.map("sqlite:///nowhere/{}".format)
    | odd.map("http://127.0.0.1:9/{}".format)
    | odd.map("x://{}".format)
)
sources = (
    odd.map("moon{}".format)
    | odd.map("moon:{}".format)
    | st.tuples(st.sampled_from(["folder", "csv", "parquet", "npz", "hf"]), odd).map(
        lambda pair: f"{pair[0]}:no{pair[1]}"
    )
    | st.sampled_from(
        ["", ":", "folder:", "csv:", "npz:", "hf:", "folder:/dev/null", "csv:/dev/null", "csv:.", "npz:."]
    )
    | st.sampled_from(
        ["parquet:/dev/null", "hf:.", "cifar", "ELPV", "digits:x", "elpv:x", "folder:~nobody/x", "csv:\0"]
    )
)
unwritable = odd.map("no-such-folder/{}".format) | st.sampled_from(
    [".", "/", "/proc/x", "/dev/null/x", "\0", "a" * 300, "no/" * 2000 + "x", "/sys/x", ""]
)

BAD: dict[str, SearchStrategy[str]] = {
    "data": sources,
    "class-names": st.sampled_from([",", "a,,b", "a,a", "benign", "a,b"]),
    "images-root": odd.map("no{}".format) | st.just("."),
    "labels": odd.map("no{}".format) | st.sampled_from([".", "/dev/null", "/dev/zero"]),
    "group-by": st.sampled_from(["(", "[", "*", "cat", "^", "a{99999999999}", "exif-date", "(?:x", "\\"]),
    "size": _not_a_whole(8, 512),
    "fit": _not_one_of("pad", "crop", "stretch"),
    "positive": odd.map("no{}".format),
    "train-counts": no_number | st.sampled_from(["cat", "cat=", "=1", "cat=0", "cat=-1", "cat=1,cat=1", "cat=1.5"]),
    "imbalance": _not_a_number(0, 1),
    "imbalance-factor": _not_a_number(1, 1e6),
    "split-seed": _not_a_whole(0, 10**6).filter(lambda text: not text.isdecimal()),
    "weights": weights,
    "handling": odd.map("handling{}".format)
    | st.sampled_from(["focal:gamma=-1", "focal:x=1", "weights:by=x", "none:"]),
    "seeds": no_number
    | st.sampled_from(["0", "-1", "1.5", ",", "1,-2", "10001", "99999999999,"])
    | digits.filter(lambda text: len(text) > 4),
    "recipe": _not_one_of("features", "finetune", "sound", "tutorial", ""),
    "backbone": odd.map("no{}".format),
    "backbone-weights": odd.map("no{}".format) | st.sampled_from([".", "/dev/null"]),
    "backbone-size": _not_a_whole(32, 1024),
    "views": _not_a_whole(1, 2),
    "network": _not_one_of("residual", "plain", "tutorial"),
    "epochs": _not_a_whole(1, 10_000),
    "batch": _not_a_whole(2, 10**9).filter(lambda text: not text.isdecimal()),
    "learning-rate": _not_a_number(0, 10) | st.just("0"),
    "validate-on": _not_one_of("val", "test"),
    "softmax-twice": _not_one_of("true", "false", "yes", "no", "y", "n", "t", "f", "1", "0", "on", "off"),
    "objective": objective,
    "tracking-uri": uris,
    "device": _not_one_of("auto", "cpu", "cuda", "mps")
    | st.sampled_from(["cuda:99", "cuda:-1", "cuda:x", "CPU", "cpu:0"]),
    "workers": _not_a_whole(1, 10**9).filter(lambda text: not text.isdecimal() or text == "0"),
    "config": odd.map("no{}".format) | st.sampled_from([".", "/dev/null", "a.yaml", "\0", "no.toml", "no.json", ""]),
}
"""Option of a sweep -> values that it cannot have, with digits as images and class 8 to find."""

GOOD = {"size": "16", "seeds": "1,", "weights": "0.8", "objective": "f1", "split-seed": "3", "views": "1", "fit": "pad"}
"""Options that may be given with any of them."""


def _options(given: Mapping[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in given.items()]


@st.composite
def sweeps(draw: st.DrawFn, command: str = "sweep") -> Case:
    """One or two bad options among good ones."""
    bad = draw(st.lists(st.sampled_from(sorted(BAD)), min_size=1, max_size=2, unique=True))
    good = draw(st.dictionaries(st.sampled_from(sorted(GOOD)), st.none(), max_size=3))
    recipe = {"recipe": "sound"} if {"epochs", "batch", "learning-rate", "network"} & {*bad} else {}
    given = {"data": "digits", "positive": "8"} | recipe | {name: GOOD[name] for name in good}
    given |= {name: draw(BAD[name]) for name in bad}
    return Case((command, *_options(given)))


def schedules() -> SearchStrategy[Case]:
    """Of a timetable that is wrong, or of a sweep that is; no server is named in any of them."""
    cron = odd | st.sampled_from(["0 3 * *", "60 * * * *", "* * 30 2 *", "@never", "0 0 0 0 0", "* " * 500])
    interval = no_number | st.sampled_from(["0", "-1h", "1y", "367d", "1e3", "0.5"]) | digits
    wrong = st.fixed_dictionaries({}, optional={"cron": cron, "interval": interval, "timezone": odd, "name": odd})
    timed = wrong.map(lambda given: Case(("schedule", "--data=digits", "--positive=8", *_options(given))))
    return timed | sweeps("schedule").map(lambda case: Case((*case.arguments, "--cron=0 3 * * *")))


def others() -> SearchStrategy[Case]:
    """The other commands, on a store that is not there, or has no run; and what is no command."""
    store = st.sampled_from(["--tracking-uri=sqlite:///empty.db", "--tracking-uri=sqlite:///none.db"]) | uris.map(
        "--tracking-uri={}".format
    )
    run = odd | letters | digits
    output = st.lists(unwritable.map("--output={}".format), max_size=1)
    junk = st.lists(odd.map("--no{}".format) | st.sampled_from(["--port=0", "--clear=maybe", "-x"]), min_size=1)
    port = _not_a_whole(1, 65535)
    seeds = BAD["seeds"].map("--seeds={}".format)
    share = (_not_a_number(0, 1) | st.just("0")).map("--share={}".format)
    plain = (
        st.tuples(st.just("predict"), run, run.map("no{}".format), store).map(list)
        | st.tuples(st.sampled_from(["report", "ui"]), run.map("x{}".format), store).map(list)
        | st.tuples(st.just("report"), run.map("x{}".format), run.map("y{}".format), store).map(list)
        | st.tuples(st.just("ui"), port.map("--port={}".format)).map(list)
        | st.tuples(st.just("tutorial"), seeds | share | sources.map("--data={}".format)).map(list)
        | st.tuples(st.just("tutorial"), unwritable.map("--json={}".format), seeds).map(list)
        | st.tuples(st.sampled_from(["doctor", "sync", "ui", "tutorial", "sweep"]), junk).map(
            lambda of: [of[0], *of[1]]
        )
        | st.tuples(st.sampled_from(["doctor", "sync", "sweep", "tutorial", "schedule"]), odd).map(list)
        | st.tuples(odd | letters).map(list)
    )
    return st.tuples(plain.filter(lambda of: not of[0].startswith("-") and _is_meant(of)), output).map(
        lambda of: Case((*of[0], *(of[1] if of[0][0] in ("predict", "report") else ())), {})
    )


def _is_meant(arguments: list[str]) -> bool:
    """Whether something is wrong: what asks for help, or ends the options, is not."""
    return not {"--help", "-h", "--version", "--"} & {*arguments} and bool(arguments[0].strip())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@st.composite
def configs(draw: st.DrawFn) -> Case:
    """A file of options that cannot be read, or that has what a sweep does not."""
    kind = draw(st.sampled_from(["toml", "json"]))
    named = draw(st.dictionaries(st.sampled_from(["size", "weights", "positive", "seeds", "epochs"]), json_values))
    wrong: dict[str, Any] = {"size": draw(st.sampled_from([{}, [1], "8", None, True, 1e300]))}
    whole = json.dumps(named | wrong)
    lines = "".join(f"{key} = {draw(st.sampled_from(TOML))}\n" for key in named)
    texts = {
        "json": [whole, whole[:-1], f"[{whole}]", whole * 2, whole + "\0", '{"no": 1}', "[" * 50_000, '{"a":' * 5000],
        "toml": [
            f"{lines}size = 'x'",
            f"{lines}= 1",
            f"{lines}[[size]]",
            "\0",
            f"{lines}no = 1",
            "a." * 2000 + "b = 1",
        ],
    }
    text = draw(st.sampled_from(texts[kind])).encode()
    content = draw(
        st.sampled_from([text, b"\xff" + text, text.decode().encode("utf-16"), text + b" " * 100_001, b"\0"])
    )
    name = f"spec.{kind}"
    return Case(("sweep", "--data=digits", "--positive=8", f"--config={name}"), {name: content})


TOML = ["1", "'a'", "[1, 2]", "{a = 1}", "2020-01-01", "nan", "true", '"""\n"""', "0b1", "9" * 500]
