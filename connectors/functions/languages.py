"""Languages as BCP 47 tags, out of codes and names."""

import re
from functools import lru_cache

from connectors.functions.place import Place
from connectors.functions.texts import as_token, shown

# ISO 639-1; ISO 639-2 and -3; names in Chinese and English.
_LANGUAGES = (
    (
        "zh",
        "zho chi cmn",
        "中文 汉语 汉文 华语 国语 普通话 中国语 简体中文 中文简体 简体 chinese mandarin simplified-chinese chinese-simplified",
    ),
    ("zh-Hant", "cht", "繁体中文 繁体 繁體中文 繁體 正体中文 正體中文 中文繁体 traditional-chinese chinese-traditional"),
    ("yue", "yue", "粤语 广东话 cantonese"),
    ("en", "eng", "英语 英文 english"),
    ("ja", "jpn", "日语 日文 日本语 japanese"),
    ("ko", "kor", "韩语 韩文 朝鲜语 朝鲜文 korean"),
    ("ru", "rus", "俄语 俄文 russian"),
    ("fr", "fra fre", "法语 法文 french"),
    ("de", "deu ger", "德语 德文 german"),
    ("es", "spa", "西班牙语 西班牙文 西语 spanish"),
    ("pt", "por", "葡萄牙语 葡语 portuguese"),
    ("it", "ita", "意大利语 意大利文 italian"),
    ("ar", "ara", "阿拉伯语 阿拉伯文 arabic"),
    ("bo", "bod tib", "藏语 藏文 tibetan"),
    ("ug", "uig", "维吾尔语 维吾尔文 维语 维文 uyghur uighur"),
    ("mn", "mon", "蒙古语 蒙古文 蒙语 蒙文 mongolian"),
    ("kk", "kaz", "哈萨克语 哈萨克文 哈语 kazakh"),
    ("ky", "kir", "柯尔克孜语 吉尔吉斯语 kyrgyz"),
    ("ii", "iii", "彝语 彝文 nuosu yi"),
    ("za", "zha", "壮语 壮文 zhuang"),
    ("th", "tha", "泰语 泰文 thai"),
    ("vi", "vie", "越南语 越南文 vietnamese"),
    ("lo", "lao", "老挝语 lao"),
    ("km", "khm", "柬埔寨语 高棉语 khmer"),
    ("my", "mya bur", "缅甸语 缅文 burmese"),
    ("ms", "msa may", "马来语 马来文 malay"),
    ("id", "ind", "印度尼西亚语 印尼语 indonesian"),
    ("tl", "tgl", "他加禄语 菲律宾语 tagalog filipino"),
    ("hi", "hin", "印地语 hindi"),
    ("ur", "urd", "乌尔都语 urdu"),
    ("bn", "ben", "孟加拉语 bengali"),
    ("ne", "nep", "尼泊尔语 nepali"),
    ("fa", "fas per", "波斯语 persian"),
    ("tr", "tur", "土耳其语 turkish"),
    ("he", "heb", "希伯来语 hebrew"),
    ("sw", "swa", "斯瓦希里语 swahili"),
    ("nl", "nld dut", "荷兰语 dutch"),
    ("pl", "pol", "波兰语 polish"),
    ("uk", "ukr", "乌克兰语 ukrainian"),
    ("cs", "ces cze", "捷克语 czech"),
    ("sk", "slk slo", "斯洛伐克语 slovak"),
    ("hu", "hun", "匈牙利语 hungarian"),
    ("ro", "ron rum", "罗马尼亚语 romanian"),
    ("bg", "bul", "保加利亚语 bulgarian"),
    ("sr", "srp", "塞尔维亚语 serbian"),
    ("el", "ell gre", "希腊语 greek"),
    ("sv", "swe", "瑞典语 swedish"),
    ("fi", "fin", "芬兰语 finnish"),
    ("da", "dan", "丹麦语 danish"),
    ("no", "nor", "挪威语 norwegian"),
    ("la", "lat", "拉丁语 latin"),
    ("eo", "epo", "世界语 esperanto"),
)
_KNOWN = {name: tag for tag, codes, names in _LANGUAGES for name in (tag.lower(), *codes.split(), *names.split())}
# The rest of ISO 639-1: known as codes only.
_OTHERS = (
    "aa ab ae af ak am an as av ay az ba be bi bm br bs ca ce ch co cr cu cv cy dv dz ee et eu ff fj fo fy ga gd gl gn gu "
    "gv ha ho hr ht hy hz ia ie ig ik io is iu jv ka kg ki kj kl kn kr ks ku kv kw lb lg li ln lt lu lv mg mh mi mk ml mr "
    "mt na nb nd ng nn nr nv ny oc oj om or os pa pi ps qu rm rn rw sa sc sd se sg si sl sm sn so sq ss st su ta te tg ti "
    "tk tn to ts tt tw ty uz ve vo wa wo xh yi yo zu"
)
_CODES = frozenset(_OTHERS.split())
_UNSAID = frozenset(("und", "mul", "mis", "zxx", "x-none", "xx", "none", "其他", "其它", "other"))  # ISO 639-2, LOM's x-none
_TAG = re.compile(r"([a-z]{2,3})((?:-[a-z0-9]{1,8})*)(?:[.@][a-z0-9-]*)?")
_TRADITIONAL = frozenset(("hant", "tw", "hk", "mo"))


def language(value: object, place: Place) -> str | None:
    """A BCP 47 tag of language alone, and of script for traditional Chinese: zh, zh-Hant, en, bo.

    Reads BCP 47, POSIX (zh_CN.UTF-8), ISO 639-1, -2 and -3, and names in Chinese and English. None for und, mul, zxx and
    x-none. Raises ValueError for what it does not know.
    """
    token = as_token(value)
    return None if token is None else _language(token)


@lru_cache(maxsize=1024)
def _language(token: str) -> str | None:
    name = re.sub(r"[\s_()]+", "-", token.lower()).strip("-")
    if name in _UNSAID:
        return None
    if (known := _KNOWN.get(name) or _KNOWN.get(name.replace("-", ""))) is not None:
        return known
    if (read := _TAG.fullmatch(name)) is not None:
        primary = read[1] if read[1] in _CODES else _KNOWN.get(read[1])
        if primary == "zh":
            return _chinese(read[2][1:].split("-"))
        if primary is not None:
            return primary
    raise ValueError(f"{shown(token)} is no language that is known here: a BCP 47 tag (zh, en) or a name (中文, English) is expected")


def _chinese(subtags: list[str]) -> str:
    if "yue" in subtags:  # zh-yue, the extended form of yue (RFC 5646, 2.2.2)
        return "yue"
    return "zh-Hant" if "hans" not in subtags and not _TRADITIONAL.isdisjoint(subtags) else "zh"
