"""What a registered model is, for whoever finds it: what it decides, how well, what it learned from, and its limits."""

from collections.abc import Iterator, Sequence

from steelyard.models.calibration.reliability import Reliability
from steelyard.models.markdown import code, escaped
from steelyard.models.metrics.registry import EVERY_CLASS, ONE_CLASS
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.model_answers import Answers
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.verdict.looks import Looks
from steelyard.models.words import phrases as say
from steelyard.models.words.answer import answer
from steelyard.models.words.verdict_sentences import looked

NOTHING_MORE, ONCE = Answers(), Looks()

METHODS = {"platt": "Platt scaling", "isotonic": "isotonic regression"}

WORST = 5
"""Slices that are told, the worst first."""


def card(
    dossier: Dossier,
    cell: CellVerdict,
    threshold: float,
    links: Sequence[tuple[str, str]],
    answers: Answers = NOTHING_MORE,
    looks: Looks = ONCE,
) -> str:
    """Markdown: the model card of a network of a cell, whose threshold is -1 where the highest score decides."""
    chapters = {
        "What it decides": [*_decides(dossier, threshold), *_abstains(answers)],
        "How well": [*_figures(dossier, cell), "", *_probabilities(answers)],
        "What it learned from": _data(dossier),
        "Limits": [*_limits(dossier, cell, answers), *(f"* {line}" for line in looked(dossier.verdict, looks))],
        "Made by": [*_made(dossier, cell), *(f"* {escaped(label)}: {address}" for label, address in links if address)],
    }
    subject = dossier.about.subject
    lines = [f"# {escaped(subject.title if dossier.every_class else f'{subject.image_set} · {subject.positive}')}"]
    for title, of in chapters.items():
        lines += ["", f"## {title}", "", *of]
    return "\n".join(lines) + "\n"


def _decides(dossier: Dossier, threshold: float) -> Iterator[str]:
    subject, objective = dossier.about.subject, dossier.objective
    if dossier.every_class:
        yield f"Which of {len(subject.classes)} classes an image is of: {escaped(say.listed(subject.classes, 10))}."
        if threshold >= 0:
            name = escaped(objective.class_name)
            yield f"It is {name} where the score of that is at least {threshold:.6g}, else the best of the others."
        return
    others, positive = map(escaped, subject.read)
    yield f"It calls an image {positive} where its score is at least {threshold:.6g}, and else {others}."
    yield f"The threshold was chosen for {code(str(objective))} on images that it did not learn from."


def _figures(dossier: Dossier, cell: CellVerdict) -> Iterator[str]:
    said, metrics = answer(dossier.found), EVERY_CLASS if dossier.every_class else ONE_CLASS
    if said and cell.cell == dossier.best.cell:
        yield f"**{escaped(said.badge_line)}** {escaped(said.brings)}"
        yield ""
    verdict = dossier.verdict
    share = "" if dossier.every_class else f", as if {100 * verdict.prevalence:.3g} % were positive"
    yield f"{say.capitalised(say.where(verdict))} of {sum(verdict.sizes):,} images{share}, with 95 % intervals:"
    yield ""
    yield from (_row(say.name(key), cell.metric(key)) for key in (*metrics, "roc_auc"))
    yield from (_row(f"{of.metric} of {of.column} {of.value}", of.at) for of in cell.slices[:WORST])


def _row(name: str, of: Estimate) -> str:
    # A list: MLflow's page shows tables without a space between their columns.
    return f"* {escaped(name)} {of.value:.3f} ({of.low:.3f} to {of.high:.3f})"


def _data(dossier: Dossier) -> Iterator[str]:
    about = dossier.about
    yield f"{escaped(about.image_set)}; asked for as {code(about.data)}; content {code(about.subject.content_hash)}."
    yield ""
    if not dossier.every_class:
        for part, counts in about.counts.items():
            named = zip(counts, about.subject.read, strict=True)
            yield f"* {part}: {', '.join(f'{count:,} {escaped(name)}' for count, name in named)}"
    yield from (f"* {escaped(line)}" for line in about.findings)


def _limits(dossier: Dossier, cell: CellVerdict, answers: Answers) -> Iterator[str]:
    yield "* It is for images like those it learned from: the same cameras and kinds, in about the same shares."
    if dossier.verdict.folds > 1:
        yield "* It is the mean of several networks; each image was measured by the one that had not learned from it."
    yield from (f"* {escaped(say.capitalised(line))}." for line in dossier.verdict.bearing.grave)
    calibrated = answers.calibration and answers.calibration.calibrator
    if cell.calibration and cell.calibration[0].misfit and not calibrated:
        yield f"* Its probabilities cannot be corrected to another prevalence: {escaped(cell.calibration[0].misfit)}."


def _made(dossier: Dossier, cell: CellVerdict) -> Iterator[str]:
    about = dossier.about
    yield f"* handling {escaped(say.called(cell.cell))}, recipe {escaped(cell.recipe)}, {about.started:%Y-%m-%d}"
    if by := about.embedding:
        licence = f", under {escaped(about.licence)}" if about.licence else ""
        yield f"* backbone {escaped(by.backbone)} with weights {code(by.weights)}{licence}"


def _abstains(answers: Answers) -> Iterator[str]:
    """Where it abstains, a sentence each; nothing where it always decides."""
    if found := answers.abstention:
        most = f"at most {100 * found.most:.3g} in 100 are wrong, with 95 % certainty."
        if found.low > found.high:
            yield f"It abstains on no image, and of its decisions {most}"
        else:
            band = f"score between {found.low:.4g} and {found.high:.4g}"
            yield f"It abstains on about {100 * found.share:.2g} of 100 images ({band}); of the others {most}"
        yield f"On test it decides on {found.decided:,} images, {found.wrong:,} of them wrongly."
        if answers.grouped:
            yield "Images of a group count as if they were all decided alike."
        if answers.is_mean:
            yield "This is approximate, as the network is the mean of those that were measured."


def _probabilities(answers: Answers) -> Iterator[str]:
    """Whether they are calibrated, and a list of what that does; nothing where several classes count."""
    if (found := answers.calibration) is None:
        return
    if found.after is None:
        yield "Its probabilities are not calibrated: test has too few images."
        return
    method = METHODS[found.method]
    if found.calibrator:
        yield f"Its probabilities are calibrated by {method} on the images of test:"
    else:
        yield f"Its probabilities are not calibrated: {method} on the images of test shows no gain:"
    yield ""
    yield _calibrated("not calibrated", found.before)
    yield _calibrated(f"{method}, cross-validated", found.after)


def _calibrated(name: str, of: Reliability) -> str:
    return f"* {name}: Brier score {of.brier:.4f}, calibration error {of.calibration_error:.4f}"
