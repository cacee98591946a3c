"""No action of the domain is left out of the random histories."""

from tests.properties.actions import BOOKS, GOODS, IN_NONE, OFFICE, TRADE, actions


def test_every_action_is_in_a_history_or_it_is_said_why_it_is_in_none() -> None:
    told = TRADE | GOODS | OFFICE | BOOKS

    assert actions() - told - IN_NONE.keys() == set(), "do these in a history, and name them in its table"
    assert (told | IN_NONE.keys()) - actions() == set(), "there are no such actions"
    assert told & IN_NONE.keys() == set()
