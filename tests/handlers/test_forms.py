"""表单字典: what a source may hand in, and which channel its leads came by."""

from typing import Any

import pytest

from config.checking import Misfit, fit
from config.schemas.forms import Forms
from handlers.forms import OutsideDictionary, checked
from handlers.submission import Submission

FORMS = fit(
    Forms,
    {
        "tracking": ["channel", "utm_source"],
        "pages": ["page"],
        "dictionaries": {"科室": ["骨科", "心内科"]},
        "forms": {
            "*": {"required": ["phone"]},
            "website": {"choices": {"extra.department": "科室"}, "dates": ["extra.trial"]},
        },
    },
)


def handed_in(**given: Any) -> Submission:
    return Submission.model_validate({"external_id": "1", "phone": "13800001234", **given})


def test_a_value_outside_the_dictionary_is_refused_with_the_list() -> None:
    with pytest.raises(OutsideDictionary) as refused:
        checked(FORMS, "website", handed_in(extra={"department": "牙科"}))

    assert str(refused.value) == "科室只能填：骨科、心内科"
    assert refused.value.field == "extra.department"


def test_a_value_of_the_dictionary_is_taken_and_so_is_none() -> None:
    for extra in ({"department": "骨科"}, {"department": ""}, {}):
        assert checked(FORMS, "website", handed_in(extra=extra)).extra == extra


def test_another_source_has_its_own_rules() -> None:
    checked(FORMS, "展会", handed_in(extra={"department": "牙科"}))

    with pytest.raises(OutsideDictionary, match="phone 必须填写"):
        checked(FORMS, "展会", Submission(external_id="1", need="CT"))


def test_a_day_is_a_day() -> None:
    checked(FORMS, "website", handed_in(extra={"trial": "2026-03-18"}))

    with pytest.raises(OutsideDictionary, match="应为日期"):
        checked(FORMS, "website", handed_in(extra={"trial": "下周三"}))


@pytest.mark.parametrize(
    ("given", "channel"),
    [
        ({"extra": {"utm_source": "抖音"}}, "抖音"),
        ({"extra": {"channel": "展会", "utm_source": "抖音"}}, "展会"),
        ({"extra": {"page": "https://a.example/ct?x=1&utm_source=%E6%8A%96%E9%9F%B3"}}, "抖音"),
        ({"extra": {"page": "https://[broken"}}, None),
        ({"extra": {"utm_source": 7}}, None),
        ({"extra": {"utm_source": "抖音"}, "campaign": "春季"}, "春季"),
    ],
)
def test_the_channel_defaults_to_the_tracking_parameter(
    given: dict[str, Any], channel: str | None
) -> None:
    assert checked(FORMS, "website", handed_in(**given)).campaign == channel


def test_a_form_that_names_a_dictionary_nobody_wrote_is_a_fault() -> None:
    forms = fit(Forms, {"forms": {"website": {"choices": {"product": "产品"}}}})

    (fault,) = forms.faults()

    assert fault.key == "forms.website.choices.product"
    with pytest.raises(Misfit):
        fit(Forms, {"forms": {"website": {"choice": {}}}})
