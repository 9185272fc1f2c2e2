"""Invented institutions and persons: their names carry 示例, and no real institution has these codes."""

from typing import NamedTuple


class Institution(NamedTuple):
    """Ten digits of 学校（机构）标识码 (digits 3 and 4 are the province) and the name."""

    code: str
    name: str

    @property
    def province(self) -> str:
        """Two digits of GB/T 2260."""
        return self.code[2:4]


HANGZHOU = Institution("4133010001", "杭州示例职业技术学院")

NINGBO = Institution("4133020001", "宁波示例职业技术学院")

INSTITUTIONS = (
    HANGZHOU,
    NINGBO,
    Institution("3633030001", "温州示例中等职业学校"),
    Institution("4144010001", "广州示例职业技术学院"),
    Institution("4144030001", "深圳示例职业技术大学"),
    Institution("3644060001", "佛山示例中等职业学校"),
    Institution("4132050001", "苏州示例职业技术学院"),
    Institution("4137020001", "青岛示例职业技术学院"),
    Institution("4143010001", "长沙示例职业技术学院"),
    Institution("4150010001", "重庆示例工程职业学院"),
    Institution("4151010001", "成都示例职业技术学院"),
    Institution("4161010001", "西安示例航空职业学院"),
    Institution("4165010001", "乌鲁木齐示例职业大学"),
    Institution("4166010001", "石河子示例职业技术学院"),
)
PEOPLE = (
    *(f"示例教师{stem}" for stem in "甲乙丙丁戊己庚辛壬癸"),
    *(f"{surname}示例" for surname in "张王李赵陈刘杨黄周吴"),
)
