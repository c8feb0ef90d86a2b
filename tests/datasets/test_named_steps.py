import pytest

from sefar.datasets.named_steps import SLOTS, steps_of


def test_order_is_that_of_the_slots_whatever_the_dict_s():
    steps = {name: dict(type=name) for name in reversed(SLOTS)}
    assert [step['type'] for step in steps_of(steps)] == list(SLOTS)
    assert steps_of(dict(sorted(steps.items()))) == steps_of(steps)


def test_empty_slots_are_left_out_and_lists_stay():
    assert steps_of(dict(flip=dict(), crop=None, init=dict(type='A'))) == [dict(type='A')]
    assert steps_of([dict(type='B'), dict(type='A')]) == [dict(type='B'), dict(type='A')]


@pytest.mark.parametrize(
    ('steps', 'message'),
    [
        (dict(blur=dict(type='Blur')), "pipeline step 'blur': wanted one of init, sample"),
        (dict(crop='RandomCrop'), "pipeline step 'crop': found 'RandomCrop', wanted dict"),
        (dict(crop=dict(size=3)), 'wanted dict\\(type=…\\)'),
    ],
)
def test_faults(steps, message):
    with pytest.raises(ValueError, match=message):
        steps_of(steps)
