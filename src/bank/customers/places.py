"""Where customers live: provinces with their codes, cities, districts, roads."""

from dataclasses import dataclass

# in the order of people.REGIONS: two digits of the code, name, short name, pinyin, then districts
# by city; a municipality's districts stand under an empty city
_PROVINCES = (
    ("11", "北京市", "北京", "Beijing", {"": "东城区 西城区 朝阳区 海淀区 丰台区 通州区"}),
    ("31", "上海市", "上海", "Shanghai", {"": "黄浦区 徐汇区 静安区 浦东新区 闵行区 宝山区"}),
    (
        "44",
        "广东省",
        "广东",
        "Guangdong",
        {
            "广州市": "天河区 越秀区 番禺区",
            "深圳市": "南山区 福田区 龙岗区",
            "佛山市": "禅城区 顺德区",
            "珠海市": "香洲区 斗门区",
        },
    ),
    (
        "33",
        "浙江省",
        "浙江",
        "Zhejiang",
        {
            "杭州市": "西湖区 滨江区 余杭区",
            "宁波市": "海曙区 鄞州区",
            "温州市": "鹿城区 瓯海区",
            "绍兴市": "越城区 柯桥区",
        },
    ),
    (
        "32",
        "江苏省",
        "江苏",
        "Jiangsu",
        {
            "南京市": "玄武区 鼓楼区 江宁区",
            "苏州市": "姑苏区 吴中区",
            "无锡市": "梁溪区 滨湖区",
            "常州市": "天宁区 武进区",
        },
    ),
    (
        "51",
        "四川省",
        "四川",
        "Sichuan",
        {
            "成都市": "锦江区 武侯区 青羊区",
            "绵阳市": "涪城区 游仙区",
            "德阳市": "旌阳区 罗江区",
        },
    ),
    (
        "42",
        "湖北省",
        "湖北",
        "Hubei",
        {
            "武汉市": "江岸区 武昌区 洪山区",
            "宜昌市": "西陵区 夷陵区",
            "襄阳市": "襄城区 樊城区",
        },
    ),
    (
        "35",
        "福建省",
        "福建",
        "Fujian",
        {
            "福州市": "鼓楼区 台江区 晋安区",
            "厦门市": "思明区 湖里区 集美区",
            "泉州市": "丰泽区 鲤城区",
        },
    ),
)
_ROADS = (
    "人民路 解放路 建设路 中山路 和平路 新华路 文化路 东风路 胜利路 朝阳路 长江路 黄河路 "
    "北京路 南京路 上海路 友谊路 光明路 幸福路 团结路 振兴路 迎宾路 学院路 科技路 工业路 "
    "滨江路 湖滨路 环城路 体育路 公园路 车站路 桃园路 梅园路 柳林路 松江路 青年路 健康路 "
    "富强路 民生路 民主路 民族路 花园路 金山路 银河路 凤凰路 龙泉路 玉泉路 翠竹路 红旗路 "
    "前进路 创新路 创业路 锦绣路 云山路 天山路 泰山路 华山路 嵩山路 昆仑路 珠江路 淮海路"
)
_ESTATES = (
    "阳光花园 翠湖苑 锦绣家园 金色港湾 碧水湾 东方名苑 世纪城 绿城小区 丽景苑 和谐家园 幸福里 "
    "紫荆花园 御景湾 香樟园 枫林苑 水岸新城 嘉和苑 天鹅湖 凤凰城 桂花园 玫瑰园 星河湾 银杏苑 "
    "春江花园"
)
ROADS = tuple(_ROADS.split())
ESTATES = tuple(_ESTATES.split())


@dataclass(frozen=True)
class _District:
    province: int
    city: str
    name: str
    code: str


def _districts() -> list[_District]:
    found = []
    for number, (code, *_, cities) in enumerate(_PROVINCES):
        for city, (name, districts) in enumerate(cities.items(), start=1):
            for place, district in enumerate(districts.split(), start=2):
                found.append(_District(number, name, district, f"{code}{city:02d}{place:02d}"))
    return found


_ALL = _districts()
PROVINCES = tuple(row[1] for row in _PROVINCES)
SHORT_PROVINCES = tuple(row[2] for row in _PROVINCES)
LATIN_PROVINCES = tuple(row[3] for row in _PROVINCES)
DISTRICT_CITY = tuple(district.city for district in _ALL)
DISTRICTS = tuple(district.name for district in _ALL)
DISTRICT_CODES = tuple(district.code for district in _ALL)
DISTRICT_PROVINCE = tuple(district.province for district in _ALL)
FIRST_DISTRICT = tuple(DISTRICT_PROVINCE.index(p) for p in range(len(_PROVINCES)))
DISTRICT_COUNT = tuple(DISTRICT_PROVINCE.count(p) for p in range(len(_PROVINCES)))
