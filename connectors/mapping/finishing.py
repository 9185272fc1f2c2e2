"""From the fields of an item to its canonical value: identity, who may see it, and what the registration adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.mapping.binding import Binding, ItemSpoiled
from connectors.protocol import Collection, Key
from store.identity import institution_id, library_id, native_key, resource_id
from store.record import Institution, Library, LiveDetails, Record
from store.visibility import MEMBER, NOBODY, PUBLIC

Mapped = Record | Library | Institution | LiveDetails


def _visibility_of(binding: Binding) -> Callable[[dict[str, Any]], tuple[str, ...]]:
    def keys(fields: dict[str, Any]) -> tuple[str, ...]:
        mapped = "visibility" in fields
        levels: tuple[str, ...] | None = fields.pop("visibility", None)
        if not mapped and binding.all_public:
            return (PUBLIC,)
        institution = fields.get("institution") or binding.institution
        province = fields.get("province") or (institution[2:4] if institution is not None else binding.province)
        made = {_visibility_key(level, institution, province) for level in levels or ("",)}
        return tuple(sorted(made))

    return keys


def _visibility_key(level: str, institution: str | None, province: str | None) -> str:
    match level:
        case "public":
            return PUBLIC
        case "members":
            return MEMBER
        case "teachers":
            return "r:teacher"
        case "province" if province is not None:
            return f"p:{province}"
        case "province_teachers" if province is not None:
            return f"r:teacher@p:{province}"
        case "school_teachers" if institution is not None:
            return f"r:teacher@s:{institution}"
    return f"s:{institution}" if institution is not None and level != "nobody" else NOBODY


def _finish_record(binding: Binding) -> Callable[[Key, dict[str, Any]], Record]:
    visibility_of = _visibility_of(binding)
    public = (PUBLIC,)

    def finish(key: Key, fields: dict[str, Any]) -> Record:
        text = native_key(key)
        visibility = visibility_of(fields)
        _fill(fields, binding)
        if "part_of" in fields:
            fields["part_of"] = tuple(_identified(resource_id, binding.source, part) for part in fields["part_of"])
        if fields.get("kind") is None:
            fields["kind"] = "other"
        if fields.get("access") is None:
            fields["access"] = "public" if visibility == public else "restricted"
        return Record(
            id=_identified(resource_id, binding.source, text),
            source=binding.source,
            key=text,
            tier=binding.tier,
            visibility=visibility,
            definition_version=binding.version,
            **fields,
        )

    return finish


def _finish_library(binding: Binding) -> Callable[[Key, dict[str, Any]], Library]:
    visibility_of = _visibility_of(binding)

    def finish(key: Key, fields: dict[str, Any]) -> Library:
        text = native_key(key)
        visibility = visibility_of(fields) if "visibility" in fields else (PUBLIC,)
        _fill(fields, binding)
        return Library(
            id=_identified(library_id, binding.source, text),
            source=binding.source,
            key=text,
            tier=binding.tier,
            visibility=visibility,
            **fields,
        )

    return finish


def _finish_institution(binding: Binding) -> Callable[[Key, dict[str, Any]], Institution]:
    def finish(_key: Key, fields: dict[str, Any]) -> Institution:
        return Institution(id=institution_id(fields["code"]), **fields)

    return finish


def _finish_live(_binding: Binding) -> Callable[[Key, dict[str, Any]], LiveDetails]:
    def finish(key: Key, fields: dict[str, Any]) -> LiveDetails:
        return LiveDetails(key=native_key(key), **fields)

    return finish


def _fill(fields: dict[str, Any], binding: Binding) -> None:
    """Take from the registration what the item leaves out; an institution's code tells its province (digits 3 and 4)."""
    institution = fields.get("institution")
    if institution is None:
        institution = fields["institution"] = binding.institution
    if institution is not None:
        fields["institution_source"] = binding.institution_source
    if fields.get("province") is None:
        fields["province"] = institution[2:4] if institution is not None else binding.province


def _identified(make: Callable[[str, str], str], source: str, key: str) -> str:
    try:
        return make(source, key)
    except ValueError as error:
        raise ItemSpoiled("identifier", str(error)) from error


FINISH: Mapping[Collection, Callable[[Binding], Callable[[Key, dict[str, Any]], Mapped]]] = {
    Collection.RESOURCES: _finish_record,
    Collection.LIBRARIES: _finish_library,
    Collection.INSTITUTIONS: _finish_institution,
    Collection.LIVE: _finish_live,
}
"""By collection: from a binding to the function that takes a native key and the fields read."""
