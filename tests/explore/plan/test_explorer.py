"""What a grid's table shows, and how it is asked for."""

from __future__ import annotations

import pytest

from simulator.errors import GridError
from simulator.explore import Explorer, Sheep, group, leaf

HISTORY = [{"loss": 2.0, "test": {"accuracy": 0.1}}, {"loss": 1.0}]
SHEEP = Sheep(id="0123456789abcdef" * 4, name="eta=0.5", state="done", index=3, sid="pid 7", history=HISTORY)


def test_the_first_columns():
    """Index, name, state, part of the id, and who runs it; a sheep has a value for each."""
    names = [each.name for each in Explorer(print).get_grid_meta()]
    assert names == ["index", "name", "state", "sig", "sid"] == list(SHEEP.meta)
    assert SHEEP.meta["sig"] == "0123456789abcdef0123"


def test_a_line_is_the_last_of_each_and_how_many():
    """Of a history, the last value of each; the epoch is its length, unless it says so itself."""
    explorer = Explorer(print)
    assert explorer.line(SHEEP, HISTORY) == {"epoch": 2, "loss": 1.0, "test": {"accuracy": 0.1}}
    assert explorer.line(SHEEP, []) == {"epoch": 0}
    assert explorer.process_history([{"epoch": 9}]) == {"epoch": 9}


def test_process_sheep_wins_if_it_is_there():
    """It sees the cell too."""

    class Own(Explorer):
        def process_history(self, history):
            return {"other": 1}

        def process_sheep(self, sheep, history):
            return {"name": sheep.name, "steps": len(history)}

    assert Own(print).line(SHEEP, HISTORY[:1]) == {"name": "eta=0.5", "steps": 1}


def test_an_explorer_is_a_decorator():
    """The function keeps its name, and is called with the launcher."""

    @Explorer
    def explorer(launcher):
        """Plan it."""
        return launcher

    assert explorer("launcher") == "launcher"
    assert (explorer.__name__, explorer.__doc__) == ("explorer", "Plan it.")


def test_columns_are_written_by_their_format():
    """What a format is not for is written as it is; nothing is written for nothing."""
    assert leaf("loss", ".2f").text(1) == "1.00"
    assert leaf("loss", ".2f").text("none yet") == "none yet"
    assert leaf("n", "d").text(1.5) == "1.5"
    assert leaf("loss", ".2f").text(None) == ""
    assert leaf("loss", display="loss / nat").heading == "loss / nat"
    assert (group("test", [leaf("loss")]).heading, group("test", [], display="Test").heading) == ("test", "Test")


@pytest.mark.parametrize("options", [{"format": "pretty"}, {"format": ".2z"}, {"align": "right"}])
def test_a_column_that_cannot_be_is_refused(options):
    """When it is made, and not when the first result comes."""
    with pytest.raises(GridError, match="column 'loss'"):
        leaf("loss", **options)
