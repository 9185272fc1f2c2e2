"""One spelling for the bindings of LOM: IEEE 1484.12.3, and IMS 1.2 with its lower-case names, as SCORM 1.2 packages carry it."""

from __future__ import annotations

from typing import Any

NAMESPACES = (
    "http://ltsc.ieee.org/xsd/LOM",
    "http://ltsc.ieee.org/xsd/LOMv1p0",
    "http://www.imsglobal.org/xsd/imsmd_rootv1p2p1",
    "http://www.imsproject.org/xsd/imsmd_rootv1p2p1",
    "http://www.imsglobal.org/xsd/imsmd_v1p2",
    "http://www.imsglobal.org/xsd/ims_lom_v1p0",
)

_MIXED = (
    *("aggregationLevel", "contextOfUse", "dateTime", "educationalLevel", "installationRemarks", "intendedEndUserRole"),
    *("interactivityLevel", "interactivityType", "learningResourceType", "lifeCycle", "maximumVersion", "metaMetadata"),
    *("metadataSchema", "minimumVersion", "orComposite", "otherPlatformRequirements", "semanticDensity", "taxonPath"),
    *("typicalAgeRange", "typicalLearningTime", "copyrightAndOtherRestrictions"),
)
_CANONICAL = {name.lower(): name for name in _MIXED} | {
    "langstring": "string",
    "centity": "entity",
    "catalogentry": "identifier",
    "metadatascheme": "metadataSchema",
}

_LENGTHS = frozenset({"duration", "typicalLearningTime"})
_STRING, _CARD = "lom:string", "lom:vcard"


def canonical(local: str) -> str:
    """The name of IEEE 1484.12.3 for a name in any binding."""
    return _CANONICAL.get(local.lower(), local)


def tidied(parent: str, local: str, value: Any) -> tuple[str, Any]:
    """The name and value of IEEE 1484.12.3 for an element below `parent`.

    IMS 1.2 wraps words of vocabularies and catalogue entries in a langstring, vCards in an element, and lengths in a datetime.
    """
    if local == "dateTime" and parent in _LENGTHS:
        return "duration", value
    if isinstance(value, dict):
        plain = local == "value" or (local == "source" and parent != "taxonPath") or (local == "entry" and parent != "taxon")
        if plain and all(key.partition("@")[0] == _STRING for key in value):
            return local, value[_STRING][0]
        if local == "entity" and _CARD in value:
            return local, value[_CARD][0]
    return local, value
