"""What a draft may never promise: a date, compensation, a feature. Refused by rule, however it is written."""

from __future__ import annotations

import re
from functools import lru_cache

from models.drafters.folding import views

# Read on folded text (`folding.views`): simplified, half width, lower case, one view with words put together again.
_CLAUSE = r"[^,，。;；!！?？\n]"
# What a device does by itself (会自动降低, 会暂停) is a fact about it, no promise of ours.
_FUTURE = (
    r"(?:将会?|会在?(?!自动(?:降|关|断|停|暂停)|暂停|停止)|"
    r"即将|预计|计划|争取|保证|承诺|一定会?|肯定会?|马上就?|很快就?|尽快|近期|后续会?|不久|不日|稍后会?)"
)
_DELIVERY = (
    r"(?:上线|推出|推送(?!给)|发布|修复|修好|解决|支持|增加|新增|加入|优化|更新|适配|恢复|开放|实现|"
    r"升级|发货|到货|补货|处理(?:完|好)|给您答复|回复您|(?:给|帮|为)(?:您|你)(?:尽快)?(?:处理|解决|答复|回复|退|安排|跟进)|退(?:款|钱|费|还))"
)
_COUNT = r"[一二三四五六七八九十两几半\d]+"
_WHEN = (
    r"(?:今天|今日|今晚|明天|明日|后天|这?本?周内|这周|本周|下周|本月|下个?月|月底|月初|年底|年内|今年|明年|春节前|国庆前|双11前?|"
    r"(?:周|星期|礼拜)[一二三四五六日天末1-6](?:之?前|以前)?|"
    rf"{_COUNT}\s*月(?:{_COUNT}\s*[日号])?|\d{{4}}\s*年|\d{{1,2}}\s*[日号](?:之?前|以前)|"
    rf"{_COUNT}\s*(?:个)?(?:小时|分钟|天|工作日|日|周|星期|礼拜|月|季度)(?:之?内|以内|后|左右)|"
    r"过(?:几|两|三)天|过段时间|下一?个?版本|下次更新|q[1-4])"
)
_GIFT = (
    r"赔偿|赔付|赔(?:您|你|钱|给)|补偿|补差价|补(?:您|你)(?:一|差)|全额退|全款退|免费(?:更换|换新|维修|赠送|升级|延保|退换|送)|"
    r"(?:为|给|帮)(?:您|你)(?:全额)?(?:退款|退钱|退费|退还|退货退款|换新|换一台|补发|报销|免单|减免)|退款给(?:您|你)|退(?:您|你)(?:款|钱|费|\d)|退一赔|假一赔|"
    r"返现|返还现金|包退|包换|包赔|免单|赠送(?:您|你)|送(?:您|你)|赠(?:您|你)|代金券|优惠券|抵用券|红包|以旧换新补贴|双倍|现金|"
    r"(?:我们|官方|公司)承担(?:全部|所有)?(?:费用|运费|损失)"
)
_PROMISE = re.compile(
    "|".join(
        (
            rf"{_FUTURE}{_CLAUSE}{{0,20}}{_DELIVERY}",
            rf"{_WHEN}{_CLAUSE}{{0,16}}{_DELIVERY}",
            rf"(?:我们|官方|公司|客服){_CLAUSE}{{0,10}}(?:保证|承诺|担保|确保)",
            _GIFT,
            r"(?:100|百分之百|百分百)\s*%?\s*(?:解决|退|修复|有效|安全)",
            r"\b(?:we|i|our team)\s*(?:will|'ll|promise|guarantee|shall|are going to)\b|\brefund(?:ed|s)?\b"
            r"|\bcompensat\w+|\bguarantee\w*|\bfree\s+(?:of charge|replacement|upgrade|repair)\b|\bmoney\s+back\b"
            r"|\bvoucher\b|\bcoupon\b",
            r"\bwill\s+be\s+(?:fixed|released|shipped|added|available|refunded|replaced)\b",
            r"\b(?:by|on|before)\s+(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday"
            r"|tomorrow|next week|the end of)\b",
        )
    )
)


@lru_cache(maxsize=8192)
def promises(text: str) -> bool:
    """Whether a sentence promises a date, compensation or a feature, in Chinese or English, plain or disguised."""
    return any(_PROMISE.search(view) for view in views(text))
