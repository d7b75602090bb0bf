import pytest

from shipments.charts import HEIGHT, Mark, chart, nice


def _chart(values, before=(), **overrides):
    marks = [Mark(value, str(value)) for value in values]
    return chart(marks, list(before), **{"ends": ("a", "b"), "said": str} | overrides)


def test_bars_stand_on_zero_side_by_side():
    drawn = _chart([1, 2], top=2)
    assert [(bar.y, bar.height) for bar in drawn.bars] == [("70.0", "70.0"), ("0.0", "140.0")]
    assert [bar.x for bar in drawn.bars] == ["6.25%", "56.25%"]


def test_nothing_is_drawn_where_nothing_is_known():
    drawn = _chart([None, 3, None])
    assert len(drawn.bars) == 1
    assert _chart([None]).is_empty
    assert _chart([]).is_empty


def test_zero_is_drawn_as_no_height():
    assert _chart([0, 5]).bars[0].height == "0.0"


def test_period_before_is_a_line_through_the_middle_of_each_step():
    (stroke,) = _chart([None, None], [0, 4], top=4).strokes
    assert (stroke.x1, stroke.y1, stroke.x2, stroke.y2) == ("25.00%", "140.0", "75.00%", "0.0")


def test_line_is_part_of_the_scale():
    assert _chart([1], [9]).ticks[0].label == "10.0"


def test_scale_names_top_middle_and_zero():
    ticks = _chart([7]).ticks
    assert [tick.label for tick in ticks] == ["10.0", "5.0", "0.0"]
    assert ticks[-1].y == f"{HEIGHT:.1f}"


@pytest.mark.parametrize(
    "largest, least, top",
    [(0, 0, 1), (1, 0, 1), (1.01, 0, 2), (3, 0, 4), (70, 0, 100), (0.3, 0, 0.4), (1, 4, 4), (9, 4, 10)],
)
def test_top_of_the_scale_is_round(largest, least, top):
    assert nice(largest, least) == pytest.approx(top)


def test_few_rows_are_marked():
    assert chart([Mark(1, "", small=True)], [], ends=("a", "b"), said=str).has_small
    assert not _chart([1]).has_small
