"""What a page shows of a sweep, by its kind."""

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.page.classes.view import ClassesView
from steelyard.tasks.report.page.view import View


def view(dossier: Dossier, prefix: str = "", role: str = "") -> View | ClassesView:
    """What a page shows of a sweep, by what it looks for: one class, or every class.

    Args:
        dossier: of the sweep.
        prefix: of its places' addresses.
        role: ``earlier`` or ``later`` of two; "" alone.
    """
    return (ClassesView if dossier.every_class else View)(dossier, prefix, role)
