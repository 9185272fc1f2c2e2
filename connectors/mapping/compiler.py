"""Compile a mapping once into one Python function, so that a record costs microseconds and an error spoils one field or one item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from connectors.functions import FUNCTIONS
from connectors.mapping.binding import Binding, ItemSpoiled
from connectors.mapping.finishing import FINISH
from connectors.mapping.paths import getter, parse_path
from connectors.mapping.profile import ALWAYS, MEMBERS, PROFILES, Shape, Target
from connectors.mapping.specification import FieldSpecification
from connectors.protocol import Collection, Item
from store.codes import SCHEMES
from store.record import Creator, License, MajorRef, Reference

LONGEST_TEXT = 50_000
"""Characters of one text; a longer one is cut."""

REMEMBERED, SHORT = 2000, 40
"""Texts that a field remembers the values of, and characters of the longest: kinds, places, names and keywords come again and again."""

Complain = Callable[[str, str], None]
"""Told the canonical field and what is wrong with its value; the field is then empty."""

Mapper = Callable[[Item, Complain], Any]
"""Makes the record of an item. Raises ItemSpoiled where a required field cannot be read."""


def compile_mapping(
    collection: Collection,
    mapping: Mapping[str, FieldSpecification],
    binding: Binding,
    wanted: frozenset[str] | None = None,
) -> Mapper:
    """Make the function from an `Item` to the canonical value of `collection`.

    `wanted` names the canonical fields needed (None: all); identity, type and visibility are always read.
    """
    profile = PROFILES[collection]
    names = [name for name in profile if name in mapping and (wanted is None or name in wanted or name in ALWAYS[collection])]
    known: dict[str, Any] = {"ItemSpoiled": ItemSpoiled}
    body: list[str] = []
    for number, name in enumerate(names):
        body += _read_field(number, name, mapping[name], profile[name], binding, known)
    assign = ", ".join(f"{name!r}: v{number}" for number, name in enumerate(names))
    holder = mapping["institution"].source if "institution" in mapping else None
    known["finish"] = FINISH[collection](replace(binding, institution_source=binding.keys_by_name.get(holder or "")))
    source = "\n".join(
        [
            "def read(item, complain):",
            "    native = item.native",
            *(f"    {line}" for line in body),
            f"    return finish(item.key, {{{assign}}})",
        ]
    )
    exec(compile(source, f"<mapping of {collection}>", "exec"), known)  # noqa: S102 - every name and constant comes from this module
    mapper: Mapper = known["read"]
    return mapper


_TUPLES = frozenset({Shape.MANY, Shape.MAJORS, Shape.CREATORS, Shape.PARTS})
"""Shapes whose empty value is an empty tuple."""


def _read_field(
    number: int, name: str, specification: FieldSpecification, target: Target, binding: Binding, known: dict[str, Any]
) -> list[str]:
    variable, shaper = f"v{number}", f"shape{number}"
    known[shaper] = _shaper(specification, target, binding)
    fetch = _fetch(variable, specification, known, number)
    fail = (
        f"raise ItemSpoiled({name!r}, str(error)) from error"
        if specification.required or target.required
        else f"{variable} = {'()' if target.shape in _TUPLES else None}; complain({name!r}, str(error))"
    )
    lines = [
        *fetch,
        "try:",
        f"    {variable} = {shaper}({variable})",
        "except (ValueError, TypeError, OverflowError) as error:",
        f"    {fail}",
    ]
    if specification.required or target.required:
        lines += [f"if {variable} is None:", f"    raise ItemSpoiled({name!r}, 'the item has none')"]
    return lines


def _fetch(variable: str, specification: FieldSpecification, known: dict[str, Any], number: int) -> list[str]:
    if specification.members is not None:
        return [f"{variable} = native"]
    if specification.value is not None:
        known[f"constant{number}"] = list(specification.value) if isinstance(specification.value, tuple) else specification.value
        return [f"{variable} = constant{number}"]
    paths = specification.first or specification.join or (specification.path or "",)
    known.update({f"get{number}_{place}": getter(path) for place, path in enumerate(paths)})
    read = [
        f"native.get({parse_path(path)[0]!r})" if len(parse_path(path)) == 1 else f"get{number}_{place}(native)"
        for place, path in enumerate(paths)
    ]
    if specification.join is not None:
        known[f"glue{number}"] = _glue(specification.separator)
        return [f"{variable} = glue{number}(({', '.join(read)},))"]
    lines = [f"{variable} = {read[0]}"]
    for other in read[1:]:
        lines += [f"if {variable} is None or {variable} == '':", f"    {variable} = {other}"]
    return lines


def _glue(separator: str) -> Callable[[Iterable[object]], str | None]:
    def glue(values: Iterable[object]) -> str | None:
        return separator.join(str(value) for value in values if value is not None and value != "") or None

    return glue


def _shaper(specification: FieldSpecification, target: Target, binding: Binding) -> Callable[[Any], Any]:
    one = _one_value(specification, target, binding)
    match target.shape:
        case Shape.ONE:
            return one
        case Shape.REFERENCE:
            return _reference(one, specification, binding)
        case Shape.MAJORS:
            return _composite(specification, target.shape, one, binding, _major(binding))
        case Shape.CREATORS:
            return _composite(specification, target.shape, one, binding, _creator)
        case Shape.LICENSE:
            licenses = _composite(specification, target.shape, one, binding, _license)
            return lambda value: next(iter(licenses(value)), None)
        case Shape.KEYS | Shape.PARTS | Shape.MANY:
            return lambda value: _many(value, one)


def _one_value(specification: FieldSpecification, target: Target, binding: Binding) -> Callable[[Any], Any]:
    function = FUNCTIONS[specification.function or target.function].call
    table = binding.tables[specification.table] if specification.table is not None else None
    default, place, types = specification.default, binding.place, target.types
    codes = SCHEMES[target.scheme] if target.scheme is not None else None
    whole, most = types == (int,), target.most

    def read(value: Any) -> Any:
        if value is None or value == "":
            return default
        found: Any = function(value, place)
        if table is not None and found is not None:
            known = table.get(found if isinstance(found, str) else str(found), default)
            if known is None:
                raise ValueError(f"the table {specification.table} does not know this value")
            found = known
        if found is None:
            return default
        if codes is not None and found not in codes:
            raise ValueError(f"{str(found)[:40]!r} is not one of {', '.join(codes)}: map it by a table")
        if types and not isinstance(found, (*types, tuple)):
            raise ValueError(f"the function gives {type(found).__name__} where {types[0].__name__} is needed")
        if whole and not 0 <= found <= most:
            raise ValueError(f"the number is not between 0 and {most}")
        if found.__class__ is str and len(found) > LONGEST_TEXT:
            return found[:LONGEST_TEXT]
        return found

    return _remembering(read)


def _remembering(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Read the first short texts once each: what a function makes of a text depends on nothing else."""
    known: dict[str, Any] = {}

    def remember(value: Any) -> Any:
        if value.__class__ is not str or len(value) > SHORT:
            return read(value)
        if value in known:
            return known[value]
        found = read(value)
        if len(known) < REMEMBERED:
            known[value] = found
        return found

    return remember


def _many(value: Any, one: Callable[[Any], Any]) -> tuple[Any, ...]:
    elements = value if isinstance(value, list | tuple) else (value,)
    found: dict[Any, None] = {}
    for element in elements:
        read = one(element)
        found.update(dict.fromkeys(read if isinstance(read, tuple) else (read,) if read is not None else ()))
    return tuple(found)


def _reference(one: Callable[[Any], Any], specification: FieldSpecification, binding: Binding) -> Callable[[Any], Reference | None]:
    source = binding.source if specification.source is None else binding.keys_by_name.get(specification.source)

    def read(value: Any) -> Reference | None:
        key = one(value)
        return Reference(source, key) if key is not None and source is not None else None

    return read


def _composite(
    specification: FieldSpecification,
    shape: Shape,
    one: Callable[[Any], Any],
    binding: Binding,
    make: Callable[[Mapping[str, Any]], Any],
) -> Callable[[Any], tuple[Any, ...]]:
    if specification.members is None:
        return lambda value: tuple(made for name in _many(value, one) if (made := make({"name": name, "text": name})) is not None)
    parts = {
        name: (_member_getter(member), _one_value(member, MEMBERS[shape][name], binding)) for name, member in specification.members.items()
    }
    elements = getter(f"{specification.each}[]") if specification.each is not None else None

    def read(native: Any) -> tuple[Any, ...]:
        found = elements(native) or () if elements is not None else (native,)
        read_parts = ({name: shape_(get(element)) for name, (get, shape_) in parts.items()} for element in found)
        return tuple(dict.fromkeys(made for each in read_parts if (made := make(each)) is not None))

    return read


def _member_getter(member: FieldSpecification) -> Callable[[Any], Any]:
    if member.value is not None:
        return lambda _element: member.value
    getters = [getter(path) for path in member.first or member.join or (member.path or "",)]
    if member.join is not None:
        glue = _glue(member.separator)
        return lambda element: glue(get(element) for get in getters)
    return lambda element: next((found for get in getters if (found := get(element)) not in (None, "")), None)


def _major(binding: Binding) -> Callable[[Mapping[str, Any]], MajorRef | None]:
    default_year = binding.place.catalogue_year

    def make(parts: Mapping[str, Any]) -> MajorRef | None:
        code, name = parts.get("code"), parts.get("name")
        year = parts.get("catalogue_year") or default_year
        if code is not None and year is None:
            raise ValueError(f"the major {code} names no catalogue year: write catalogue_year in the definition")
        if code is None and name is None:
            return None
        return MajorRef(name or code or "", code, year if code is not None else None)

    return make


def _creator(parts: Mapping[str, Any]) -> Creator | None:
    return Creator(parts["name"], parts.get("role")) if parts.get("name") else None


def _license(parts: Mapping[str, Any]) -> License | None:
    code, url, text = parts.get("code"), parts.get("url"), parts.get("text")
    return License(code, url, text) if code or url or text else None
