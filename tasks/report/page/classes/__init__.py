"""The page of a sweep in which every class counts; the templates are in ``templates/classes``."""
