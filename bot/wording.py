"""What is wrong with values from outside, in a sentence for whoever sent them."""

from pydantic_core import ErrorDetails

_LONGEST_PLACE = 200


def place_of(detail: ErrorDetails) -> str:
    """`budget.min`, without the names pydantic gives to the choices of a union."""
    return ".".join(
        str(step) for step in detail["loc"] if not (isinstance(step, str) and _names_a_type(step))
    )[:_LONGEST_PLACE]


def _names_a_type(step: str) -> bool:
    return step == "BudgetGiven" or "[" in step


_SENTENCES = {
    "missing": "缺少这个字段",
    "extra_forbidden": "没有这个字段",
    "string_type": "应为文字",
    "string_too_long": "不能多于 {max_length} 个字",
    "string_too_short": "不能是空的",
    "dict_type": "应为一个对象",
    "model_type": "应为文字，或 min、max、currency 组成的对象",
    "int_type": "应为数字",
    "float_type": "应为数字",
    "finite_number": "应为有限的数",
    "literal_error": "只能是 {expected}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "value_error": "{error}",
}


def in_words(detail: ErrorDetails) -> str:
    sentence = _SENTENCES.get(detail["type"])
    return sentence.format(**detail.get("ctx", {})) if sentence else "不是可以用的值"
