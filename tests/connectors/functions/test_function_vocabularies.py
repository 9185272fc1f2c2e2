"""Words of well-known vocabularies become codes; what is none of them is told."""

import pytest

from connectors.functions import FUNCTIONS, Place

PLACE = Place()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("MovingImage", "video"),
        ("http://purl.org/dc/dcmitype/MovingImage", "video"),
        ("moving image", "video"),
        (["Other", "Book chapter"], "book"),
        ("Master's thesis", "document"),
        ("software, multimedia", "application"),
        ("narrative text", "document"),
        ("虚拟实验实训", "virtual_training"),
        ("Still Image", "other"),
        ([{"#text": "Course", "@type": "x"}, "?"], "course"),
        (None, None),
        ("", None),
        ([], None),
    ],
)
def test_a_word_names_a_kind(value: object, kind: str | None) -> None:
    assert FUNCTIONS["kind_of_type"].call(value, PLACE) == kind


def test_an_unknown_word_is_told() -> None:
    with pytest.raises(ValueError, match="'工艺卡' is no type that is known here: map it by a table"):
        FUNCTIONS["kind_of_type"].call(["工艺卡", "x"], PLACE)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("application/pdf", "pdf"),
        ("Video/MP4; codecs=avc1", "video"),
        (["12 pages", "text/html"], "html"),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "ppt"),
        ("application/x-unheard-of", None),
        ("12 页", None),
        (None, None),
    ],
)
def test_a_media_type_names_a_format(value: object, found: str | None) -> None:
    assert FUNCTIONS["format_of_media_type"].call(value, PLACE) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (["ISBN 7-111-1", "https://a.edu.cn/1"], "https://a.edu.cn/1"),
        ("doi:10.1000/182", "https://doi.org/10.1000/182"),
        ("hdl: 2027/x.1", "https://hdl.handle.net/2027/x.1"),
        (["http://10.0.0.8/x", "http://b.edu.cn/2"], "http://b.edu.cn/2"),
        (["oai:a:1", "a/b"], None),
        (None, None),
    ],
)
def test_the_first_address_among_identifiers(value: object, found: str | None) -> None:
    assert FUNCTIONS["first_url"].call(value, PLACE) == found
