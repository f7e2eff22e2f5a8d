"""Which options belong together, and in which order a person looks for them: in help, and in the form of Prefect."""

QUIRKS = ("softmax_twice", "frozen_batchnorm", "fixed_order", "fixed_pool")
"""Of the tutorial; nobody else wants them."""

OF_QUIRKS, ELSE = "Quirks of the tutorial", "Where and how"

GROUPS: dict[str, tuple[str, ...]] = {
    "Images": ("data", "positive", "negative"),
    "Wanted": ("objective",),
    "Grid": ("weights", "handling", "recipe", "then_finetune", "seeds"),
    "Features": ("backbone", "backbone_weights", "backbone_size", "views"),
    "Training": ("network", "size", "epochs", "batch", "learning_rate"),
    "Train, val and test": (
        "folds",
        "split_seed",
        "validate_on",
        "imbalance",
        "imbalance_factor",
        "train_counts",
        "drop_suspects",
    ),
    "More about the images": ("class_names", "labels", "images_root", "group_by", "fit", "skip_unusable"),
    ELSE: ("tracking_uri",),
    OF_QUIRKS: QUIRKS,
}
"""Fields of a sweep by the title of their group; what is in none, such as most settings, is in ``ELSE``."""

_TITLES = {name: title for title, names in GROUPS.items() for name in names}
_ORDER = [name for names in GROUPS.values() for name in names]


def title_of(name: str) -> str:
    """Title of the group of a field."""
    return _TITLES.get(name, ELSE)


def ordered(names: list[str]) -> list[str]:
    """Names of fields in the order of their groups; others of ``ELSE`` stand as they come, last but for the quirks."""
    last = len(_ORDER) - len(QUIRKS)
    return sorted(names, key=lambda name: _ORDER.index(name) if name in QUIRKS or name in _TITLES else last - 0.5)
