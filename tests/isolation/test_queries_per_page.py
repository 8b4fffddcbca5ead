"""Every page of every role stays within the bound of queries; generated from the routes, none forgotten."""

from __future__ import annotations

import pytest

from tests.isolation import cast, routes
from tests.isolation.test_matrix import own_url, rules_of
from tests.queries import MOST_PER_PAGE, count_queries


@pytest.mark.parametrize(("prefix", "letters"), [("/s/", "OCPHTKA"), ("/d/", "DF")])
def test_no_page_asks_the_database_more_than_the_bound(session_app, world, prefix, letters):
    table = routes.SCHOOL if prefix == "/s/" else routes.DISTRICT
    own = cast.build(world)
    tenant = {"school": own.slug} if prefix == "/s/" else {"district": own.office.slug}
    adapter = session_app.url_map.bind("localhost")
    clients = {letter: own.people[letter].client() for letter in letters}
    asked: dict[str, int] = {}
    for rule, method in rules_of(session_app, prefix):
        if method != "GET":
            continue
        url, given = own_url(adapter, rule, tenant, own.objects)
        for letter in sorted(set(table[rule.endpoint]) & set(letters)):
            with count_queries() as seen:
                page = clients[letter].get(url, query_string=given)
            assert page.status_code < 500
            asked[f"{rule.rule} as {letter}"] = len(seen)
    assert len(asked) > len(letters) * 3
    assert max(asked.values()) > 3, "the counter counts"
    assert {where: count for where, count in asked.items() if count > MOST_PER_PAGE} == {}
