"""Characters of Chinese names with their pinyin, and how often surnames occur."""

# surnames by frequency: characters with pinyin, in groups that share a weight (per ten thousand)
_SURNAMES = {
    700: "王Wang 李Li 张Zhang",
    520: "刘Liu 陈Chen",
    300: "杨Yang 黄Huang 赵Zhao 吴Wu 周Zhou",
    150: "徐Xu 孙Sun 马Ma 朱Zhu 胡Hu 郭Guo 何He 高Gao 林Lin 罗Luo",
    90: "郑Zheng 梁Liang 谢Xie 宋Song 唐Tang 许Xu 韩Han 冯Feng 邓Deng 曹Cao 彭Peng 曾Zeng",
    60: "肖Xiao 田Tian 董Dong 袁Yuan 潘Pan 于Yu 蒋Jiang 蔡Cai 余Yu 杜Du 叶Ye 程Cheng 苏Su 魏Wei",
    45: "吕Lv 丁Ding 任Ren 沈Shen 姚Yao 卢Lu 姜Jiang 崔Cui 钟Zhong 谭Tan 陆Lu 汪Wang 范Fan 金Jin",
    30: "石Shi 廖Liao 贾Jia 夏Xia 韦Wei 付Fu 方Fang 白Bai 邹Zou 孟Meng 熊Xiong 秦Qin 邱Qiu 江Jiang",
    22: "尹Yin 薛Xue 闫Yan 段Duan 雷Lei 侯Hou 龙Long 史Shi 陶Tao 黎Li 贺He 顾Gu 毛Mao 郝Hao 龚Gong",
    18: (
        "邵Shao 万Wan 钱Qian 严Yan 覃Qin 武Wu 戴Dai 莫Mo 孔Kong 向Xiang 汤Tang 常Chang 温Wen 康Kang"
    ),
    12: "施Shi 文Wen 牛Niu 樊Fan 葛Ge 邢Xing 安An 齐Qi 易Yi 乔Qiao 伍Wu 庞Pang 颜Yan 倪Ni 庄Zhuang",
    8: "聂Nie 章Zhang 鲁Lu 岳Yue 翟Zhai 殷Yin 詹Zhan 申Shen 欧Ou 耿Geng 关Guan 兰Lan 焦Jiao 俞Yu",
    5: (
        "左Zuo 柳Liu 甘Gan 祝Zhu 包Bao 宁Ning 尚Shang 符Fu 舒Shu 阮Ruan 柯Ke 纪Ji 梅Mei "
        "童Tong 凌Ling"
    ),
    3: (
        "毕Bi 单Shan 季Ji 裴Pei 霍Huo 涂Tu 成Cheng 苗Miao 谷Gu 盛Sheng 曲Qu 翁Weng 冉Ran "
        "骆Luo 蓝Lan"
    ),
}
_MALE = (
    "伟Wei 强Qiang 磊Lei 军Jun 勇Yong 杰Jie 涛Tao 超Chao 明Ming 刚Gang 平Ping 辉Hui 鹏Peng "
    "斌Bin 波Bo 宇Yu 浩Hao 凯Kai 健Jian 俊Jun 帆Fan 帅Shuai 旭Xu 宁Ning 龙Long 林Lin 阳Yang "
    "峰Feng 东Dong 建Jian 国Guo 华Hua 志Zhi 文Wen 海Hai 德De 庆Qing 荣Rong 祥Xiang 光Guang "
    "成Cheng 新Xin 春Chun 振Zhen 立Li 永Yong 学Xue 家Jia 子Zi 天Tian 博Bo 轩Xuan 睿Rui 航Hang "
    "毅Yi 晨Chen 昊Hao 然Ran 翔Xiang 宏Hong 泽Ze 嘉Jia 瑞Rui 皓Hao 铭Ming 景Jing 绍Shao 伦Lun "
    "启Qi 世Shi 元Yuan 正Zheng 兴Xing 发Fa 福Fu 贵Gui 义Yi 仁Ren 信Xin 忠Zhong 良Liang 树Shu "
    "根Gen 坤Kun 松Song 柏Bai 泉Quan 江Jiang 河He 山Shan 岩Yan 亮Liang 星Xing 云Yun 雷Lei "
    "震Zhen 霖Lin 恒Heng 康Kang 胜Sheng 利Li 彬Bin 钧Jun 锋Feng 钢Gang 鑫Xin 奇Qi 远Yuan 思Si "
    "哲Zhe 达Da 弘Hong 朗Lang 逸Yi 乐Le 安An 承Cheng"
)
_FEMALE = (
    "芳Fang 娜Na 敏Min 静Jing 丽Li 艳Yan 娟Juan 霞Xia 燕Yan 玲Ling 婷Ting 雪Xue 慧Hui 红Hong "
    "玉Yu 兰Lan 英Ying 梅Mei 莉Li 洁Jie 琳Lin 颖Ying 倩Qian 蕾Lei 薇Wei 莹Ying 雯Wen 欣Xin "
    "怡Yi 佳Jia 瑶Yao 涵Han 萱Xuan 悦Yue 琪Qi 梦Meng 璐Lu 菲Fei 晴Qing 媛Yuan 姗Shan 珊Shan "
    "丹Dan 妍Yan 茜Qian 露Lu 冰Bing 秀Xiu 凤Feng 珍Zhen 桂Gui 淑Shu 惠Hui 爱Ai 琴Qin 素Su "
    "云Yun 莲Lian 荷He 萍Ping 蓉Rong 菊Ju 月Yue 巧Qiao 美Mei 香Xiang 花Hua 彩Cai 翠Cui 银Yin "
    "娇Jiao 妮Ni 婉Wan 诗Shi 语Yu 馨Xin 雅Ya 嫣Yan 如Ru 可Ke 心Xin 依Yi 紫Zi 若Ruo 曦Xi "
    "晓Xiao 小Xiao 青Qing 春Chun 秋Qiu 冬Dong 夏Xia 霜Shuang 虹Hong 瑾Jin 瑜Yu 璇Xuan 珂Ke "
    "苗Miao 芸Yun 芬Fen 茹Ru 荣Rong 蓓Bei 岚Lan 宜Yi 宁Ning"
)
_FIRM = (
    "鸿Hong 达Da 鑫Xin 源Yuan 盛Sheng 泰Tai 恒Heng 瑞Rui 祥Xiang 通Tong 隆Long 昌Chang 宏Hong "
    "远Yuan 华Hua 信Xin 天Tian 成Cheng 永Yong 兴Xing 金Jin 鼎Ding 博Bo 雅Ya 卓Zhuo 越Yue "
    "中Zhong 联Lian 东Dong 方Fang 新Xin 世Shi 纪Ji 海Hai 纳Na 百Bai 川Chuan 嘉Jia 禾He 润Run "
    "丰Feng 正Zheng 大Da 光Guang 明Ming 凯Kai 旋Xuan 星Xing 河He 立Li 诚Cheng 众Zhong 合He "
    "创Chuang 维Wei 科Ke 力Li"
)
_INDUSTRY = "制造Zhizao 商贸Shangmao 科技Keji 建筑Jianzhu 物流Wuliu 服务Fuwu"
_TRADITIONAL = (
    "张張 刘劉 陈陳 杨楊 赵趙 吴吳 孙孫 马馬 罗羅 郑鄭 谢謝 许許 韩韓 冯馮 邓鄧 萧蕭 苏蘇 "
    "吕呂 卢盧 钟鍾 谭譚 陆陸 贾賈 韦韋 邹鄒 闫閆 龙龍 贺賀 顾顧 龚龔 万萬 钱錢 严嚴 汤湯 "
    "温溫 齐齊 庞龐 颜顏 庄莊 聂聶 鲁魯 欧歐 关關 兰蘭 宁寧 纪紀 毕畢 单單 骆駱 蓝藍 伟偉 "
    "强強 军軍 杰傑 涛濤 刚剛 辉輝 鹏鵬 东東 国國 华華 丽麗 艳豔 红紅 莹瑩 凤鳳 银銀 爱愛 "
    "莲蓮 静靜 云雲 阳陽 峰峯 庆慶 荣榮 学學 泽澤 铭銘 兴興 义義"
)

Characters = tuple[tuple[str, ...], tuple[str, ...]]


def _pairs(text: str) -> Characters:
    """Characters, and the pinyin of each, of a list such as "王Wang 李Li"."""
    words = text.split()
    cut = [next(i for i, letter in enumerate(word) if letter.isascii()) for word in words]
    characters = tuple(word[:i] for word, i in zip(words, cut, strict=True))
    return characters, tuple(word[i:] for word, i in zip(words, cut, strict=True))


SURNAMES = _pairs(" ".join(_SURNAMES.values()))
SURNAME_WEIGHTS = tuple(
    weight for weight, names in _SURNAMES.items() for _ in range(len(names.split()))
)
MALE_COUNT = len(_MALE.split())
GIVEN = _pairs(f"{_MALE} {_FEMALE}")
FIRM = _pairs(_FIRM)
INDUSTRY = _pairs(_INDUSTRY)
TRADITIONAL = {pair[0]: pair[1] for pair in _TRADITIONAL.split()}
