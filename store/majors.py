"""The categories (大类) of the catalogue of majors of 2021, by the first two digits of a code."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType

from store.codes import Label

_NAMES = (
    Label("农林牧渔大类", "Agriculture, forestry, animal husbandry and fishery"),
    Label("资源环境与安全大类", "Resources, environment and safety"),
    Label("能源动力与材料大类", "Energy, power and materials"),
    Label("土木建筑大类", "Civil engineering and construction"),
    Label("水利大类", "Water conservancy"),
    Label("装备制造大类", "Equipment manufacturing"),
    Label("生物与化工大类", "Biology and chemical industry"),
    Label("轻工纺织大类", "Light industry and textiles"),
    Label("食品药品与粮食大类", "Food, drugs and grain"),
    Label("交通运输大类", "Transport"),
    Label("电子与信息大类", "Electronics and information"),
    Label("医药卫生大类", "Medicine and health"),
    Label("财经商贸大类", "Finance, economics and trade"),
    Label("旅游大类", "Tourism"),
    Label("文化艺术大类", "Culture and art"),
    Label("新闻传播大类", "Journalism and communication"),
    Label("教育与体育大类", "Education and sports"),
    Label("公安与司法大类", "Public security and justice"),
    Label("公共管理与服务大类", "Public administration and services"),
)

_LEVELS = {
    21: Label("职业本科", "vocational bachelor"),
    41: Label("高职专科", "higher vocational"),
    61: Label("中职", "secondary vocational"),
}
"""By the number of its first category, each level of the catalogue. The categories stand in the same order in each."""

CATEGORIES: Mapping[str, Label] = MappingProxyType(
    {
        f"2021:{first + place}": Label(f"{name.zh}（{level.zh}）", f"{name.en} ({level.en})")
        for (first, level), (place, name) in product(_LEVELS.items(), enumerate(_NAMES))
    }
)
"""By `year:digits`, as the index counts them; the levels have categories of the same names."""
