"""What a page shows of a sweep, by its kind."""

from steelyard.models.report.classes.dossier import ClassesDossier
from steelyard.models.report.dossier import Dossier, Kept
from steelyard.tasks.report.page.classes.view import ClassesView
from steelyard.tasks.report.page.view import View


def view(dossier: Kept, prefix: str = "", role: str = "") -> View | ClassesView:
    """What a page shows of a sweep, by what it looks for: one class, or every class.

    Args:
        dossier: of the sweep.
        prefix: of its places' addresses.
        role: ``earlier`` or ``later`` of two; "" alone.
    """
    if isinstance(dossier, ClassesDossier):
        return ClassesView(dossier, prefix, role)
    assert isinstance(dossier, Dossier)
    return View(dossier, prefix, role)
