"""A spec as a form that a person fills in: its JSON schema, as Prefect's page shows it."""

from typing import Any

from steelyard.models.spec.groups import QUIRKS, ordered, title_of

Schema = dict[str, Any]


def as_form(schema: Schema) -> None:
    """Make a form of a model's JSON schema, in place.

    Its fields come in the order of their groups, each titled with its group. A field that may be None has no branch for
    it: it is left out, or empty. Quirks of the tutorial are not shown, but taken from who gives them.
    """
    fields = {name: _field(name, of) for name, of in schema.get("properties", {}).items()}
    hidden = {name: fields.pop(name) for name in QUIRKS if name in fields}
    names = ordered(list(fields))
    schema["properties"] = {name: fields[name] | {"position": place} for place, name in enumerate(names)}
    if hidden:
        # Not among the properties, which are what is shown, these are no unknown keys all the same.
        schema["patternProperties"] = {f"^({'|'.join(hidden)})$": {"type": ["boolean", "null"]}}


def _field(name: str, schema: Schema) -> Schema:
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    plain = {key: value for key, value in schema.items() if key != "anyOf"} | (choices[0] if choices else {})
    if plain.get("default", "") is None:
        del plain["default"]
    return plain | {"title": f"{title_of(name)} · {name.replace('_', ' ')}"}
