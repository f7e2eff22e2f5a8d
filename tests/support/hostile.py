"""Names as no one should choose them, put wherever a sweep lets users choose one."""

from dataclasses import replace
from functools import cache

import synthetic

from steelyard.models.report.dossier import Dossier

NAMES = {
    "tags": "<img src=x onerror=window.ran=1><script>window.ran=1</script><b>bold</b>",
    "end of script": "</script></style></textarea></title><script>window.ran=1</script>",
    "quotes": "\"'`><svg onload=window.ran=1> onclick='window.ran=1",
    "comment": "<!-- --!> ]]> <?php {{ 7 * 7 }} {% endif %}",
    "entities": "&lt;b&gt; &amp;amp; &#60;",
    "variables": "%{x} %{customdata[0]} <extra>gone</extra> <br>",
    "tex": "$x^2$ \\(x\\)",
    "lines": "a\nb\tc\u2028d",
    "long": "W" * 300,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "emoji": "\U0001f415\u200d\U0001f9ba\U0001f525",
    "option": "--json",
    "address": "https://example.com/a.png",
}
CELLS = {"none": 0.0, "weights 0.8": 0.0}


@cache
def called(name: str) -> Dossier:
    """A sweep in which all that users name is called this: classes, images, slices, source, and what went wrong."""
    found = synthetic.judged(
        cells=CELLS,
        seeds=(1, 2, 3),
        failed=[("none", 3)],
        positive=name,
        negative=f"{name} not",
        ward=lambda number: f"{name} {number % 2}",
        data=f"folder:{name}",
    )
    about = found.about.model_copy(
        update={
            "name": name,
            "subject": found.about.subject.model_copy(update={"image_set": name}),
            "image_set": f"images of {name}",
            "findings": (name, f"{name} twice"),
            "versions": found.about.versions | {"code_version": name},
        }
    )
    told = {"flags": (name,), "reason": name}
    trials = tuple(
        trial.model_copy(update={field: of for field, of in told.items() if trial.operating or field == "reason"})
        for trial in found.found.trials
    )
    gallery = found.gallery.assign(id=[f"{name}/{row}.png" for row in range(len(found.gallery))], note=f"group {name}")
    return replace(found, about=about, found=found.found.model_copy(update={"trials": trials}), gallery=gallery)
