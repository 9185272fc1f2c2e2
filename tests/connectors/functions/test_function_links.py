"""Links: repaired, vetted, and never a way to a person or into a network."""

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from connectors.functions.links import url
from connectors.functions.place import Place

PLACE = Place()
PORTAL = Place(base_url="https://www.example.cn/portal/index.html")


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        # as the national portal and the course platforms send them
        ("https://2025smartedu.qiyukeji.cn/Antenna/", "https://2025smartedu.qiyukeji.cn/Antenna/"),
        (
            "http://yq.keming365.com:8181/webclient/?appliId=1135961249524219904&appliType",
            "http://yq.keming365.com:8181/webclient/?appliId=1135961249524219904&appliType",
        ),
        ("58.56.66.170:8181/webclient/?appliId=1044575898767982592", "http://58.56.66.170:8181/webclient/?appliId=1044575898767982592"),
        ("//www.icve.com.cn/course", "https://www.icve.com.cn/course"),
        ("www.icve.com.cn/course", "http://www.icve.com.cn/course"),
        ("icve.com.cn:8080/a", "http://icve.com.cn:8080/a"),
        ("icve.com.cn:443/a", "https://icve.com.cn/a"),
        ("http://a.cn/play?id=1×tamp=1746860910869", "http://a.cn/play?id=1&timestamp=1746860910869"),
        ("http://a.cn/play?id=1®ion=33§ion=2¶m=x", "http://a.cn/play?id=1&region=33&section=2&param=x"),
        ("http://a.cn/?q=3×4", "http://a.cn/?q=3%C3%974"),
        ("http://a.cn/play?id=1&amp;page=2&#38;x=3&amp;amp;y=4", "http://a.cn/play?id=1&page=2&x=3&y=4"),
        # blanks, Chinese, full-width
        (" http://a.cn/课件 第1讲.ppt\n", "http://a.cn/%E8%AF%BE%E4%BB%B6%20%E7%AC%AC1%E8%AE%B2.ppt"),
        ("http://a.cn/%E8%AF%BE?x=100%&y=%2F", "http://a.cn/%E8%AF%BE?x=100%25&y=%2F"),
        ("http://a.cn/课（1）.pdf", "http://a.cn/%E8%AF%BE%EF%BC%881%EF%BC%89.pdf"),
        ("ｈｔｔｐ：／／ａ．ｃｎ／ｂ？ｃ＝１", "http://a.cn/b?c=1"),
        ("http：//www.a.cn／b", "http://www.a.cn/b"),
        ("http://a。cn/b", "http://a.cn/b"),
        ("http://a.cn？x=1", "http://a.cn?x=1"),
        ("http://a.cn/b。", "http://a.cn/b"),
        ("http://职教.中国/", "http://xn--wcvu31d.xn--fiqs8s/"),
        # schemes and hosts written carelessly
        ("http://http://a.cn/b", "http://a.cn/b"),
        ("http://https://a.cn/b", "https://a.cn/b"),
        ("http:/a.cn/b", "http://a.cn/b"),
        ("http://www..bjpc.edu.cn", "http://www.bjpc.edu.cn"),
        ("http//a.cn/b", "http://a.cn/b"),
        ("http:\\\\a.cn\\b", "http://a.cn/b"),
        ("HTTPS://A.CN:443/B", "https://a.cn/B"),
        ("http://a.cn.:80", "http://a.cn"),
        ("http://[2001:4860:4860::8888]:8080/", "http://[2001:4860:4860::8888]:8080/"),
        ("http://a.cn/b/?u=http://b.cn/c", "http://a.cn/b/?u=http://b.cn/c"),
        ("https://a.cn/#/course/12", "https://a.cn/#/course/12"),
        ("https://a.cn/?token=&id=5", "https://a.cn/?token=&id=5"),
        ("https://a.cn/?sign=", "https://a.cn/?sign="),
        ("https://a.cn/?keyword=design&signal=1&username", "https://a.cn/?keyword=design&signal=1&username"),
    ],
)
def test_a_link_is_repaired(native: str, expected: str) -> None:
    assert url(native, PLACE) == expected
    assert url(expected, PLACE) == expected


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("doc/g@6AF2D2803BC0D2579D55448F9305CD9F.doc", "https://www.example.cn/portal/doc/g@6AF2D2803BC0D2579D55448F9305CD9F.doc"),
        ("/课件", "https://www.example.cn/%E8%AF%BE%E4%BB%B6"),
        ("?id=1", "https://www.example.cn/portal/index.html?id=1"),
        ("../../../../etc", "https://www.example.cn/etc"),
        ("//other.cn/x", "https://other.cn/x"),
        ("www.other.cn", "http://www.other.cn"),
    ],
)
def test_a_relative_link_is_resolved_against_the_base(native: str, expected: str) -> None:
    assert url(native, PORTAL) == expected


@pytest.mark.parametrize("native", [None, "", "#", "-", "无", "null", "http://", "https：//", "//", "about:blank"])
def test_a_placeholder_is_none(native: object) -> None:
    assert url(native, PORTAL) is None


@pytest.mark.parametrize(
    ("native", "complaint"),
    [
        ("javascript:alert(1)", "javascript"),
        ("JavaScript:void(0)", "javascript"),
        ("java\nscript:alert(1)", "javascript"),
        ("\u200bjava\tscript:alert(1)", "javascript"),
        ("ｊａｖａｓｃｒｉｐｔ：alert(1)", "javascript"),
        ("javascript:0", "javascript"),
        ("javascript://a.cn/%0aalert(1)", "javascript"),
        ("data:text/html,<script>alert(1)</script>", "data"),
        ("vbscript:x", "vbscript"),
        ("file:///etc/passwd", "file"),
        ("C:\\课件\\1.ppt", "'c'"),
        ("ftp://a.cn/x", "ftp"),
        ("mailto:zhang@school.edu.cn", "mailto"),
        ("zhang@school.edu.cn", "never published"),
        ("http://admin:hunter2@a.cn/", "user-info"),
        ("http://a.cn\\@b.cn@c.cn:x@d.cn/", None),
        ("//admin@a.cn/", "user-info"),
        ("http://ａｄｍｉｎ＠a.cn/", "user-info"),
        ("http://2130706433/", "unusual spelling"),
        ("http://0x7f.1/", "unusual spelling"),
        ("http://0177.0.0.1/", "unusual spelling"),
        ("http://127.1/", "unusual spelling"),
        ("http://%31%32%37.0.0.1/", "no domain name"),
        ("http://.a.cn/", "no domain name"),
        ("http://-a.cn/", "no domain name"),
        ("http://[::1/", "IPv6"),
        ("http://a.cn:99999/", "65535"),
        ("http://:80/", "no host"),
        ("http://?x", "no host"),
        ("http://" + "a" * 300 + ".cn/", "253"),
        ("http://" + "职" * 300 + ".cn/", "253"),
        ("http://a.cn/1.mp4,http://a.cn/2.mp4", "more than one"),
        ("http://a.cn/1.mp4\nhttp://a.cn/2.mp4", "more than one"),
        ("http://a.cn/" + "x" * 9000, "at most 8000"),
        ("http://a.cn/" + "课" * 2000, "at most 8000"),
        ("doc/1.doc", "declare base_url"),
        (b"http://a.cn/", "bytes"),
    ],
)
def test_what_may_not_be_a_link_is_refused_and_not_repeated(native: object, complaint: str | None) -> None:
    if complaint is None:  # a backslash ends the host, as in a browser: the rest is only a path
        assert urlsplit(url(native, PLACE) or "").hostname == "a.cn"
        return
    with pytest.raises(ValueError, match=complaint) as refused:
        url(native, PLACE)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.0.0.5:8080", "192.168.1.20", "172.16.3.4", "169.254.169.254", "100.64.1.1", "0.0.0.0", "224.0.0.1",
        "168.63.129.16", "１９２．１６８．１．１", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "[ff02::1]", "localhost", "portal", "nas.local", "oa.school.internal", "git.corp", "router.lan", "db.home.arpa", "x.localhost.",
        "icve.oss-cn-hangzhou-internal.aliyuncs.com", "vpc100-oss-cn-beijing.aliyuncs.com", "files.intranet.school.edu.cn",
        "oss-internal.a.cn",
    ],
)  # fmt: skip
def test_a_host_that_exists_only_inside_a_network_is_dropped(host: str) -> None:
    assert url(f"http://{host}/x.mp4", PLACE) is None


@pytest.mark.parametrize(
    "parameter",
    [
        "accessKey=IAGF38SR7UTAAJou", "signature=VVaf%2Ba4%3D", "token=a", "access_token=a", "accessToken=a", "userId=adc4", "user_id=5",
        "userName=%E7%AE%A1%E7%90%86%E5%91%98", "password=a", "pwd=1", "X-Amz-Signature=a", "OSSAccessKeyId=a", "sig=a", "auth_key=1-0-0-a",
        "x-oss-security-token=a", "sessionId=1", "mobile=13800000000", "idCard=1", "stuNo=1", "user[]=1", "user.password=a", "TOKEN=a",
        "t%6Fken=a", "redirect=https%3A%2F%2Fb.cn%2F%3Ftoken%3Da", "r=https%253A%252F%252Fb.cn%252F%253Ftoken%253Da",
        "appendix=%7B%22userId%22%3A%20345%7D", "id=1×tamp=2&amp;token=a", "id=1;jsessionid=a",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", ["?", "?id=7&", "#/play?", ";"])
def test_a_link_that_carries_a_credential_or_a_person_is_removed(parameter: str, mark: str) -> None:
    assert url(f"https://a.cn/play{mark}{parameter}", PLACE) is None


PARTS = st.sampled_from(
    ["http", "https", ":", "/", "//", "\\", "a.cn", "职教.中国", "。", "．", "：",
     "／", "？", "＃", "?", "#", "&", "&amp;", "&#38;", "amp;",
     "%", "%2", "%41", "×tamp=", "§ion=", "=", "@", ";", ",", " ", "\n", "\u200b", "课", "x", "1.2.3.4", ":80", ":443", "[", "]",
     "..", ".", "'", "\ud800", "|"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=14).map("".join) | st.text())
@example("http://a.cn?&a&am&amp;p;")
def test_repairing_twice_changes_nothing_and_gives_plain_http(native: str) -> None:
    for place in (PLACE, PORTAL):
        for written in (native, "http://a.cn/" + native, "https://a.cn?" + native):
            try:
                once = url(written, place)
            except ValueError:
                continue
            if once is None:
                continue
            assert once.isascii()
            assert once.isprintable()
            assert " " not in once
            assert url(once, PLACE) == once
            parts = urlsplit(once)
            assert parts.scheme in ("http", "https")
            assert parts.hostname
            assert "." in parts.hostname or ":" in parts.hostname
            assert parts.username is None


@given(st.text(min_size=1))
def test_a_credential_is_found_whatever_stands_around_it(around: str) -> None:
    assume(not any("\ud800" <= character <= "\udfff" for character in around))
    assert url(f"https://a.cn/{quote(around, safe='')}?q={quote(around, safe='')}&token=secret", PLACE) is None
